"""One run of `ndoo uphold`: what its options come to, whom it upholds, and one input or several by the same decision and list."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndoo.cli.list_options import ListOptions, chosen_list, now
from ndoo.cli.output import Speech, stored_size
from ndoo.cli.output_options import sealer_of
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.table_options import TableChoice, uphold_place
from ndoo.cli.type1_options import chosen_type1, files_of
from ndoo.cli.uphold_options import UpholdOptions
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.held_reasons import why_held
from ndoo.domain.named_file import naming
from ndoo.domain.plurals import counted, were

if TYPE_CHECKING:
    from ndoo.evidence.release import ReleaseKind
    from ndoo.numbers.cleaned_list import CleanedList
    from ndoo.numbers.objections import Objections
    from ndoo.policy import Decision
    from ndoo.upholding.columns import ColumnChoice
    from ndoo.upholding.publication.publish import OutputTerms
    from ndoo.upholding.request import Location
    from ndoo.upholding.text.dialect import Reading
    from ndoo.upholding.uphold import Outcome
    from ndoo.upholding.what_works_where import SourceKind

HELD_BACK = 6
_OF_NUMBERS = {"missing", "malformed", "check_digit", "placeholder"}


class Run:
    """Use `judge` for each input, `decide` once, and `upheld` for each input.

    Args:
        wanted: judged already.
        reading: how text is written.
    """

    def __init__(
        self, wanted: UpholdOptions, listed: ListOptions, reading: Reading, speech: Speech, terms: OutputTerms
    ) -> None:
        from ndoo.upholding.decision.row_decision import Undecidable

        self.wanted, self.listed, self.speech, self.terms = wanted, listed, speech, terms
        self._reading, self._moment = reading, now()
        self._mode = Undecidable(wanted.undecided)
        self._decision: Decision | None = None
        self._objections: Objections | None = None
        self._cleaned: CleanedList | None = None
        self._of_nobody = 0

    def judge(self, source: str, target: TableChoice | Path) -> None:
        """Raises UsageFault where something is asked that cannot be done with this input, or would overwrite ndoo's own files."""
        from ndoo.upholding.input_files.source import first_bytes
        from ndoo.upholding.what_works_where import SourceKind, Wish, refuse_of_engine

        wanted = self.wanted
        kind = kind_of(source, target, wanted.engine)
        wished = {
            Wish.SHAPE: wanted.shape,
            Wish.ALSO: wanted.also,
            Wish.TYPE1: wanted.type1,
            Wish.HELD: wanted.held,
            Wish.NOBODYS: wanted.leads_to_nobody,
            Wish.MENTIONS: wanted.mentions == "hold",
        }
        refuse_of_engine(kind, *(wish for wish, said in wished.items() if said), *self._reading.wished)
        if isinstance(target, Path):
            refuse_own_files(target, wanted.held, wanted.manifest, wanted.shape)
        else:
            refuse_own_files(wanted.manifest, wanted.shape)
        if kind is SourceKind.TEXT:
            first_bytes(Path(source), 1)

    def decide(self) -> bool:
        """Whether anything may be released: False where the decision must be reviewed first.

        Raises:
            NoUsableList, UnfitData, UsageFault: a list, the flow or the coded entries are refused.
        """
        wanted = self.wanted
        with_type1 = bool(wanted.type1)
        if wanted.flow_file:
            from ndoo.cli.uphold_flow import decided

            self._decision = decided(wanted.flow_file, self._moment, with_type1=with_type1)
            if self._decision.outcome == "review":
                return False
        self._objections = chosen_type1(wanted.type1, self._moment, self.speech)
        self._of_nobody = self._objections.record["dissents_of_nobody"] if self._objections else 0
        if self._of_nobody and wanted.undecided == "stop":
            raise UnfitData(
                "type1-of-nobody",
                "Some Type 1 opt-outs are recorded under numbers that cannot be read, and --undecided is stop.",
            )
        if self._asks_list and not self.listed.mesh:
            self._cleaned = chosen_list(self.listed, self._moment)
        return True

    @property
    def _asks_list(self) -> bool:
        """Is the national opt-out upheld?"""
        if self._decision is not None:
            return self._decision.outcome == "applies"
        return not self.wanted.type1 or self.listed.names_one or bool(self.listed.mesh)

    def stopped(self) -> int:
        """Say why nothing is released; the exit status."""
        from ndoo.cli.uphold_flow import stopped

        if self._decision is None:
            raise AssertionError("a decision stopped it")
        return stopped(self._decision, self.speech)

    def upheld(self, source: str, target: TableChoice | Path, stack: ExitStack) -> Outcome:
        """Uphold one input; see `uphold.uphold` for what it raises.

        Args:
            stack: on which an answer of the national service counts as used once everything went well.
        """
        if self._asks_list and self.listed.mesh:
            self._cleaned = self._asked(source, target, stack)
            self._moment = now()
        said = self._said()
        if not isinstance(target, Path):
            with self.speech.progress(0, "Upholding in the database", "row") as progress:
                outcome = uphold_place(target, said, sealer_of(dry_run=self.terms.dry_run), progress)
        else:
            outcome = self._upheld_file(Path(source), target, said)
        asset = said.get("asset")
        if asset and asset.released_all_the_same:
            self.speech.say(
                f"Released by {asset.released_by}. That stands in the asset's own record, and not in the manifest."
            )
        return outcome

    def _upheld_file(self, source: Path, target: Path, said: dict[str, Any]) -> Outcome:
        from ndoo.upholding.request import Request
        from ndoo.upholding.uphold import uphold

        request = Request(
            input=source,
            output=target,
            held=self.wanted.held,
            reading=self._reading,
            engine=engine_asked(self.wanted.engine),
            **said,
        )
        with naming(source), self.speech.progress(stored_size(source), "Upholding") as progress:
            return uphold(request, sealer_of(dry_run=self.terms.dry_run), progress)

    def _asked(self, source: str, target: TableChoice | Path, stack: ExitStack) -> CleanedList:
        from ndoo.cli.check_mesh import asked_about
        from ndoo.upholding.people_asked import AskedDataset

        wanted, profile = self.wanted, self.listed.mesh
        if profile is None:
            raise AssertionError("a profile is named")
        about = AskedDataset(location_of(source, target), self._columns, self._reading, engine_asked(wanted.engine))
        return stack.enter_context(asked_about(profile, about, self.listed.patience, self.speech))

    @property
    def _columns(self) -> ColumnChoice:
        from ndoo.upholding.columns import ColumnChoice

        return ColumnChoice(self.wanted.nhs_number, self.wanted.also, self.wanted.ignored)

    @property
    def other_inputs(self) -> tuple[Path, ...]:
        """Files that are read besides the input: none of them may be written over."""
        flow = [self.wanted.flow_file] if self.wanted.flow_file else []
        return (*self.listed.files, *flow, *files_of(self.wanted.type1))

    def _said(self) -> dict[str, Any]:
        """The parts of a request that do not depend on where the data lies."""
        from ndoo.upholding.columns import WhenMentioned

        wanted, decision = self.wanted, self._decision
        set_aside, claims = None, tuple[str, ...]()
        if decision:
            from ndoo.policy.data_claims import claims_without_numbers
            from ndoo.policy.type1_duty import type1_set_aside

            claims = claims_without_numbers(decision)
            set_aside = type1_set_aside(decision, with_type1=bool(wanted.type1))
        said: dict[str, Any] = {
            "cleaned": self._cleaned,
            "now": self._moment,
            "columns": self._columns,
            "leads_to_nobody": wanted.leads_to_nobody,
            "undecided": self._mode,
            "mentions": WhenMentioned(wanted.mentions),
            "justification": wanted.justification,
            "expected_share": wanted.expected,
            "decision": decision.to_dict() if decision else None,
            "claims_without_numbers": claims,
            "type1": self._objections,
            "type1_overridden": set_aside,
            "shape": wanted.shape,
            "other_inputs": self.other_inputs,
            "terms": self.terms,
        }
        if wanted.asset:
            from ndoo.cli.asset_named import asset_named

            said["asset"] = asset_named(wanted.asset, wanted.released_by, dry_run=self.terms.dry_run)
        return said

    def tell_decision(self) -> None:
        """Say what was decided about the flow, if anything was."""
        if self._decision:
            from ndoo.cli.uphold_flow import told

            told(self._decision, self.speech, with_type1=self._objections is not None)

    def status(self, outcomes: Sequence[Outcome]) -> int:
        """The exit status, and what to say of rows that were held back."""
        rows = sum(outcome.rows_held for outcome in outcomes)
        if not (rows or self._of_nobody) or self.wanted.undecided == "exclude":
            return 0
        if rows:
            held = [(reason, many) for outcome in outcomes for reason, many in outcome.rows.held.items()]
            why = "the NHS number is missing or invalid"
            if not {reason for reason, _ in held} <= _OF_NUMBERS:
                why = why_held({reason: sum(some for other, some in held if other == reason) for reason, _ in held})
            where = f" See {self.wanted.held}." if self.wanted.held and not self.terms.dry_run else ""
            self.speech.say(f"{counted(rows, 'row')} {were(rows)} held back: {why}.{where}")
        return HELD_BACK


def kind_of(source: str, target: TableChoice | Path, engine: str | None) -> SourceKind:
    """Where INPUT lies, as far as options go: every file is one kind.

    Raises:
        UsageFault: --engine is said of a database.
    """
    from ndoo.upholding.engines import engine_for

    if engine and not isinstance(target, Path):
        raise UsageFault("engine-of-table", "--engine goes with a file or a folder. A database is its own engine.")
    return engine_for(location_of(source, target), engine_asked(engine)).source


def location_of(source: str, target: TableChoice | Path) -> Location:
    """Where INPUT lies."""
    return Path(source) if isinstance(target, Path) else target.source


def engine_asked(engine: str | None) -> ReleaseKind | None:
    """The engine that --engine names."""
    from ndoo.evidence.release import ReleaseKind

    return ReleaseKind.PARQUET_FOLDER if engine else None

"""The cleaned list and its record as files: both whole, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo import __version__
from ndoo.checking.list_record import KIND
from ndoo.checking.numbers_file import GatheredNumbers
from ndoo.cli.check_input import Numbers, Sifting
from ndoo.cli.output_options import is_there, sealer_of
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import Undecided, masked, names_somebody
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder
from ndoo.evidence.earlier_outputs import EARLIER_LIST
from ndoo.evidence.manifest import manifest_path, written
from ndoo.evidence.release_record import PeopleCounts, UndecidedPolicy, Warned, list_entry
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.opt_outs import OptOuts
from ndoo.policy import Decision
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.publication.output_names import refuse_other_format
from ndoo.upholding.publication.publish import PLAIN, OutputTerms, Publication
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.safeguards.plausibility import judge_share


@dataclass(frozen=True, slots=True)
class _Use:
    """What is judged of the list: see `ListUse` in `upholding.safeguards.plausibility`."""

    cleaned: CleanedList | None
    expected_share: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What a check is to do, besides the list."""

    expected: tuple[float, float] | None = None
    undecided: UndecidedPolicy = field(default_factory=lambda: UndecidedPolicy("hold"))
    held: Path | None = None
    decision: Decision | None = None
    overridden: dict[str, Any] | None = None
    """The law that sets Type 1 opt-outs aside, for the record."""
    left_out: dict[str, int] = field(default_factory=dict)
    """How many lines of the numbers the caller said are no rows, by the option."""
    terms: OutputTerms = PLAIN


def put(
    numbers: Numbers, output: Path, inputs: tuple[Path, ...], against: OptOuts, asked: CheckRequest, now: datetime
) -> dict[str, Any]:
    """Write those who may stay, each once, in the order in which the file of numbers first names them; the sealed record.

    Raises:
        NoUsableList: the share withheld says that this is the wrong list.
        UnfitData: the numbers changed meanwhile, or nobody can say who somebody is and that must stop it.
        UsageFault, NotPermitted, Fault: the output cannot be written there.
    """
    judge_paths(output, inputs, asked.held)
    refuse_other_format(output, (".txt", ".csv", ".dat"), "a list, one number a line")
    targets = filter(None, (asked.held, manifest_path(output), output))
    with Publication(*targets, replaceable=EARLIER_LIST, held=asked.held, terms=asked.terms) as publication:
        held = (publication.draft(asked.held, private=True).handle, asked.held) if asked.held else None
        sifting, gathered = numbers.sifted(against, held), numbers.gathered
        people = sifting.people()
        if people.read != gathered.asked or sifting.rows().read != gathered.read:
            raise changed()
        if asked.undecided.mode == "stop" and people.held:
            raise UnfitData(
                "people-undecided",
                f"We cannot tell whether {counted(people.held, 'person')} may stay, and --undecided is stop.",
            )
        warnings: tuple[Warned, ...] = ()
        if against:
            by_type1_alone = sifting.by_type1()["people"]["removed_by_it_alone"]
            warnings = judge_share(_Use(against.national, asked.expected), people, by_type1_alone)
        parts = _by_reason(sifting, gathered, people, against, asked)
        record = _record(people, gathered, against.national, now, parts, warnings) | {
            "kept_without_number": gathered.held[Undecided.MISSING] if asked.undecided.mode == "keep-missing" else 0,
            "undecided": asdict(asked.undecided),
            "type1": {"applied": True, **sifting.by_type1(), "status": against.type1.record}
            if against.type1
            else asked.overridden,
            "decision": asked.decision.to_dict() if asked.decision else None,
            **({"left_out": asked.left_out} if asked.left_out else {}),
        }
        sealer = sealer_of(dry_run=asked.terms.dry_run)
        return _published(publication, output, sifting.kept, sifting.line, record, sealer)


def _by_reason(
    sifting: Sifting, gathered: GatheredNumbers, people: PeopleCounts, against: OptOuts, asked: CheckRequest
) -> dict[str, int]:
    """Lines that name nobody, by their reason; people of whom nobody can say, by theirs."""
    held = {str(reason): count for reason, count in gathered.held.items()}
    if asked.undecided.mode == "keep-missing":
        held.pop(str(Undecided.MISSING), None)
    people_held = sifting.held
    disputed = (against.national.disputed,) if against.national and against.national.disputed else ()
    unsettled = (against.type1.unsettled,) if against.type1 else ()
    agreed, not_covered = (people_held.count(but_not_in=others) for others in (disputed, (*disputed, *unsettled)))
    return {
        **held,
        **_told("not_covered", not_covered),
        **_told("ambiguous", people.held - agreed),
        **_told("type1_undecided", agreed - not_covered),
    }


def _told(reason: str, count: int) -> dict[str, int]:
    return {reason: count} if count else {}


def put_answer(
    output: Path, asked: int, cleaned: CleanedList, expected: tuple[float, float] | None, now: datetime
) -> dict[str, Any]:
    """The same for an answer whose file of numbers is not at hand: everybody who may stay, in ascending order."""
    judge_paths(output, ())
    allowed = cleaned.provenance.numbers
    people = PeopleCounts(asked, allowed, asked - allowed, 0)
    warnings = judge_share(_Use(cleaned, expected), people, 0)
    record = _record(people, GatheredNumbers(NumberSet(), asked, asked), cleaned, now, {}, warnings)
    with Publication(manifest_path(output), output, terms=OutputTerms(force=True)) as publication:
        lines = cleaned.listed.lines()
        return _published(publication, output, lines, 12, record, load_sealer(data_folder()))


def _published(
    publication: Publication, output: Path, pieces: Iterable[bytes], line: int, record: dict[str, Any], sealer: Sealer
) -> dict[str, Any]:
    """No digest of a list of one person: it could be tried for every number."""
    with Sink(publication.draft(output).handle, None) as sink:
        for piece in pieces:
            sink.write(piece).result()
        sha256, size = sink.finish()
    listed = size // line
    stored = {"sha256": sha256 if listed > 1 else None, "bytes": size, "numbers": listed}
    sealed = sealer.seal(record | {"output": stored})
    with Sink(publication.draft(manifest_path(output)).handle, None) as beside:
        beside.write(written(sealed)).result()
    publication.publish()
    return sealed


def _record(
    people: PeopleCounts,
    gathered: GatheredNumbers,
    cleaned: CleanedList | None,
    now: datetime,
    held: dict[str, int],
    warnings: Sequence[Warned],
) -> dict[str, Any]:
    """Counts and dates; no number."""
    provenance = cleaned.provenance if cleaned else None
    return {
        "ndoo": __version__,
        "kind": KIND,
        "created": now.isoformat(timespec="seconds"),
        "source": provenance and provenance.source,
        "checked_at": provenance and provenance.checked_at.isoformat(),
        "age_days": provenance and provenance.age_days,
        "limit_days": provenance and provenance.limit_days,
        "list": provenance and list_entry(provenance),
        "read": gathered.read,
        "repeated": gathered.repeated,
        "requested": people.read,
        "allowed": people.kept,
        "withheld": people.removed,
        "held": held,
        "warnings": [asdict(warned) for warned in warnings],
    }


def judge_paths(output: Path, inputs: tuple[Path, ...], held: Path | None = None) -> None:
    """Raises UsageFault where an output can never be written; better before anybody is asked, and waited for."""
    if any(names_somebody(path.name) for path in (output, held) if path):
        raise UsageFault(
            "name-identifies", "A file's name holds what is a valid NHS number. Rename it: names travel with the file."
        )
    own = (output, manifest_path(output))
    if held and held.absolute() in [path.absolute() for path in own]:
        raise UsageFault(
            "outputs-same", f"Two outputs would be the same file, {masked(str(held))}. Give --held a name of its own."
        )
    for target in (*own, *((held,) if held else ())):
        if any(target.absolute() == path.absolute() or (is_there(target) and target.samefile(path)) for path in inputs):
            raise UsageFault("output-is-input", f"{masked(str(target))} would overwrite an input. Name another output.")

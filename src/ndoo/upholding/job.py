"""One upholding from start to end: an extract and a cleaned list in, an output with its manifest out, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.manifest import (
    Columns,
    Counts,
    MentionsRecord,
    PeopleCounts,
    UndecidedPolicy,
    Warned,
    manifest_path,
    uphold_manifest,
    written,
)
from ndoo.evidence.release import Release
from ndoo.evidence.seal import Sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.columns import (
    Watch,
    WhenMentioned,
    choose,
    choose_if_any,
    drafted_until_nobody_is_mentioned,
    refuse_mentioned,
    refuse_unclassified,
)
from ndoo.upholding.deciding import Deciding, Undecidable
from ndoo.upholding.dialect import Reading
from ndoo.upholding.differencing import Asset
from ndoo.upholding.formats import Dataset, open_dataset
from ndoo.upholding.judging import judge_request, judge_table
from ndoo.upholding.mentions import Mentions
from ndoo.upholding.publish import Publication
from ndoo.upholding.shape import Pin, shape_of
from ndoo.upholding.sink import Sink, refuse_other_format
from ndoo.upholding.source import changed, fingerprint
from ndoo.upholding.text_edges import refuse_lines_below
from ndoo.upholding.verification import Question, Verification, judge_draft
from ndoo.upholding.verify import verify_written
from ndoo.upholding.witness import Witness


@dataclass(frozen=True, slots=True)
class Request:
    """What to uphold, on what, and how to judge the outcome."""

    input: Path
    output: Path
    cleaned: CleanedList | None
    """None only where `decision` says that the opt-out does not apply, or where Type 1 alone is upheld."""
    now: datetime
    decision: dict[str, Any] | None = None
    """The answer of `ndoo applies` to the flow, for the manifest."""
    type1: Objections | None = None
    """Who has a Type 1 opt-out, and of whom nobody can say; None where it is not upheld."""
    type1_overridden: dict[str, Any] | None = None
    """Why and by what law Type 1 opt-outs do not stop this collection, for the manifest."""
    nhs_number: str | None = None
    also: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    undecided: Undecidable = Undecidable.HOLD
    mentions: WhenMentioned = WhenMentioned.STOP
    justification: str | None = None
    held: Path | None = None
    expected_share: tuple[float, float] | None = None
    reading: Reading = field(default_factory=Reading)
    shape: Path | None = None
    """Where the feed's shape is pinned, or is to be."""
    other_inputs: tuple[Path, ...] = ()
    """Files that must not be written over, such as the list."""
    leads_to_nobody: tuple[str, ...] = ()
    """Of linked tables: those that lead to nobody though a column looks like a key, and such columns as TABLE.COLUMN."""
    asset: Asset | None = None
    """With whose earlier releases this one is compared; None: with none."""

    @property
    def somebody_may_go(self) -> bool:
        """Is anything upheld at all?"""
        return self.cleaned is not None or self.type1 is not None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The sealed manifest of a published output."""

    manifest: dict[str, Any]
    rows: Counts
    people: PeopleCounts

    @property
    def rows_held(self) -> int:
        return sum(self.rows.held.values())


def _unseen(_: int) -> None:
    return None


def uphold(request: Request, sealer: Sealer, progress: Callable[[int], object] = _unseen) -> Outcome:
    """Write the output without the people who opted out, and its sealed manifest beside it; both, or neither.

    Args:
        progress: called with the number of stored input bytes read so far.

    Raises:
        UsageFault: the paths or columns cannot be meant.
        UnfitData: the input is damaged, ambiguous, or has undecidable rows and these must stop the run.
        NoUsableList: the share removed says that this is the wrong list.
        NotPermitted, Fault: the machine refused.
    """
    judge_request(request)
    judge_paths(request)
    before = fingerprint(request.input)
    with ThreadPoolExecutor(1) as worker, request.asset.opened() if request.asset else nullcontext():
        dataset = open_dataset(request.input, request.reading, worker)
        refuse_other_format(request.output, dataset.suffixes, dataset.format)
        pin = Pin(request.shape, lambda: shape_of(dataset, request.input))
        first = Watch(dataset.names)
        dataset.preview(first)
        chosen = choose if request.somebody_may_go else choose_if_any
        columns = chosen(first, request.nhs_number, request.also, request.ignored)
        if request.somebody_may_go:
            refuse_unclassified(first, columns)
        if request.asset and not columns.keys:
            raise UsageFault("asset-nobody", "No column names the people, so nobody can compare releases of the asset.")
        targets = [
            request.asset and request.asset.target,
            pin.target,
            request.held,
            manifest_path(request.output),
            request.output,
        ]
        with Publication(*(target for target in targets if target)) as publication:
            outcome, verification = drafted_until_nobody_is_mentioned(
                request.mentions,
                lambda held: _drafted(request, dataset, columns, held, publication, sealer, progress),
                publication.discard,
            )
            shape = pin.judged(outcome.rows, outcome.people)
            if pin.target:
                publication.draft_whole(pin.target, shape)
            if fingerprint(request.input) != before:
                raise changed()
            judge_draft(verification)
            publication.publish()
    return outcome


def _drafted(
    request: Request, dataset: Dataset, columns: Columns, held_columns: tuple[str, ...], publication: Publication, sealer: Sealer,
    progress: Callable[[int], object],
) -> tuple[Outcome, Verification]:  # fmt: skip
    """All drafts, whole and judged, but not yet published, and what the verifier says of the output.

    Args:
        held_columns: in which rows are held that mention somebody.
    """
    holds = None
    if held_columns:
        others = [name for name in dataset.names if name not in held_columns]
        holds = Mentions(dataset.names, others, request.cleaned, request.type1)
    question = Question(request.cleaned, request.type1, by_what_is_named=True)
    keep_missing = request.undecided is Undecidable.KEEP_MISSING
    witness = Witness(dataset.names, columns, question, keep_missing=keep_missing, crowded=dataset.crowded)
    mentions = witness.mentions
    watch = Watch(dataset.names, holds=holds, witness=witness)
    deciding = Deciding(
        request.cleaned,
        len(columns.keys),
        type1=request.type1,
        crowded=dataset.crowded,
        keep_missing=keep_missing,
        apart=request.asset is not None,
    )
    with ExitStack() as sinks:
        held = None
        if request.held:
            held = sinks.enter_context(dataset.sink(publication.draft(request.held, private=True).handle, request.held))
        drafted = publication.draft(request.output)
        kept = sinks.enter_context(dataset.sink(drafted.handle, request.output))
        source = dataset.stream(columns, deciding, watch, kept, held, progress)
        rows, people = deciding.rows(), deciding.people()
        warnings: tuple[Warned, ...] = ()
        if request.somebody_may_go:
            refuse_unclassified(watch, columns)
            refuse_unclassified(witness.watch, columns)
            refuse_mentioned(mentions.found if mentions else ())
            warnings = judge_table(request, rows, people, deciding.by_type1()["people"]["removed_by_it_alone"])
        refuse_lines_below(watch.lines_below)
        stored = kept.finish()
        output = dataset.recording(request.output, stored, rows.kept)
        if held is not None:
            held.finish()
    asset = None
    if request.asset:
        asset, release = request.asset.judged(request.now, *deciding.sets())
        draft = publication.draft(request.asset.target, private=True)
        with Sink(draft.handle, None) as sink:
            sink.write(written(sealer.seal(release))).result()
    manifest = sealer.seal(
        uphold_manifest(
            created=request.now,
            input=source,
            output=output,
            columns=columns,
            rows=rows,
            people=people,
            provenance=request.cleaned.provenance if request.cleaned else None,
            expected_removed=request.expected_share,
            decision=request.decision,
            undecided=UndecidedPolicy(str(request.undecided), request.justification),
            warnings=(*watch.warned, *warnings),
            type1=_type1(request, deciding),
            asset=asset,
            mentions=MentionsRecord(str(request.mentions), held_columns, mentions.by_chance) if mentions else None,
        )
    )
    with Sink(publication.draft(manifest_path(request.output)).handle, None) as sink:
        sink.write(written(manifest)).result()
    release_drafted = Release(drafted.path, manifest, drafted=True)
    return Outcome(manifest, rows, people), verify_written(release_drafted, witness.contents(output), question)


def judge_names(*paths: Path | None) -> None:
    """Raises UsageFault where a name holds an NHS number."""
    for path in paths:
        if path is not None and names_somebody(path.name):
            raise UsageFault(
                "name-identifies",
                "A file's name holds what is a valid NHS number. Rename it: names travel with the file.",
            )


def judge_paths(request: Request) -> None:
    """Raises UsageFault where an output would take the place of an input or of another output, or a name names somebody."""
    judge_names(request.input, request.output, request.held)
    outputs = [p for p in (request.output, manifest_path(request.output), request.held, request.shape) if p is not None]
    refuse_overwriting(outputs, [request.input, *request.other_inputs])


def refuse_overwriting(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Raises UsageFault where an output would take the place of an input or of another output."""
    for output in outputs:
        if any(same(output, path) for path in inputs):
            raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
    if len({p.parent.resolve() / p.name for p in outputs}) != len(outputs):
        raise UsageFault("outputs-same", "Two outputs have the same name.")


def same(one: Path, other: Path) -> bool:
    """Do two paths lead to one file?"""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


def _type1(request: Request, deciding: Deciding) -> dict[str, Any] | None:
    """The manifest's entry: what was upheld and what it came to, or the law that sets it aside."""
    if request.type1 is None:
        return request.type1_overridden
    return {"applied": True, **deciding.by_type1(), "status": request.type1.record}

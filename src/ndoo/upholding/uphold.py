"""Upholds opt-outs on a source of any kind: the one procedure from a request to a published release, or to nothing.

The request is judged; an engine opens the source and writes a draft; the draft's counts are judged; the manifest is sealed; the draft
passes the verifier; only then it gets its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.evidence.manifest import ReleaseManifest, uphold_manifest
from ndoo.evidence.release_record import (
    AssetRecord,
    Columns,
    Counts,
    PeopleCounts,
    ReleaseRecord,
    UndecidedPolicy,
    Warned,
)
from ndoo.evidence.seal import Sealer
from ndoo.upholding.column_names import listed
from ndoo.upholding.columns import drafted_until_nobody_is_mentioned
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.engine import Draft, OpenSource
from ndoo.upholding.engines import engine_for
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.other_cells.stray_numbers import Sighting
from ndoo.upholding.request import Request
from ndoo.upholding.safeguards.plausibility import (
    judge_request,
    judge_share,
    judge_table,
    judge_undecided,
    refuse_grouped,
)
from ndoo.upholding.safeguards.side_files import Records
from ndoo.upholding.verify.verification import ReleaseQuestion, judge_draft, verification_of
from ndoo.upholding.what_works_where import refuse_of_engine


@dataclass(frozen=True, slots=True)
class Outcome:
    """The sealed manifest of what was published."""

    manifest: ReleaseManifest
    rows: Counts
    people: PeopleCounts
    people_by_column: Callable[[], Mapping[str, ColumnPeople]]
    """As `Draft`'s, of a file, where the request said that they are wanted."""
    ignored: Sequence[Sighting]
    """What stands in the columns that are ignored, of the rows that stay."""

    @property
    def rows_held(self) -> int:
        return sum(self.rows.held.values())


def uphold(request: Request[Any], sealer: Sealer, progress: Progress = told_to_nobody) -> Outcome:
    """Release the source without the people who opted out, with its sealed manifest; both, or neither.

    Args:
        progress: see `Progress`.

    Raises:
        UsageFault: the places or columns cannot be meant; nobody was looked for, see `judge_draft`; rows that would stay mention somebody who may not be released.
        UnfitData: the data contradicts its flow; the input is damaged, ambiguous, changed, or has undecidable rows and these must stop the run.
        NoUsableList: the share removed says that this is the wrong list.
        NotPermitted, Fault: the machine refused, or the draft did not pass its own verification.
    """
    engine = engine_for(request.input, request.engine)
    refuse_of_engine(engine.source, *request.wished)
    judge_request(request)
    with engine.open(request) as source:
        columns = source.choose_columns()
        records = Records(request, source.shape, names_people=bool(columns.keys))
        with records.opened():
            return _released(request, source, columns, records, sealer, progress)


def _released(
    request: Request[Any], source: OpenSource, columns: Columns, records: Records, sealer: Sealer, progress: Progress
) -> Outcome:
    def draft(holding: tuple[str, ...]) -> tuple[Draft, tuple[Warned, ...]]:
        made = source.write(columns, holding, progress)
        warned = _judged(request, made)
        made.refuse_mentioned(made.mentioned)
        return made, warned

    made, warned = drafted_until_nobody_is_mentioned(request.mentions, draft, source.discard)
    contradicted = _contradicted(request, made)
    asset = records.judged(made, sealer)
    unsealed = _manifest(request, columns, made, (*made.warnings, *warned, *contradicted, *records.warned), asset)
    manifest = ReleaseManifest(sealer.seal(unsealed.document))
    source.take_manifest(manifest)
    if not source.is_unchanged():
        raise changed()
    question = ReleaseQuestion(request.cleaned, request.type1, by_what_is_named=True)
    found = verification_of(manifest, question, lambda: made.inspect(manifest, question))
    judge_draft(found, manifest)
    outcome = Outcome(manifest, made.rows, made.people, made.people_by_column, found.met.ignored)
    if request.terms.dry_run:
        return outcome
    records.publish(manifest)
    try:
        source.publish()
    except BaseException:
        records.withdraw()
        raise
    return outcome


def _contradicted(request: Request[Any], made: Draft) -> tuple[Warned, ...]:
    """What to say where the data is not what its flow says it is: then the decision is about other data.

    Raises:
        UnfitData: so it is, and nobody is to be removed by these numbers: all of them would be released.
    """
    if not (request.claims_without_numbers and (made.people.read or made.naming)):
        return ()
    said = " and ".join(request.claims_without_numbers)
    where = f" (in {listed(made.naming)})" if made.naming else ""
    if not request.somebody_may_go:
        raise UnfitData(
            "flow-contradicted",
            f"The flow says {said}, but the data holds people's NHS numbers{where}, so the decision is about other data. "
            "Put the flow or the data right.",
        )
    return (
        Warned(
            "flow-contradicted",
            f"The flow says {said}, but the data holds people's NHS numbers{where}, so the decision may be about other data. Put the "
            "flow or the data right, and do not hand this release on before.",
        ),
    )


def _judged(request: Request[Any], made: Draft) -> tuple[Warned, ...]:
    """What to say of the counts.

    Raises:
        UnfitData, NoUsableList, Fault: see `judge_table` and `refuse_grouped`.
    """
    if not request.somebody_may_go:
        return ()
    refuse_grouped(made.rows_are_grouped)
    by_type1_alone = made.type1["people"]["removed_by_it_alone"]
    if not made.rows_of_nobody:
        return judge_table(request, made.rows, made.people, by_type1_alone)
    judge_undecided(request, made.rows)
    return judge_share(request, made.people, by_type1_alone)


def _manifest(
    request: Request[Any], columns: Columns, made: Draft, warnings: tuple[Warned, ...], asset: AssetRecord | None
) -> ReleaseManifest:
    """What the release says of itself, not yet sealed."""
    type1 = request.type1_overridden
    if request.type1 is not None:
        type1 = {"applied": True, **made.type1, "status": request.type1.record}
    return uphold_manifest(
        ReleaseRecord(
            created=request.now,
            input=made.input,
            output=made.output,
            columns=columns,
            rows=made.rows,
            people=made.people,
            undecided=UndecidedPolicy(str(request.undecided), request.justification),
            provenance=request.cleaned.provenance if request.cleaned else None,
            decision=request.decision,
            warnings=warnings,
            type1=type1,
            asset=asset,
            expected_removed=request.expected_share,
            mentions=made.mentions,
        ),
        made.sections,
    )

"""The promises that a verification keeps or breaks, wherever they are of the same words for several kinds of release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ndoo.domain import plurals
from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import Undecided
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.column_names import listed
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.verify.verification import FORGED, MetPeople, Promise, ReleaseQuestion


def counted(manifest: ReleaseManifest) -> Promise:
    """Does the manifest add up?"""
    try:
        rows, people = manifest.rows, manifest.people
        whole = (
            rows.adds_up
            and people.adds_up
            and manifest.input.rows == rows.read
            and manifest.output.rows == rows.kept
            and sum(manifest.whole.counts_if_any("malformed").values()) <= rows.held.get(Undecided.MALFORMED, 0)
            and (not rows.kept_without_number or manifest.undecided.mode == Undecidable.KEEP_MISSING)
        )
    except FORGED:
        whole = False
    return Promise(
        "counts",
        whole,
        "Rows read = kept + removed + held back." if whole else "The manifest's counts do not add up.",
    )


def unread(what: str, error: Exception | None) -> Promise:
    """The broken promise of a release that cannot be read as its manifest describes it."""
    if error is None:
        return Promise("digest", False, f"The {what} cannot be read as it was published.")
    said = (
        error.sentence if isinstance(error, NdooError) else f"The manifest's description of the {what} cannot be read."
    )
    return Promise("digest", False, f"The {what} cannot be read as it was published. {said}")


def mentioning(names: Sequence[str]) -> Promise:
    """The broken promise of rows that hold a withheld person's number in columns that nobody classified."""
    return Promise(
        "nobody",
        False,
        f"Numbers of people who may not be released stand in another column: {listed(names)}. Do not release this.",
    )


def leaving_aside(said: str, manifest: ReleaseManifest) -> str:
    """The sentence of a promise on people that is kept, and of what in the release it does not speak."""
    aside = [
        what
        for named, what in (
            (manifest.columns.ignored, "what is ignored"),
            (manifest.leads_to_nobody, "what is said to lead to nobody"),
        )
        if named
    ]
    return f"{said.removesuffix('.')}, leaving aside {' and '.join(aside)}." if aside else said


@dataclass(frozen=True, slots=True)
class ListFindings:
    """What a list makes of the rows that were released, which all should stay."""

    rows: Counts
    people: PeopleCounts
    by_type1: dict[str, dict[str, int]]
    """As `RowDecision.by_type1`."""
    mentioned: Sequence[str] = ()
    """Columns that nobody classified, in which the number of somebody withheld stands."""

    @property
    def met(self) -> MetPeople:
        """The same in numbers."""
        return MetPeople(self.people.removed, self.rows.removed, sum(self.rows.held.values()), self.mentioned)


def asking_nobody(manifest: ReleaseManifest, question: ReleaseQuestion) -> tuple[Promise, ...]:
    """The promise `nobody` where nobody was to go; where the list was left out, there is none."""
    said = "The opt-out does not apply to this flow (see the manifest): nobody was to be removed."
    return () if question.leaves_list_out(manifest) else (Promise("nobody", True, said),)


def on_people(
    found: ListFindings, manifest: ReleaseManifest, question: ReleaseQuestion, *, of: str = "file"
) -> tuple[Promise, ...]:
    """The promises `nobody`, unless the list that it takes was left out, and, where coded entries are named, `type1`.

    Args:
        of: what was released.
    """
    promises = []
    if found.mentioned:
        promises.append(mentioning(found.mentioned))
    elif not question.leaves_list_out(manifest):
        promises.append(_nobody(found, manifest, question.cleaned, of))
    return (*promises, _no_type1(found, manifest, question.cleaned, of)) if question.type1 else tuple(promises)


def _nobody(found: ListFindings, manifest: ReleaseManifest, cleaned: CleanedList | None, of: str) -> Promise:
    """As far as the list goes."""
    rows, alone = found.rows, found.by_type1
    as_justified = rows.kept_without_number == manifest.whole.part("rows").said("kept_without_number")
    if cleaned is None:
        said = (
            "The opt-out does not apply to this flow (see the manifest): nobody was to be removed."
            if manifest.nobody_had_to_go
            else f"No list of national opt-outs was applied to this {of}: it was released for Type 1 opt-outs alone."
        )
        return Promise("nobody", as_justified, said)
    removed = rows.removed - alone["rows"]["removed_by_it_alone"]
    people = found.people.removed - alone["people"]["removed_by_it_alone"]
    unknown = sum(rows.held.values()) - rows.held.get(Undecided.TYPE1_UNDECIDED, 0)
    if not removed and not unknown and as_justified:
        return Promise("nobody", True, leaving_aside("No one in it has opted out, according to the list.", manifest))
    return Promise(
        "nobody",
        False,
        f"It holds {plurals.counted(people, 'person')} in {plurals.counted(removed, 'row')} withheld by this list, and {plurals.counted(unknown, 'row')} that cannot be "
        f"shown to be allowed. Do not release this {of}.",
    )


def _no_type1(found: ListFindings, manifest: ReleaseManifest, cleaned: CleanedList | None, of: str) -> Promise:
    """As far as Type 1 opt-outs go; where there is no list, a row of nobody known breaks this promise."""
    alone, held = found.by_type1, found.rows.held
    unknown = held.get(Undecided.TYPE1_UNDECIDED, 0) if cleaned else sum(held.values())
    if not alone["rows"]["removed"] and not unknown:
        return Promise("type1", True, leaving_aside("Nobody in it has a Type 1 opt-out.", manifest))
    return Promise(
        "type1",
        False,
        f"It holds {plurals.counted(alone['people']['removed'], 'person')} with a Type 1 opt-out, in "
        f"{plurals.counted(alone['rows']['removed'], 'row')}, and {plurals.counted(unknown, 'row')} that cannot be shown to be without one. "
        f"Do not release this {of}.",
    )

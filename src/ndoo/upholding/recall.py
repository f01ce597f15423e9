"""Finds the releases that hold somebody who may not be in them any more. Looks into each by the code of `ndoo verify`; never says who."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import masked
from ndoo.evidence.digest_commitments import OF_TYPE1, places_of, staying
from ndoo.evidence.document import JsonObject
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.seal import OwnKey, check_seal, own_opening
from ndoo.numbers.objections import Objections
from ndoo.upholding.found_releases import FoundRelease, FoundReleases, UnclearRelease
from ndoo.upholding.other_cells.stray_numbers import Sighting
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release

_ON_PEOPLE = ("nobody", "type1", "keys")
"""The promises that say how many people are in it."""


class RecallAnswer(StrEnum):
    """What was found in one release."""

    HOLDS = "holds somebody withheld"
    UNDECIDED = "cannot be decided"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Recall:
    """One release, what was found in it, and why. People and rows are those that may not be in it."""

    name: str
    kind: str | None
    created: str
    sealed_by: str | None
    answer: RecallAnswer
    because: str
    people: int = 0
    rows: int = 0
    undecided_rows: int = 0
    code: str | None = None
    """Of what was refused, where nobody can say because something was."""
    ignored: tuple[Sighting, ...] = ()
    """Columns that its manifest says are ignored, in which numbers of people who may not be released stand."""

    def told(self) -> JsonObject:
        """For machines."""
        return asdict(self)


def recalled(
    found: FoundReleases, question: ReleaseQuestion, progress: Callable[[int], object] = lambda _: None
) -> list[Recall]:
    """Every release, and everything that could be one, by what the question names and nothing else.

    Args:
        progress: called with the number of releases that were looked into.
    """
    answers = [_unclear(one) for one in _unclear_in(found)]
    for at, one in enumerate(found.releases, start=1):
        answers.append(_looked_into(one, question))
        progress(at)
    return sorted(answers, key=lambda answer: answer.name)


def _unclear_in(found: FoundReleases) -> list[UnclearRelease]:
    of_databases = "It was released in a database: name the address, ADDRESS#TABLE, to look into it."
    return found.unclear + [UnclearRelease(one.name, of_databases) for one in found.copies]


def _unclear(one: UnclearRelease) -> Recall:
    return Recall(one.name, None, "", None, RecallAnswer.UNDECIDED, one.because, code=one.code)


def _looked_into(one: FoundRelease, question: ReleaseQuestion) -> Recall:
    created = masked(one.manifest.created)
    if not one.is_there:
        return Recall(
            one.name,
            one.kind,
            created,
            None,
            RecallAnswer.UNDECIDED,
            "Only its manifest is here. Ask whoever holds it.",
        )
    try:
        result = verify_release(one, question)
    except NdooError as error:
        return Recall(one.name, one.kind, created, None, RecallAnswer.UNDECIDED, error.sentence, code=error.code)
    met, answer = result.met, RecallAnswer.CLEAR
    broken = [promise for promise in result.promises if not promise.kept]
    because = "Nobody in it is withheld."
    if met.somebody:
        answer = RecallAnswer.HOLDS
        because = " ".join(promise.because for promise in broken)
        if one.manifest.nobody_had_to_go:
            because += " Its manifest says that the opt-out does not apply to its flow."
    elif broken:
        answer, because = RecallAnswer.UNDECIDED, " ".join(promise.because for promise in broken)
    ignored = tuple(sighting for sighting in met.ignored if sighting.withheld)
    return Recall(
        one.name,
        one.kind,
        created,
        result.sealed_by,
        answer,
        because,
        met.people,
        met.rows,
        met.undecided,
        ignored=ignored,
    )


@dataclass(frozen=True, slots=True)
class Rerun:
    """One dataset, whether it must be made again because of a Type 1 opt-out, and why."""

    dataset: str
    created: str
    again: bool
    because: str

    def told(self) -> dict[str, str]:
        return {"dataset": self.dataset, "created": self.created, "because": self.because}


def reruns(
    found: FoundReleases,
    type1: Objections,
    keys: Sequence[OwnKey] = (),
    progress: Callable[[int], object] = lambda _: None,
) -> list[Rerun]:
    """Which datasets must be made again, by the Type 1 opt-outs as they are now. What cannot be told is made again.

    Args:
        keys: one of them opens what its manifests say of the coded entries of then.
        progress: as `recalled`'s.
    """
    answers = [Rerun(one.name, "", True, one.because) for one in _unclear_in(found)]
    for at, one in enumerate(found.releases, start=1):
        answers.append(_rerun(one, type1, keys))
        progress(at)
    return answers


def _rerun(one: FoundRelease, type1: Objections, keys: Sequence[OwnKey]) -> Rerun:
    manifest = one.manifest
    name, created = masked(str(manifest.whole.part("output").said("name"))), masked(manifest.created)

    def answer(again: bool, because: str) -> Rerun:
        return Rerun(name, created, again, because)

    try:
        check_seal(manifest.document)
    except NdooError as error:
        return answer(True, error.sentence)
    if not manifest.type1_applied:
        told = manifest.whole.part_if_any("type1")
        reason = told.said("because") if told else None
        return answer(False, masked(str(reason or "Type 1 opt-outs were not asked about for it.")))
    if not one.is_there:
        if _same_entries(manifest, type1, keys):
            return answer(False, "The coded entries are the same as then.")
        return answer(True, "Its file is not here, and the coded entries are not those of then.")
    try:
        result = verify_release(one, ReleaseQuestion(type1=type1, by_what_is_named=True))
    except NdooError as error:
        return answer(True, error.sentence)
    broken = [promise for promise in result.promises if not promise.kept]
    because = [promise.because for promise in broken if promise.name not in _ON_PEOPLE]
    if len(because) < len(broken):
        because.append("Somebody in it has a Type 1 opt-out now, or nobody can say.")
    if because:
        return answer(True, " ".join(because))
    return answer(False, "Nobody in it has a Type 1 opt-out.")


def _same_entries(manifest: ReleaseManifest, type1: Objections, keys: Sequence[OwnKey]) -> bool:
    """Were they released by the very coded entries of today? No, where nobody can say: few entries have no digest."""
    then = {place: said for place, said in staying(manifest.document).items() if place.startswith(OF_TYPE1)}
    key = own_opening(manifest.document, keys)
    today = [source["sha256"] for source in type1.record["sources"]]
    opened = [set(places_of(manifest.document, digest, key)).intersection(then) for digest in today]
    return all(opened) and None not in then.values() and set().union(*opened) == set(then)

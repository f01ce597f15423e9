"""What is asked about a release of any kind, in which order, and what the answer is made of.

The promises, each checked by itself so that the answer says which one failed:

1. seal: the manifest is as it was sealed, by the key that the reader expects, where they named one;
2. counts: read = kept + removed + held, for rows and for people;
3. paths: a folder holds the files that the manifest names, and nothing else;
4. digest: the file's bytes are those that were published;
5. rows: the file holds as many rows and people as the manifest says were kept;
6. nobody: no row belongs to somebody whom the list withholds or does not know, the rows without a number that
   the manifest justifies left aside;
7. type1: where coded entries are named, no row belongs to somebody with a Type 1 opt-out, or of whom nobody can say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ndoo.domain.errors import Fault, NdooError, NoUsableList, UnfitData, UsageFault
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import Release, difference, named_files
from ndoo.evidence.seal import check_seal
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.column_names import listed
from ndoo.upholding.other_cells.stray_numbers import Sighting

FORGED = (TypeError, ValueError, AttributeError, LookupError)
"""What reading a manifest may come to whose seal nobody needs to believe: it may say anything."""


@dataclass(frozen=True, slots=True)
class ReleaseQuestion:
    """By what a release is judged.

    Args:
        cleaned: the list, which may be a later one than the release was made with.
        type1: the Type 1 opt-outs as they stand now.
        signed_by: the public key (base64) that must have sealed the manifest.
        nhs_number: the column that the reader expects to be the person's.
        by_what_is_named: judge by no more than these, also where the manifest says that people were removed by another list.
    """

    cleaned: CleanedList | None = None
    type1: Objections | None = None
    signed_by: str | None = None
    nhs_number: str | None = None
    by_what_is_named: bool = False

    @property
    def opt_outs(self) -> OptOuts:
        """Both, as they travel together."""
        return OptOuts(self.cleaned, self.type1)

    @property
    def asks_about_people(self) -> bool:
        """Is anybody asked about?"""
        return self.cleaned is not None or self.type1 is not None

    def leaves_list_out(self, manifest: ReleaseManifest) -> bool:
        """Is no list asked, although people were removed by one?"""
        return self.cleaned is None and not manifest.needs_no_list

    def judge(self, manifest: ReleaseManifest) -> None:
        """Can it be asked of what this manifest describes?

        Raises:
            NoUsableList: the manifest says that people were removed by what is not named now.
            UsageFault: `nhs_number` is not the manifest's column.
        """
        if not self.by_what_is_named:
            self._judge_lists(manifest)
        named = manifest.whole.part("columns").said("nhs_number")
        if self.nhs_number not in (None, named):
            raise UsageFault(
                "column-other",
                f"--nhs-number is {self.nhs_number!r}, and the release was made by {named!r}, as its manifest says.",
            )

    def _judge_lists(self, manifest: ReleaseManifest) -> None:
        if self.leaves_list_out(manifest):
            raise NoUsableList(
                "list-missing",
                "People were to be removed from this release: name the list to verify it with, or use --no-list to check all but that.",
            )
        if self.type1 is None and manifest.needs_no_list and manifest.type1_applied:
            raise NoUsableList(
                "type1-missing",
                "Type 1 opt-outs were removed from this release: name the coded entries to verify it with.",
            )


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise, whether it is kept, and a sentence about it."""

    name: str
    kept: bool
    because: str


@dataclass(frozen=True, slots=True)
class MetPeople:
    """Whom the lists find in a release, in numbers: rows and people that may not stay, and rows of whom nobody can say."""

    people: int = 0
    rows: int = 0
    undecided: int = 0
    mentioned: Sequence[str] = ()
    """Columns that nobody classified, in which the number of somebody withheld stands."""
    ignored: Sequence[Sighting] = ()
    """What stands in the columns that the manifest says are ignored: it breaks no promise, and is said."""

    @property
    def somebody(self) -> bool:
        """Is anybody in it who may not be?"""
        return bool(self.people or self.rows or self.mentioned)


@dataclass(frozen=True, slots=True)
class Verification:
    """All promises in their order, the key that sealed the manifest (None where the seal is broken), and who was met."""

    promises: tuple[Promise, ...]
    sealed_by: str | None
    met: MetPeople = field(default_factory=MetPeople)

    @property
    def verified(self) -> bool:
        return all(promise.kept for promise in self.promises)


@dataclass(frozen=True, slots=True)
class Findings:
    """What looking into a release came to: the promises behind the seal in their order, and who was met."""

    promises: tuple[Promise, ...]
    met: MetPeople = field(default_factory=MetPeople)


def verification_of(manifest: ReleaseManifest, question: ReleaseQuestion, look: Callable[[], Findings]) -> Verification:
    """The one way in which releases and drafts of every kind are verified: may it be asked, who sealed it, what is in it.

    Args:
        look: looks into what was released.

    Raises:
        NoUsableList, UsageFault: see `ReleaseQuestion.judge`.
    """
    question.judge(manifest)
    seal, sealed_by = sealed(manifest, question.signed_by)
    found = look()
    return Verification((seal, *found.promises), sealed_by, found.met)


def sealed(manifest: ReleaseManifest, signed_by: str | None) -> tuple[Promise, str | None]:
    """The promise of the seal, and who sealed the manifest (None where the seal is broken)."""
    try:
        key = check_seal(manifest.document)
    except UnfitData as error:
        return Promise("seal", False, error.sentence), None
    if signed_by is not None and key != signed_by:
        return Promise("seal", False, "The manifest was sealed by another key than the one you named."), key
    return Promise("seal", True, "The manifest is as it was sealed."), key


def judge_paths(release: Release) -> tuple[Promise, bool]:
    """The promise that a released folder holds what its manifest names and nothing else, and whether all that it names is there."""
    try:
        found = difference(release.place, named_files(release))
    except NdooError as error:
        return Promise("paths", False, error.sentence), False
    except FORGED:
        return Promise("paths", False, "What the manifest says of the folder's files cannot be read."), False
    kept = "The folder holds what its manifest names, and nothing else."
    return Promise("paths", not found, found.because or kept), not found.missing


def judge_draft(found: Verification, manifest: ReleaseManifest) -> None:
    """Whether what is about to be released may be.

    Raises:
        UsageFault: nobody was looked for, because those whom it names stand in what is ignored.
        Fault: it does not pass its own verification.
    """
    if not found.verified:
        raise Fault(
            "draft-not-verified", "What was written did not pass its own verification, so nothing was published."
        )
    theirs = [sighting.column for sighting in found.met.ignored if sighting.nhs_numbers]
    if theirs and not manifest.people.read and (manifest.type1_applied or not manifest.needs_no_list):
        raise UsageFault(
            "nobody-looked-for",
            f"No valid NHS number stands where opt-outs would be upheld, and all that there are stand in what is ignored: {listed(theirs)}. "
            "Uphold opt-outs by that, with --nhs-number or --also, or leave it out of the extract.",
        )

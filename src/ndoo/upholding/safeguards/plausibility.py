"""Judges whether what an upholding came to is believable, and may be published. The same for files and for tables."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Protocol

from ndoo.domain.answers import Provenance
from ndoo.domain.errors import Fault, NoUsableList, UnfitData, UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.plurals import counted
from ndoo.evidence.document import JsonObject
from ndoo.evidence.release_record import Counts, PeopleCounts, Warned
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.decision.row_decision import Undecidable

SMALLEST_JUDGED = 1000
"""From this many people on, any unusual share removed stops the run, if nobody said what to expect."""
EXPECTED_SHARE = (0.1, 25.0)
"""Per cent of people. The national rate is about 5; outside these bounds the list is taken for the wrong one."""
USUAL_IN_A_GROUP = 1, 25
"""Per cent of people, where there are fewer. The rates that NHS Digital published by age and by area lay between 0.96 and 11.7 in
2021 and 2022; the lowest at the end of it, in March 2022, was 1.7."""
SMALLEST_CHANCE = Fraction(1, 100)
"""A share that chance comes to less often than this, even at these bounds, stops the run. At the national rate an honest run is
stopped less than once in 50,000 times for too many removed, and a list the wrong way round is noticed from six people on:
docs/reference/lists.md has the table."""
PEOPLE_FOR_EACH_CHOICE = 100
"""In every area and age of England at least one person in a hundred has opted out. A register that holds fewer choices of anybody
than that, measured by the people in the data, is not the register of these people: it was emptied, begun anew, or is another one."""
_OF_OTHERS = (
    "Nobody in the data could be decided on by this list, so nobody was kept. It may be a list of other people: look whether it is "
    "the answer about these."
)


class ListUse(Protocol):
    """What a request says of the list that it is judged by."""

    @property
    def cleaned(self) -> CleanedList | None: ...
    @property
    def expected_share(self) -> tuple[float, float] | None: ...


class JudgedRequest(ListUse, Protocol):
    """What a request says of how to judge its outcome: of a file, a folder or a table."""

    @property
    def decision(self) -> JsonObject | None: ...
    @property
    def undecided(self) -> Undecidable: ...
    @property
    def justification(self) -> str | None: ...
    @property
    def somebody_may_go(self) -> bool: ...


def judge_request(request: JudgedRequest) -> None:
    """Raises UsageFault where the justification names somebody; ValueError where nothing is upheld and nothing says why."""
    if not request.somebody_may_go and (request.decision or {}).get("outcome") != "does_not_apply":
        raise ValueError("without a list, only a decision that the opt-out does not apply lets anybody stay")
    if names_somebody(request.justification or ""):
        raise UsageFault(
            "justification-identifies",
            "The justification holds what is a valid NHS number. It goes into the manifest, so say it without.",
        )


def judge_undecided(request: JudgedRequest, rows: Counts) -> None:
    """Raises UnfitData where rows cannot be decided on, and such rows are to stop the run."""
    if request.undecided is Undecidable.STOP and rows.held:
        reasons = ", ".join(f"{reason} {count}" for reason, count in rows.held.items())
        raise UnfitData(
            "rows-undecided", f"Rows whose person cannot be decided on ({reasons}), and --undecided is stop."
        )


def refuse_grouped(rows_are_grouped: bool) -> None:
    """Raises UnfitData where rows without a number would stay that seem to be somebody's above: so the rows of people who go would."""
    if rows_are_grouped:
        raise UnfitData(
            "rows-grouped",
            "More than half of the rows with an NHS number have a row without one directly below, as where the number stands on the first of a "
            "person's rows only. With --undecided keep-missing the other rows of those who opted out would stay.",
        )


def judge_table(request: JudgedRequest, rows: Counts, people: PeopleCounts, by_type1_alone: int) -> tuple[Warned, ...]:
    """The same of one table, in which every row is somebody's, and what to say of the share removed.

    Raises:
        UnfitData: see `judge_undecided`. NoUsableList: see `judge_share`. Fault: rows of people were kept, and no people counted.
    """
    judge_undecided(request, rows)
    if rows.kept > rows.kept_without_number and not people.kept:
        raise Fault(
            "counts-nobody",
            "Rows were kept, but no people were counted: this machine counted wrongly. Nothing was published.",
        )
    return judge_share(request, people, by_type1_alone)


def judge_share(request: ListUse, people: PeopleCounts, by_type1_alone: int) -> tuple[Warned, ...]:
    """Is it the right list, and the right way round? What to say of it where few people cannot prove it wrong.

    Type 1 opt-outs are another matter: those whom only they remove are left aside. From `SMALLEST_JUDGED` people on, the share
    removed must lie in `EXPECTED_SHARE`. Of fewer, chance alone may carry it out of there, so an exact binomial bound decides.

    Raises:
        NoUsableList: the share is not what was expected, or the register holds too few choices to be meant.
    """
    _refuse_few_choices(request.cleaned, people.read)
    about_list = warnings_of(request.cleaned.provenance) if request.cleaned else ()
    if request.cleaned is None and request.expected_share is None:
        return about_list
    by_list = people.removed - (by_type1_alone if request.cleaned else 0)
    decided = people.kept + by_list
    share = 100 * by_list / decided if decided else 0.0
    low, high = request.expected_share or EXPECTED_SHARE
    usual = low <= share <= high
    if not usual and (request.expected_share or people.read >= SMALLEST_JUDGED):
        raise NoUsableList(
            "list-wrong-share",
            f"The list would remove {share:.1f} per cent of {_whom(by_list, decided, people)}; {low:g} to {high:g} were expected. It may be the "
            "wrong list, or opted-out people given as --allowed (or the other way round). If it is right, say what to expect with --expect-removed.",
        )
    if not usual and decided:
        _refuse_improbable(by_list, decided)
    if not decided and people.read and request.cleaned:
        return (*about_list, Warned("list-of-others", _OF_OTHERS))
    if usual or not decided:
        return about_list
    return (
        *about_list,
        Warned(
            "share-unusual",
            f"{share:.1f} per cent of {_whom(by_list, decided, people)} were removed; {low:g} to {high:g} are usual. With so few people that may "
            "be right. It may also be the wrong list, or opted-out people given as --allowed (or the other way round): look before you release this file.",
        ),
    )


def _whom(removed: int, decided: int, people: PeopleCounts) -> str:
    """Of whom the share is: the list decides on nobody who was held back, or whom Type 1 alone removed."""
    return "the people" if decided == people.read else f"those on whom the list decides ({removed:,} of {decided:,})"


def _refuse_few_choices(cleaned: CleanedList | None, people: int) -> None:
    """Raises NoUsableList where a register that was not said to be small holds too few choices for so many people, whatever share
    was expected: that says how many may go, and not that this is the register."""
    choices = cleaned.choices if cleaned else None
    if choices is not None and choices * PEOPLE_FOR_EACH_CHOICE < people:
        raise NoUsableList(
            "register-few-choices",
            f"The register holds {counted(choices, 'choice')} of anybody, and the data {counted(people, 'person')}. So few cannot be meant: it may have "
            "been emptied, begun anew, or be another one. If it is right, use --small-register.",
        )


def _refuse_improbable(removed: int, people: int) -> None:
    """Raises NoUsableList where chance explains so many, or so few, too rarely in any group of people that is known."""
    least, most = USUAL_IN_A_GROUP
    if chance_of(range(removed, people + 1), people, most) < SMALLEST_CHANCE:
        raise NoUsableList(
            "list-wrong-way-round",
            f"The list would remove {removed:,} of {counted(people, 'person')}. Even where {most} per cent opted out, chance would remove so "
            "many less than once in a hundred times. It may be the wrong list, or opted-out people given as --allowed (or the other way round). If it is right, say "
            "what to expect with --expect-removed.",
        )
    if chance_of(range(removed + 1), people, least) < SMALLEST_CHANCE:
        raise NoUsableList(
            "list-removes-nobody",
            f"The list would remove {removed:,} of {counted(people, 'person')}. Even where {least} per cent opted out, chance would remove so "
            "few less than once in a hundred times. It may be a list of other people. If it is right, say what to expect with "
            "--expect-removed.",
        )


def chance_of(removed: range, people: int, per_cent: int) -> Fraction:
    """How likely is it that so many of so many people opted out, where each does in `per_cent` of cases? Exact: binomial, in whole
    numbers."""
    opts_out, stays = per_cent, 100 - per_cent
    ways = sum(comb(people, n) * opts_out**n * stays ** (people - n) for n in removed)
    return Fraction(ways, 100**people)


def warnings_of(provenance: Provenance) -> tuple[Warned, ...]:
    """What to say of a list that was found fresh enough, whatever it is used for."""
    in_force = provenance.limit_in_force
    if in_force is None or in_force >= provenance.limit_days:
        return ()
    return (
        Warned(
            "list-limit-lifted",
            f"A setting (list_limit_days) lets lists be {counted(provenance.limit_days, 'day')} old here; {in_force} is the limit. People may "
            "have opted out since.",
        ),
    )

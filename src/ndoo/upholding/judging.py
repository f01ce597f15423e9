"""Is what an upholding came to believable, and may it be published? The same for files and for tables."""

from __future__ import annotations

from typing import Any, Protocol

from ndoo.domain.errors import NoUsableList, UnfitData, UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.manifest import Counts, PeopleCounts, Warned
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.deciding import Undecidable

SMALLEST_JUDGED = 1000
"""From this many people on, an unusual share removed stops the run, if nobody said what to expect; below it, it is said."""
EXPECTED_SHARE = (0.1, 25.0)
"""Per cent of people. The national rate is about 5; outside these bounds the list is taken for the wrong one."""


class Asked(Protocol):
    """What a request says of how to judge its outcome: of a file, a folder or a table."""

    @property
    def cleaned(self) -> CleanedList | None: ...
    @property
    def decision(self) -> dict[str, Any] | None: ...
    @property
    def undecided(self) -> Undecidable: ...
    @property
    def justification(self) -> str | None: ...
    @property
    def expected_share(self) -> tuple[float, float] | None: ...
    @property
    def somebody_may_go(self) -> bool: ...


def judge_request(request: Asked) -> None:
    """Raises UsageFault where the justification names somebody; ValueError where nothing is upheld and nothing says why."""
    if not request.somebody_may_go and (request.decision or {}).get("outcome") != "does_not_apply":
        raise ValueError("without a list, only a decision that the opt-out does not apply lets anybody stay")
    if names_somebody(request.justification or ""):
        raise UsageFault(
            "justification-identifies",
            "The justification holds what is a valid NHS number. It goes into the manifest, so say it without.",
        )


def judge_undecided(request: Asked, rows: Counts) -> None:
    """Raises UnfitData where rows cannot be decided on, and such rows are to stop the run."""
    if request.undecided is Undecidable.STOP and rows.held:
        reasons = ", ".join(f"{reason} {count}" for reason, count in rows.held.items())
        raise UnfitData(
            "rows-undecided", f"Rows whose person cannot be decided on ({reasons}), and --undecided is stop."
        )


def judge_share(request: Asked, people: PeopleCounts, by_type1_alone: int) -> tuple[Warned, ...]:
    """What to say of an unusual share removed, where nobody said what to expect and few people cannot prove a list wrong.

    Is it the right list? Type 1 opt-outs are another matter: those whom only they remove are left aside.

    Raises:
        NoUsableList: it is not what was expected.
    """
    if request.cleaned is None and request.expected_share is None:
        return ()
    by_list = people.removed - (by_type1_alone if request.cleaned else 0)
    decided = people.kept + by_list
    share = 100 * by_list / decided if decided else 0.0
    low, high = request.expected_share or EXPECTED_SHARE
    if low <= share <= high:
        return ()
    if request.expected_share or people.read >= SMALLEST_JUDGED:
        raise NoUsableList(
            "list-wrong-share",
            f"The list would remove {share:.1f} per cent of the people; {low:g} to {high:g} were expected. It may be the "
            "wrong list, or one of the other polarity. If it is right, say what to expect with --expect-removed.",
        )
    if not decided:
        return ()
    return (
        Warned(
            "share-unusual",
            f"{share:.1f} per cent of the people were removed; {low:g} to {high:g} are usual. With so few people that may "
            "be right. It may also be the wrong list, or one of the other polarity: look before you release this file.",
        ),
    )

"""Is what an upholding came to believable, and may it be published? The same for files and for tables."""

from __future__ import annotations

from collections.abc import Mapping

from ndoo.domain.errors import NoUsableList, UnfitData, UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.manifest import Counts, PeopleCounts, Warned
from ndoo.upholding.deciding import Undecidable

SMALLEST_JUDGED = 1000
"""From this many people on, an unusual share removed stops the run, if nobody said what to expect; below it, it is said."""
EXPECTED_SHARE = (0.1, 25.0)
"""Per cent of people. The national rate is about 5; outside these bounds the list is taken for the wrong one."""


def refuse_identifying_justification(justification: str | None) -> None:
    """Raises UsageFault where somebody would be named in the manifest."""
    if names_somebody(justification or ""):
        raise UsageFault(
            "justification-identifies",
            "The justification holds what is a valid NHS number. It goes into the manifest, so say it without.",
        )


def judge_undecided(undecided: Undecidable, rows: Counts) -> None:
    """Raises UnfitData where rows are held and these must stop the run."""
    if undecided is Undecidable.STOP and rows.held:
        reasons = ", ".join(f"{reason} {count}" for reason, count in rows.held.items())
        raise UnfitData(
            "rows-undecided", f"Rows whose person cannot be decided on ({reasons}), and --undecided is stop."
        )


def judge_share(
    expected: tuple[float, float] | None,
    people: PeopleCounts,
    by_type1: Mapping[str, Mapping[str, int]],
    *,
    by_list: bool,
) -> tuple[Warned, ...]:
    """What to say of an unusual share removed, where nobody said what to expect and few people cannot prove a list wrong.

    Is it the right list? Type 1 opt-outs are another matter: those whom only they remove are left aside.

    Args:
        by_list: was a list upheld, and not Type 1 alone?

    Raises:
        NoUsableList: it is not what was expected.
    """
    if not by_list and expected is None:
        return ()
    gone = people.removed - (by_type1["people"]["removed_by_it_alone"] if by_list else 0)
    decided = people.kept + gone
    share = 100 * gone / decided if decided else 0.0
    low, high = expected or EXPECTED_SHARE
    if low <= share <= high:
        return ()
    if expected or people.read >= SMALLEST_JUDGED:
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

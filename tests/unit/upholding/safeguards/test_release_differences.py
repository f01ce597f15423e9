"""Whoever is named by one column is not covered by those whom another column names."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.safeguards.release_differences import Compared, Released, tell
from tests.support.numbers import some
from tests.unit.upholding.safeguards.test_differencing_guard import set_of

CHILDREN, MOTHERS = some(60, seed=31), some(60, seed=32)
Kept = Sequence[str]


def release(gone: Kept = (), left: Kept = (), *, mother: str = "mother", split: bool = True) -> Released:
    """Of these children and mothers; some are gone by choice, some for another reason."""

    def some_of(people: Kept, but: Kept) -> NumberSet:
        return set_of([number for number in people if number not in but])

    def compared(people: Kept) -> Compared:
        return Compared(some_of(people, [*gone, *left]), some_of(people, left))

    columns = {"child": CHILDREN, mother: MOTHERS} if split else {"child": [*CHILDREN, *MOTHERS]}
    return Released({name: compared(people) for name, people in columns.items()})


def test_children_who_left_are_no_cover_for_a_mother() -> None:
    left, chosen = CHILDREN[:30], MOTHERS[:1]
    assert not tell(release(chosen, left, split=False), [release(split=False)]), (
        "as one column, thirty left and one chose"
    )
    assert tell(release(chosen, left), [release()])
    assert tell(release(), [release(chosen, left)]), "nor are children who came"
    assert not tell(release([], [*left, *MOTHERS[:2]]), [release()]), (
        "where nobody chose, few mothers who left are nobody's choice"
    )


def test_a_column_of_another_name_is_compared_with_those_that_are_no_longer_there() -> None:
    assert tell(release(MOTHERS[:1], CHILDREN[:30], mother="mothers_number"), [release()])
    assert not tell(release(mother="mothers_number"), [release()])


def test_a_child_that_went_with_its_mother_is_seen_though_it_is_met_elsewhere() -> None:
    """It was in the extract of the column and is in the release by another one: somebody of its row has chosen."""
    siblings, both = set_of(CHILDREN), set_of([*CHILDREN, *MOTHERS])
    then = Released({"child": Compared(siblings, siblings), "sibling": Compared(both, both)})
    now = Released({"child": Compared(set_of(CHILDREN[1:]), siblings), "sibling": Compared(both, both)})
    assert tell(now, [then])
    assert not tell(then, [then])


@pytest.mark.parametrize("chose", [0, 1])
def test_two_releases_of_mothers_are_put_together(chose: int) -> None:
    """Thirty mothers left in each; who left in one and not in the other is known, and one of them chose."""
    then, other = release(), release(left=MOTHERS[:30] if chose else MOTHERS[:31])
    now = release(gone=MOTHERS[30:31], left=MOTHERS[:30]) if chose else release(left=MOTHERS[:31])
    assert tell(now, [then, other]) is bool(chose)


def test_releases_of_nobody_tell_nothing() -> None:
    """An export without patients names nobody by any column."""
    assert not tell(Released({}), [Released({}), Released({})])
    assert tell(release(MOTHERS[:1], split=False), [Released({}), release(split=False)])

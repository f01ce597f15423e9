"""Whoever is named by one column is not covered by those whom another column names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from ndoo.domain.nhs_number import NHSNumber
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.decision import people_by_row
from ndoo.upholding.decision.people_by_row import NOBODY, PeopleByRow, unpacked
from ndoo.upholding.safeguards.release_differences import Compared, Released, by_same_columns, not_by_row, tell
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


def row(child: str, mother: str | None) -> bytes:
    """Who stands together in it."""
    people = (None if number is None else NHSNumber(number).person for number in (child, mother))
    return b"".join(NOBODY if person is None else person.to_bytes(4, "little") for person in people)


BOTH = [*zip(CHILDREN, MOTHERS, strict=True), (CHILDREN[0], MOTHERS[1])]
"""Each child with a mother; the first has another row, with the second mother."""


def by_rows(
    rows: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]] = (), mother: str = "mother"
) -> Released:
    """What is kept of it, and what else was in the extract."""
    people = PeopleByRow(["child", mother], [row(*one) for one in rows], [row(*one) for one in others])
    columns = {
        name: Compared(set_of([one[at] for one in rows]), set_of([one[at] for one in (*rows, *others)]))
        for at, name in enumerate(people.columns)
    }
    return Released(columns, {"": people})


def test_families_who_left_are_no_cover_for_a_mother_whose_child_stays() -> None:
    """Twenty families left; the second mother opted out with them, and her own child goes; the first child is still there without her."""
    stay, her = BOTH[22:60], [BOTH[1], BOTH[60]]
    then, now = by_rows(BOTH), by_rows([BOTH[0], *stay], her)
    naive = Released(now.columns)
    assert not tell(naive, [Released(then.columns)]), "column by column, twenty left, and one of them by choice"
    assert tell(now, [then])
    assert tell(then, [now]), "nor are families who came"
    assert not tell(by_rows([BOTH[0], *stay]), [then]), "where nobody chose, a row that went is nobody's choice"
    assert not tell(now, [naive]), "nor are those of a release of which none were kept"
    assert not tell(then, [then])


def test_another_cell_of_her_row_that_changed_is_no_other_reason() -> None:
    """Her own rows came with a father, who was not known a month before: they were taken for rows that went for another reason."""
    father = NHSNumber(MOTHERS[-1]).person.to_bytes(4, "little")
    names = ["child", "mother", "father"]
    then = [row(*one) + NOBODY for one in BOTH]
    stay = [row(*one) + NOBODY for one in [BOTH[0], *BOTH[22:60]]]
    now = PeopleByRow(names, stay, [row(*one) + father for one in (BOTH[1], BOTH[60])])
    columns = by_rows([BOTH[0], *BOTH[22:60]], [BOTH[1], BOTH[60]]).columns
    earlier = Released(by_rows(BOTH).columns, {"": PeopleByRow(names, then, ())})
    assert tell(Released(columns, {"": now}), [earlier])
    assert not tell(Released(columns, {"": PeopleByRow(names, stay, ())}), [earlier]), "where nobody chose"


@pytest.mark.parametrize("columns", [["mother", "child"], ["child", "father", "mother"], ["father", "mother", "child"]])
def test_rows_are_compared_by_the_columns_that_both_have(columns: list[str]) -> None:
    """A column more, or the same ones in another order, and no row was compared."""
    stay, her = [BOTH[0], *BOTH[22:60]], [BOTH[1], BOTH[60]]

    def otherwise(rows: Sequence[tuple[str, str]]) -> list[bytes]:
        people = [{"child": row(*one)[:4], "mother": row(*one)[4:], "father": NOBODY} for one in rows]
        return [b"".join(cells[name] for name in columns) for cells in people]

    now = by_rows(stay, her)
    changed = PeopleByRow(columns, otherwise(stay), otherwise(her))
    assert tell(Released(now.columns, {"": changed}), [by_rows(BOTH)])
    assert not tell(Released(now.columns, {"": PeopleByRow(columns, otherwise(stay), ())}), [by_rows(BOTH)])
    alone = PeopleByRow(["child", "grandmother"], [row(child, some(61, seed=32)[-1]) for child, _ in stay], ())
    assert tell(Released(now.columns, {"": alone}), [by_rows(BOTH)]), "she is nowhere, and her row is known from before"
    assert not tell(Released(by_rows(stay).columns, {"": alone}), [by_rows(BOTH)]), "where nobody chose"
    assert not_by_row(Released(now.columns, {"": alone}), ["", "other"], [by_rows(BOTH)]) == ("", "other")


@pytest.mark.parametrize(
    "columns", [["child", "parent"], ["kid", "parent"], ["parent", "kid"], ["kid", "gp", "parent"]]
)
@pytest.mark.parametrize("table", ["", "births_2026_11"])
def test_rows_are_compared_though_columns_or_their_table_have_other_names(table: str, columns: list[str]) -> None:
    """A table with the month in its name, or a column that was renamed, and twenty families were cover for a mother."""
    stay, her = [BOTH[0], *BOTH[22:60]], [BOTH[1], BOTH[60]]

    def turned(rows: Sequence[tuple[str, str]]) -> list[bytes]:
        cells = ({"child": one[0], "kid": one[0], "parent": one[1], "gp": None} for one in rows)
        return [
            b"".join(NOBODY if of[name] is None else row(of[name] or "", None)[:4] for name in columns) for of in cells
        ]

    then = Released(by_rows(BOTH).columns, {"births_2026_10" if table else "": by_rows(BOTH).rows[""]})
    now = Released(by_rows(stay, her).columns, {table: PeopleByRow(columns, turned(stay), turned(her))})
    assert tell(now, [then])
    assert not_by_row(now, [table], [then]) == ()
    calm = Released(by_rows(stay).columns, {table: PeopleByRow(columns, turned(stay), ())})
    assert not tell(calm, [then]), "where nobody chose"


def test_rows_of_before_are_judged_by_who_is_there_at_all() -> None:
    """Of a release in one column no row says who stands together; the one before it does, and the one behind it as well."""
    stay, her = [BOTH[0], *BOTH[22:60]], [BOTH[1], BOTH[60]]

    def in_one_column(others: Sequence[tuple[str, str]]) -> Released:
        kept, gone = (set_of([number for one in rows for number in one]) for rows in (stay, [*stay, *others]))
        return Released({"person": Compared(kept, gone)})

    assert tell(in_one_column(her), [by_rows(BOTH)])
    assert tell(by_rows(BOTH), [in_one_column(her)])
    assert not tell(in_one_column([]), [by_rows(BOTH)]), "where nobody chose"
    assert not tell(in_one_column(her), [Released({"person": by_rows(BOTH).whole})]), "column by column nothing is seen"


def test_tables_that_share_few_people_are_not_taken_for_one() -> None:
    """Another month's births, of which few are siblings, are other rows and not the same ones that went."""
    then = Released(by_rows(BOTH).columns, {"births_10": by_rows(BOTH[:30]).rows[""]})
    later = PeopleByRow(["kid", "parent"], [row(*one) for one in BOTH[28:60]], ())
    now = Released(by_rows(BOTH[28:60], BOTH[:28]).columns, {"births_11": later})
    assert not_by_row(now, ["births_11"], [then, Released({"child": now.columns["child"]})]) == ("births_11",)


def test_a_row_without_a_mother_is_no_row_of_one_mother() -> None:
    """Each of eleven children has a row without one that went, ten of them for another reason than a choice."""
    alone = [row(child, None) for child in CHILDREN[:11]]
    several = PeopleByRow(["child", "mother"], [row(*one) for one in BOTH], ())
    more = PeopleByRow(["child", "mother"], [*several.kept, *alone], ())
    less = PeopleByRow(["child", "mother"], several.kept, alone[:1])
    columns = by_rows(BOTH).columns
    assert not tell(Released(columns, {"": less}), [Released(columns, {"": more})])
    fewer = PeopleByRow(["child", "mother"], several.kept, alone[:2])
    assert tell(Released(columns, {"": fewer}), [Released(columns, {"": more})])


def test_rows_come_out_of_the_record_as_they_went_in(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = PeopleByRow(["child", "mother"], [row(*one) for one in BOTH[:5]], [row(*one) for one in BOTH[4:9]])
    again = unpacked(rows.columns, *rows.packed())
    assert (again.columns, again.kept, again.others) == (rows.columns, rows.kept, rows.others)
    monkeypatch.setattr(people_by_row, "MANY", 12)
    again.add([row(*one) for one in BOTH[20:25]], [])
    again.add([row(*BOTH[30])], [])
    assert not again.whole
    assert not again.kept, "too many are none"
    monkeypatch.setattr(people_by_row.struct, "iter_unpack", None)
    again.take(0, 1, 0)  # nor are they taken apart


FATHERS, CARERS = some(60, seed=33), some(60, seed=34)
BIRTHS = [*zip(CHILDREN, MOTHERS, strict=True)]
CLINIC = [*zip(MOTHERS, FATHERS, strict=True)]
TABLES = {"births": (("child", "mother"), BIRTHS), "clinic": (("mother", "partner"), CLINIC)}
Tables = Mapping[str, tuple[tuple[str, str], Sequence[tuple[str, str]]]]


def month(name: str, tables: Tables = TABLES, *, gone: Kept = (), left: Kept = ()) -> Released:
    """Tables with the month in their names. Rows of people who are gone by choice stay behind; those of people who left are nowhere."""
    columns, rows = dict[str, Compared](), dict[str, PeopleByRow]()
    for table, (names, every) in tables.items():
        there = [one for one in every if set(left).isdisjoint(one)]
        kept = [one for one in there if set(gone).isdisjoint(one)]
        others = [row(*one) for one in there if one not in kept]
        rows[f"{table}_{name}"] = PeopleByRow(names, [row(*one) for one in kept], others)
        for at, column in enumerate(names):
            both = Compared(set_of([one[at] for one in kept]), set_of([one[at] for one in there]))
            columns[f"{table}_{name}.{column}"] = both
    return Released(columns, rows)


@pytest.mark.parametrize(
    ("names", "clinic"),
    [
        (("mother", "partner"), CLINIC),
        (("child", "mother"), CLINIC),
        (("child", "mother"), [*zip(CHILDREN, CARERS, strict=True)]),
        (("guardian", "child"), [*zip(CARERS, CHILDREN, strict=True)]),
    ],
    ids=["other columns", "the same columns", "the same children", "the same children, turned"],
)
@pytest.mark.parametrize("columns_too", [True, False])
def test_the_same_tables_under_the_next_months_names_tell_nobody(
    names: tuple[str, str], clinic: Sequence[tuple[str, str]], columns_too: bool
) -> None:
    """Each was compared with each: a father opted out, whose row of the clinic stayed behind, and the mother's row of the birth did not."""
    births = [*BIRTHS, (CHILDREN[40], MOTHERS[0])]
    tables = {"births": (("child", "mother"), births), "clinic": (names, clinic)}
    gone = [FATHERS[1], CARERS[1]]

    def of(name: str, left: Kept = (), gone: Kept = gone) -> Released:
        released = month(name, tables, gone=gone, left=left)
        return released if columns_too else Released({"": released.whole}, released.rows)

    assert not tell(of("nov"), [of("oct")])
    assert not tell(of("nov"), [of("oct"), of("sep")])
    families = [one for pair in BIRTHS[2:22] for one in pair]
    assert tell(of("nov", families, [*gone, MOTHERS[40]]), [of("oct")]), "families who left are no cover for a mother"


def test_a_mother_is_told_by_the_table_into_which_another_was_divided() -> None:
    """The fewer of the births stand in a table of their own, under other names, and twenty families left with her."""
    families = [*BIRTHS, (CHILDREN[59], CARERS[0])]
    left = [one for pair in BIRTHS[:20] for one in pair]
    then = month("oct", {"births": (("child", "mother"), families)})
    divided = {"north": (("child", "mother"), families[:48]), "south": (("child", "mother"), families[48:])}
    for one, other in ((then, divided), (month("oct", divided), {"births": (("child", "mother"), families)})):
        now = month("nov", other, gone=[CARERS[0]], left=left)
        calm = month("nov", other, left=[*left, CARERS[0]])
        assert tell(now, [one])
        assert not tell(Released({"": calm.whole}, calm.rows), [Released({"": one.whole}, one.rows)]), "nobody chose"


def test_tables_without_a_row_in_common_are_known_by_their_people() -> None:
    """Each month has other rows of the same people."""
    tables = {
        "births": (("child", "mother"), BIRTHS),
        "visits": (("child", "mother"), [*zip(MOTHERS, CARERS, strict=True)]),
    }
    later = {**tables, "births": (("child", "mother"), [*zip(CHILDREN, [*MOTHERS[1:], MOTHERS[0]], strict=True)])}
    pairs = {pair[:2] for pair in by_same_columns(month("oct", tables).rows, month("nov", later).rows)}
    assert pairs == {("births_oct", "births_nov"), ("visits_oct", "visits_nov")}

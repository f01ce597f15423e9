"""Tables in a database: the same rows go as by the reference engine, for the same reasons, with the same counts."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.database_address import TableName
from ndoo.upholding.sql.decide_rows import RowTally, SqlDecision
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.list_table import list_table, rule_of
from ndoo.upholding.sql.read_cells import script
from ndoo.upholding.text import reference
from tests.engines.databases import Place
from tests.engines.test_type1_agrees import Both, anybody, by_hand_counts, people
from tests.engines.worlds import World, worlds

some_times = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _fates(
    place: Place, world: World, rows: Sequence[Sequence[str | None]], type1: Objections | None, *, alone: bool
) -> tuple[RowTally, list[int], list[int]]:
    """The counts, and which rows are kept and held."""
    names = {f"column {at}": "TEXT" for at in range(world.width)}
    cleaned = None if alone else world.cleaned
    with place.loading() as database:
        place.fill(database, "t", {"at": "INTEGER", **names}, [(at, *row) for at, row in enumerate(rows)])
        table = TableName(None, "t")
        columns = database.needed(table)
        keys = [columns[key + 1] for key in world.keys]
        assert all(key.kind is TypeKind.TEXT for key in keys)
        rule = rule_of(OptOuts(cleaned, type1), keep_missing=world.keep_missing)
        database.take_list(list_table(OptOuts(cleaned, type1)))
        deciding = SqlDecision(table.quoted, columns, keys, rule, database.listed)
        tally, kept, held = (
            database.run(script(deciding.steps, final, database.dialect, width=database.width))
            for final in (deciding.tally(), deciding.rows(['"at"'], held=False), deciding.rows(['"at"'], held=True))
        )
        return deciding.counted(tally[0]), sorted(at for (at,) in kept), sorted(at for (at,) in held)


def _storable(place: Place, rows: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """PostgreSQL and UTF-16 take no NUL; every third blank is a NULL."""
    return [[None if cell == "" and at % 3 == 0 else cell for cell in row] for at, row in enumerate(rows)]


@some_times
@given(world=worlds())
def test_rows_reasons_and_counts_agree(place: Place, world: World) -> None:
    rows = _storable(place, world.rows)
    tally, kept, held = _fates(place, world, rows, None, alone=False)
    result = reference.decide(
        [[row[key] for key in world.keys] for row in rows], world.cleaned.answer, keep_missing=world.keep_missing
    )
    assert (kept, held) == (result.kept, result.held)
    assert (tally.rows, tally.people) == (result.rows(), result.people())


@some_times
@given(world=worlds(), dissent=anybody, unsettled=anybody, known=anybody, alone=st.booleans())
def test_type_1_opt_outs_agree_too(
    place: Place, world: World, dissent: list[str], unsettled: list[str], known: list[str], alone: bool
) -> None:
    type1 = Objections(people(dissent), people([n for n in unsettled if n not in dissent]), people(known), {})
    rows = _storable(place, world.rows)
    tally, kept, held = _fates(place, world, rows, type1, alone=alone)
    listed = None if alone else world
    result = reference.decide(
        [[row[key] for key in world.keys] for row in rows], Both(listed, type1), keep_missing=world.keep_missing
    )
    assert (kept, held) == (result.kept, result.held)
    assert (tally.rows, tally.people) == (result.rows(), result.people())
    assert tally.type1 == by_hand_counts(world, listed, type1)

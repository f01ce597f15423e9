"""The reference engine of linked tables, where generated folders seldom come."""

from __future__ import annotations

from ndoo.domain.answers import Answer
from ndoo.upholding.linked_tables.reference import ReferenceTable, World
from ndoo.upholding.table_links.link import Link
from tests.support.numbers import some


def test_a_row_of_people_without_a_number_is_nobodys_and_so_is_what_leads_to_it() -> None:
    person = some(1)[0]
    people = ReferenceTable([{"id": "1", "n": person}, {"id": "2", "n": ""}], own="n")
    visits = ReferenceTable([{"id": "1"}, {"id": "2"}], links=(Link(("id",), "people", ("id",)),))
    world = World({"people": people, "visits": visits}, "people", lambda _: Answer.ALLOWED)
    assert [len(world.whose(("visits", at))) for at in range(2)] == [1, 0]
    assert world.whose(("people", 1)) == set()

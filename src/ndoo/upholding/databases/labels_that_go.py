"""Which values that a type lists stand in rows that are left out, and in none of those that stay: with the rows beside it, such a type says who went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ndoo.upholding.sql.read_cells import quoted

if TYPE_CHECKING:
    from ndoo.upholding.databases.database import Database

_ROWS, _LISTED = "ndoo_rows", "ndoo_listed"
_AT_ONCE = 100
"""Places in one statement."""


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A column, or a part of each cell of it, whose values can be read as text.

    Args:
        query: for these values, one a row, named `text`; it is `of_column` or made of it.
        labels: what the type there lists, if it lists values.
    """

    column: str
    query: str
    labels: tuple[str, ...] = ()


def of_column(name: str, said: str = "{}") -> str:
    """The query for the values of a column.

    Args:
        said: what is asked of the column, for which `{}` stands.
    """
    return f"SELECT {said.replace('{}', quoted(name))} AS text FROM {_ROWS}"


def labels_that_go(
    database: Database,
    places: Sequence[TextPlace],
    source: str,
    rows: str,
    names_withheld: Callable[[Sequence[str]], bool],
) -> list[set[str]]:
    """For each place the values that its type lists, that none of its kept cells has, and that stand in a row that is left out.

    Such a row may have the value in any column: a column beside it may be of the same type, or text. Values that stand in no row tell of nobody.

    Args:
        source: the table, quoted.
        rows: those of its rows that are kept: a table, or a query in brackets.
        names_withheld: says if somebody who may not be released stands in one of some texts; of what lists them, every value that is not kept goes.
    """
    listed = sorted({label for place in places for label in place.labels})
    listing = [place for place in places if place.labels]
    kept = _counts(database, listing, rows, listed)
    if all(set(place.labels) <= there.keys() for place, there in zip(listing, kept, strict=True)):
        return [set() for _ in places]
    was, stay = (_counts(database, places, some, listed) for some in (source, rows))
    gone = set[str]().union(*((before - after).keys() for before, after in zip(was, stay, strict=True)))
    return [
        (set(place.labels) if names_withheld(place.labels) else gone & set(place.labels)) - there.keys()
        for place, there in zip(places, stay, strict=True)
    ]


def _counts(database: Database, places: Sequence[TextPlace], rows: str, listed: Iterable[str]) -> list[Counter[str]]:
    """For each place how many cells have each of the listed texts. The statement names all of them, so that no log tells which are looked for."""
    said = ", ".join(map(literal, listed))
    materialized = "MATERIALIZED" if rows.startswith("(") else "NOT MATERIALIZED"
    found = [Counter[str]() for _ in places]
    for some in _some(list(enumerate(places))):
        each = " UNION ALL ".join(
            f"SELECT {at}, text, COUNT(*) FROM ({place.query}) AS t{at} WHERE text IN (SELECT text FROM {_LISTED}) GROUP BY text"
            for at, place in some
        )
        for at, text, count in database.run(
            f"WITH {_LISTED} AS (SELECT UNNEST(CAST(ARRAY[{said}] AS TEXT[])) AS text), "
            f"{_ROWS} AS {materialized} (SELECT * FROM {rows} AS every) {each}"
        ):
            found[at][text] = int(count)
    return found


def _some(places: Sequence[tuple[int, TextPlace]]) -> Iterator[Sequence[tuple[int, TextPlace]]]:
    return (places[at : at + _AT_ONCE] for at in range(0, len(places), _AT_ONCE))


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"

"""What the types of a table's columns tell of people: names of fields, of types, and the values that an enumeration or a domain lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.domain.plurals import counted
from ndoo.evidence.release_record import Warned
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.sql.read_cells import TableColumn

if TYPE_CHECKING:
    from ndoo.upholding.database_address import TableName
    from ndoo.upholding.databases.database import Database


def is_named_by_somebody(column: TableColumn) -> bool:
    """Does a valid NHS number stand in its type? What the type lists is left aside where the result's own lists fewer values
    (`Database.narrowed`)."""
    return any(map(names_somebody, (*([] if column.labels else [column.type]), *column.fields)))


def lists_withheld(texts: Sequence[str], opt_outs: OptOuts) -> bool:
    """Does the number of somebody who may not be released stand in one of the texts of a type?"""
    return bool(texts) and MentionSearch((), (), opt_outs).finds_in([text.encode() for text in texts])


def listing_withheld(columns: Sequence[TableColumn], opt_outs: OptOuts) -> list[str]:
    """The columns of a table whose types, which go with it, list somebody who may not be released."""
    return [column.name for column in columns if lists_withheld(column.labels, opt_outs)]


def warned_of_types(
    database: Database, tables: Sequence[tuple[TableName, TableName]], opt_outs: OptOuts
) -> tuple[Warned, ...]:
    """What to say where a type that stands in the database beside a result tells who is not in it.

    Args:
        tables: each source with its result.
    """
    named, left = list[str](), list[str]()
    for source, into in tables:
        people = [name for name, texts in database.listed_beside(into).items() if lists_withheld(texts, opt_outs)]
        named += (repr(masked(f"{into.name}.{name}")) for name in people)
        left += (
            f"{masked(f'{into.name}.{name}')!r} ({counted(count, 'value')})"
            for name, count in database.left_listed(source, into).items()
            if name not in people
        )
    return (
        *_warned("type-lists-people", "People who may not be released are listed by the type of", named),
        *_warned(
            "type-lists-removed", "Values that only rows left out of the result have are listed by the type of", left
        ),
    )


def _warned(code: str, what: str, named: Sequence[str]) -> list[Warned]:
    said = (
        f"{what} {', '.join(named)}, and everybody who may connect to the database can read what a type lists: who is not in the rows can be told. "
        "Make a view in which the column is text, and release that."
    )
    return [Warned(code, said)] if named else []

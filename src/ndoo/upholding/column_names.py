"""The names of columns: those that are refused, and what a sentence may say of them.

A text without a heading gives its first row for the names, and that row is somebody's. So a sentence lists them only where their source
declares them (`DeclaredNames`), or where one of them says that it is an NHS number's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import names_somebody

_SHOWN = 30
"""Columns that a sentence lists at most."""
_ASKED = 3
"""Near names that a question has at most."""
_DIGITS_LEFT = 7
"""So many digits in a heading could be what is left of somebody's number."""
_MISREAD = re.compile(r"[0-9][0-9OoQDIlSsBZz]{8,10}")
"""A number in which letters stand that are typed, or read by a machine, for digits."""
_FEWEST_DIGITS = 3
"""Among the letters of such a number."""
_BETWEEN = re.compile(r"[\s./_-]")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?")
"""As people who make tables name columns (`ward`, `visits.ward`), and as few rows would read in all their cells."""
_SAYS_NHS_NUMBER = re.compile(r"nhs[\s._-]*(?:n|id)", re.IGNORECASE)


class DeclaredNames(tuple[str, ...]):
    """Names that their source itself declares, as a database and a Parquet file do, or places from 1 on: not read from a first row here.

    Whoever made the source may have read them from one.
    """


def refuse_doubles(names: Sequence[str]) -> None:
    """Raises UnfitData where two columns have one name: nobody could say which is meant, and readers rename one."""
    if len(set(names)) != len(names):
        raise UnfitData(
            "columns-double",
            "Two columns have the same name. Rename one: tools that read this file will not agree which is which.",
        )


def refuse_alike(names: Sequence[str]) -> None:
    """Raises UnfitData where two columns' names differ in capitals only: readers that pay no heed to capitals take one for the other."""
    folded = Counter(map(str.casefold, names))
    if alike := [name for name in names if folded[name.casefold()] > 1]:
        raise UnfitData(
            "columns-alike", f"Two columns' names differ in capitals only: {listed(alike)}. Rename one, or make a view."
        )


def refuse_identifying_names(names: Sequence[str]) -> None:
    """Raises UnfitData where a valid NHS number stands in a column's name."""
    if any(names_somebody(name) for name in names):
        raise UnfitData(
            "column-identifies",
            "A column's name holds what is a valid NHS number, and would be published with the rows. Rename the column; if the table was "
            "made from a file without a heading, so that its first row is somebody's, import it again with names of your own.",
        )


def named_columns(names: Sequence[str]) -> tuple[str, ...]:
    """The columns of a heading in which several may have no name: these are called by their place, `(column 3)`.

    Raises:
        UnfitData: two columns have the same name, or one is somebody's number.
    """
    if any(map(names_somebody, names)):
        raise UnfitData(
            "column-identifies",
            "A column's name holds what is a valid NHS number, and would be published with the rows. Rename the column; if the file has no "
            "heading, so that its first row is somebody's, use --no-header.",
        )
    nameless = sum(not name for name in names) > 1
    called = tuple(f"(column {at})" if nameless and not name else name for at, name in enumerate(names, start=1))
    refuse_doubles(called)
    return called


def reads_like_a_damaged_number(name: str) -> bool:
    """Whether a heading could be what is left of somebody's number, so that the first row would be theirs."""
    if "nhs" in name.lower():
        return False
    if sum(character.isdecimal() for character in name) >= _DIGITS_LEFT:
        return True
    whole = _BETWEEN.sub("", name)
    return bool(_MISREAD.fullmatch(whole)) and sum(map(str.isdecimal, whole)) >= _FEWEST_DIGITS


def listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)


def may_be_listed(names: Sequence[str]) -> bool:
    """Whether a sentence may list them all, because none of them can come from somebody's row."""
    if any(map(_SAYS_NHS_NUMBER.search, names)):
        return True
    if not isinstance(names, DeclaredNames) or not names:
        return False
    if [*names] == [str(at) for at in range(1, len(names) + 1)]:
        return True
    return all(map(_IDENTIFIER.fullmatch, names))


def column_missing(
    name: str, names: Sequence[str], *, vetted: bool = False, unlisted: Sequence[str] = ()
) -> UsageFault:
    """The refusal of a column that is not there: the near ones, and those that there are, unless they may be somebody's row.

    Args:
        names: of the columns that there are, `DeclaredNames` where their source declares them.
        vetted: it is known that all of them may be listed.
        unlisted: other tables, whose columns may not be.
    """
    said = f"There is no column named {name!r}.{_nearest_column(name, names)}"
    if not names or not (vetted or may_be_listed(names)):
        return UsageFault(
            "column-missing",
            f"{said} What there is instead is not listed: no name says that it is an NHS number's, so it may be somebody's row.",
        )
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return UsageFault("column-missing", f"{said} The columns are {listed(names[:_SHOWN])}{more}.{_left_out(unlisted)}")


def table_missing(name: str, tables: Sequence[str]) -> UsageFault:
    """The refusal of a table that was said to lead to nobody and is not there: the near ones, and those that there are."""
    more = f" and {len(tables) - _SHOWN:,} more" if len(tables) > _SHOWN else ""
    return UsageFault(
        "table-missing",
        f"--leads-to-nobody: there is no table named {name!r}.{nearest(name, tables)} The tables are {listed(tables[:_SHOWN])}{more}.",
    )


def _left_out(tables: Sequence[str]) -> str:
    return f" Those of {listed(tables)} are not listed: they may be somebody's row." if tables else ""


def _nearest_column(name: str, names: Sequence[str]) -> str:
    """As `nearest`. Of TABLE.COLUMN the columns of that table are compared, which are else near one another by their table's name alone."""
    tables = [name[: point.end()] for point in re.finditer("[.]", name)]
    for table in tables:
        if of_table := [one for one in names if one.startswith(table)]:
            column = name.removeprefix(table).casefold()
            begun = [one for one in of_table if column and one.removeprefix(table).casefold().startswith(column)]
            return _asked(
                begun or [table + one for one in _close(column, [one.removeprefix(table) for one in of_table])]
            )
    return nearest(name, names)


def nearest(name: str, names: Sequence[str]) -> str:
    """A question that names what the caller may have meant, in whatever case; nothing where nothing is near."""
    return _asked(_close(name, names))


def _close(name: str, names: Sequence[str]) -> list[str]:
    import difflib

    folded = {one.casefold(): one for one in names}
    return [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=_ASKED, cutoff=0.6)]


def _asked(names: Sequence[str]) -> str:
    return f" Did you mean {' or '.join(map(repr, names[:_ASKED]))}?" if names else ""

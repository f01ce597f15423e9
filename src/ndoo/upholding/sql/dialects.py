"""What each database calls the few things that it says in its own way.
Everything else is one text, which sqlglot translates (`read_cells`, `decide_rows`).

Each fragment was chosen because the obvious one is wrong somewhere: databases trim more than spaces, take digits of other
scripts for digits under a collation, end a regular expression before a line feed, and stop a text at a NUL.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

_SHAPE = "[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"
_D3, _D4 = "[0-9]" * 3, "[0-9]" * 4
_GAP = "[- ]"
_WRITTEN = (_D3 + _D3 + _D4, _D3 + _GAP + _D3 + _GAP + _D4, _D3 + _GAP + _D3 + _D4, _D3 + _D3 + _GAP + _D4)
"""The same for databases without regular expressions: the four ways to leave gaps in or out."""


class TypeKind(StrEnum):
    """What a column's type lets it hold."""

    TEXT = "text"
    WHOLE = "whole numbers"
    FRACTIONS = "fractions"
    """Floating point: no key, because digits may be lost, but looked at, because it still names people. So are decimals."""
    DECIMALS = "decimals"
    MONEY = "money"
    BYTES = "bytes"
    UUID = "UUIDs"
    CODED = "values, alone or in lists and structures, whose text does not show the digits that they hold"
    NOBODYS = "dates, times and truth values"
    """They hold nobody's number."""
    OTHER = "whatever is written as text with the digits that it holds"
    UNKNOWN = "unknown"
    """Refused, see `column_types`."""

    @property
    def is_read(self) -> bool:
        """Can a cell be an NHS number?"""
        return self in (TypeKind.TEXT, TypeKind.WHOLE, TypeKind.FRACTIONS, TypeKind.DECIMALS)

    @property
    def can_hold_numbers(self) -> bool:
        return self in (TypeKind.TEXT, TypeKind.WHOLE)


@dataclass(frozen=True, slots=True)
class SqlDialect:
    """One database's own words. `name` is sqlglot's; fragments are in that dialect."""

    name: str
    text: str
    """`{0}`, a column of text, as text that compares byte by byte."""
    whole_as_text: str
    """`{0}`, a whole number of ten digits, as text."""
    shaped: Callable[[str], str]
    """Is this text ten ASCII digits, with at most one space or hyphen in the 3-3-4 places, and nothing else?"""
    fence: str = ""
    """Put behind a query, keeps the planner from writing its expressions out again for each place that uses them."""
    inline: str = "NOT MATERIALIZED "
    """Said of a common table, so that it is not written to the disk."""
    quick: str = ""
    """Is `{0}`, a column of text, the ten digits of `{1}`, which it was cast to, and nothing else? Given where a cast is quick
    and only the cells that need it are taken the long way; casts let more pass than digits."""

    def as_text(self, column: str, kind: TypeKind, width: int) -> str:
        """The column as text; '?', which is malformed, where a whole number has not ten digits.

        Args:
            width: bytes a character, in a SQLite database.
        """
        if kind is TypeKind.TEXT:
            return self.text.format(column, width=width)
        whole = column if kind is TypeKind.WHOLE else f"CAST({column} AS BIGINT)"
        return (
            f"CASE WHEN {column} BETWEEN 1000000000 AND 9999999999 THEN {self.whole_as_text.format(whole)} "
            f"WHEN {column} IS NOT NULL THEN '?' END"
        )


def _any_of(operator: str) -> Callable[[str], str]:
    return lambda text: "(" + " OR ".join(f"{text} {operator} '{form}'" for form in _WRITTEN) + ")"


DIALECTS: dict[str, SqlDialect] = {
    "duckdb": SqlDialect(
        "duckdb",
        "CAST({0} AS TEXT)",
        "CAST({0} AS TEXT)",
        lambda text: f"REGEXP_FULL_MATCH({text}, '{_SHAPE}')",
        quick="CAST({1} AS TEXT) = CAST({0} AS TEXT)",
    ),  # 12345678e2 is cast as well; {0} may be an ENUM
    # Its values have types of their own, whatever the column says; LENGTH, GLOB and CAST stop at a NUL, the BLOB does not.
    "sqlite": SqlDialect(
        "sqlite",
        "CASE TYPEOF({0}) WHEN 'null' THEN NULL"
        " WHEN 'text' THEN CASE WHEN LENGTH(CAST({0} AS BLOB)) = {width} * LENGTH({0}) THEN {0} ELSE '?' END"
        " WHEN 'integer' THEN CASE WHEN {0} BETWEEN 1000000000 AND 9999999999 THEN CAST({0} AS TEXT) ELSE '?' END"
        " ELSE '?' END",
        "CAST({0} AS TEXT)",
        _any_of("GLOB"),
        fence="LIMIT -1",
    ),
    "postgres": SqlDialect(
        "postgres",
        'CAST({0} AS TEXT) COLLATE "C"',
        "CAST({0} AS TEXT)",
        lambda text: f"{text} ~ '^{_SHAPE}$'",
        fence="OFFSET 0",
    ),
    # Its usual collations take full-width digits and other letters for equal.
    "tsql": SqlDialect(
        "tsql",
        "CAST({0} AS NVARCHAR(MAX)) COLLATE Latin1_General_BIN2",
        "CAST({0} AS NVARCHAR(20)) COLLATE Latin1_General_BIN2",
        _any_of("LIKE"),
        inline="",
    ),
    # In Java, $ matches before a last line feed too. Casts to a whole number take spaces, a sign and a fraction, and no exponent:
    # in ten bytes of a number of ten digits there is no room for them.
    "spark": SqlDialect(
        "spark",
        "CAST({0} AS STRING)",
        "CAST({0} AS STRING)",
        lambda text: f"{text} RLIKE '^{_SHAPE}\\\\z'",
        inline="",
        quick="OCTET_LENGTH({0}) = 10",
    ),
}

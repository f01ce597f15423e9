"""Generates the SQL that reads an NHS number. The same as the kernel, cell by cell, on every database;
`domain.nhs_number.read` says what is right.

One description in DuckDB's SQL, which sqlglot translates. Each step is a common table, so that a reviewer can read it:
spaces around it gone, one pair of quotes gone, its digits as a number if it has the shape, and why it is nobody's if it is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import LONGEST_CELL
from ndoo.upholding.columns import prefix_beside
from ndoo.upholding.sql.dialects import DIALECTS, SqlDialect, TypeKind

VALID, MISSING, MALFORMED, CHECK_DIGIT, PLACEHOLDER = range(5)
"""As `numbers.kernel`."""
_NAMES = re.compile(r"""'(?:[^']|'')*'|"((?:[^"]|"")*)\"""")
"""In DuckDB's SQL: a text, or a name in its quotes, which is the group."""
_STAND_IN = "ndoo_stands_for_"
_STOOD_IN = re.compile(rf'[`"\[]{_STAND_IN}([0-9]+)[`"\]]')


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table: its name, what it may hold, and its type in the database's own words."""

    name: str
    kind: TypeKind
    type: str
    required: bool = False
    collated: bool = False
    """Does it compare by a collation, which another column may not have?"""
    fields: tuple[str, ...] = ()
    """The names and types of what stands in it, where they may change while the type is called what it was."""
    elements: TypeKind | None = None
    """What each element may hold, of a list of PostgreSQL."""
    labels: tuple[str, ...] = ()
    """The values that its type lists, where the type goes with the table."""


@dataclass(frozen=True, slots=True)
class QueryStep:
    """One common table, in DuckDB's SQL; `fenced` where its values are used many times by the next one."""

    name: str
    query: str
    fenced: bool = False
    quick: str | None = None
    """What is asked instead where the dialect reads usual cells quickly (`SqlDialect.quick`)."""


def refuse_types(keys: Sequence[TableColumn]) -> None:
    """Raises UnfitData where a column of NHS numbers is of a type that cannot hold all digits, or is no text."""
    for key in keys:
        if not key.kind.can_hold_numbers:
            raise UnfitData(
                "column-type",
                f"Column {key.name!r} is of the type {key.type.partition('(')[0]}: neither text nor whole numbers. As it is, digits may be "
                "lost. Make a view in which it is text.",
            )


def prefix_for(columns: Sequence[TableColumn]) -> str:
    """What our own columns and common tables begin with, and no column of the table does."""
    return prefix_beside([column.name for column in columns])


def quoted(name: str) -> str:
    """An identifier in DuckDB's SQL."""
    return '"' + name.replace('"', '""') + '"'


def reading(source: str, columns: Sequence[TableColumn], prefix: str) -> list[QueryStep]:
    """The steps that add, for each of the columns, `PREFIXnumberN` (the ten digits as a number, or NULL) and `PREFIXwhyN`.

    Where the dialect is `quick`, a cell that is a number's own ten digits is read first, and only the others, which are few,
    go the long way; a cell that was read stands as NULL on it.

    Args:
        source: the table, quoted as DuckDB quotes it.
    """
    at = range(len(columns))
    text, plain, number, why, guess, usual = (
        [f"{prefix}{word}{n}" for n in at] for word in ("text", "plain", "number", "why", "guess", "usual")
    )
    cells = [quoted(c.name) for c in columns]
    trims, rest = (
        [
            f"TRIM(NDOO_{c.kind.name}({cell}), ' ') AS {text[n]}"
            for n, (c, cell) in enumerate(zip(columns, given, strict=True))
        ]
        for given in (cells, [f"CASE WHEN {usual[n]} IS NULL THEN {cells[n]} END" for n in at])
    )
    guesses = [f"TRY_CAST({cell} AS BIGINT) AS {guess[n]}" for n, cell in enumerate(cells)]
    same = [
        f"NDOO_SAME({cells[n]}, {guess[n]})" if c.kind is TypeKind.TEXT else f"{guess[n]} = {cells[n]}"
        for n, c in enumerate(columns)
    ]
    seen = [
        f"CASE WHEN {guess[n]} BETWEEN 1000000000 AND 9999999999 AND {same[n]} THEN {guess[n]} END AS {usual[n]}"
        for n in at
    ]
    numbers = [_number(plain[n]) for n in at]
    return [
        QueryStep(f"{prefix}guessed", "", quick=_select(guesses, source)),
        QueryStep(f"{prefix}seen", "", quick=_select(seen, f"{prefix}guessed")),
        QueryStep(f"{prefix}trimmed", _select(trims, source), fenced=True, quick=_select(rest, f"{prefix}seen")),
        QueryStep(
            f"{prefix}unquoted",
            _select([f"{_unquoted(text[n])} AS {plain[n]}" for n in at], f"{prefix}trimmed"),
            fenced=True,
        ),
        QueryStep(
            f"{prefix}numbered",
            _select([f"{numbers[n]} AS {number[n]}" for n in at], f"{prefix}unquoted"),
            fenced=True,
            quick=_select([f"COALESCE({usual[n]}, {numbers[n]}) AS {number[n]}" for n in at], f"{prefix}unquoted"),
        ),
        QueryStep(
            f"{prefix}judged",
            _select([f"{_why(plain[n], number[n])} AS {why[n]}" for n in at], f"{prefix}numbered"),
            fenced=True,
        ),
    ]


def _select(more: Sequence[str], source: str) -> str:
    return f"SELECT *, {', '.join(more)} FROM {source}"


def _unquoted(text: str) -> str:
    edge = f"SUBSTRING({text}, 1, 1)"
    return (
        f"CASE WHEN LENGTH({text}) > {LONGEST_CELL} THEN '?' "
        f"WHEN LENGTH({text}) >= 2 AND {edge} = SUBSTRING({text}, LENGTH({text}), 1) AND {edge} IN ('''', '\"') "
        f"THEN TRIM(SUBSTRING({text}, 2, LENGTH({text}) - 2), ' ') ELSE {text} END"
    )


def _number(plain: str) -> str:
    return f"CASE WHEN NDOO_SHAPED({plain}) THEN CAST(REPLACE(REPLACE({plain}, ' ', ''), '-', '') AS BIGINT) END"


def _why(plain: str, number: str) -> str:
    return (
        f"CASE WHEN {number} IS NULL THEN CASE WHEN {plain} IS NULL OR {plain} = '' THEN {MISSING} ELSE {MALFORMED} END "
        f"WHEN {number} % 1111111111 = 0 THEN {PLACEHOLDER} WHEN ({_weighted(number)}) % 11 <> 0 THEN {CHECK_DIGIT} "
        f"ELSE {VALID} END"
    )


def _weighted(number: str) -> str:
    """The weighted sum of the digits, up to a multiple of 11, without taking the digits apart: 10 is -1 modulo 11, so the
    digit at 10^k is the difference of two remainders, times (-1)^k; its weight is k + 1."""
    terms = [f"{'-' if k % 2 == 0 else '+'} {2 * k + 1} * ({number} % {10**k})" for k in range(2, 10)]
    return f"3 * ({number} % 10) {' '.join(terms)} - 10 * {number}"


def script(steps: Sequence[QueryStep], final: str, dialect: str, *, width: int = 1, pretty: bool = False) -> str:
    """The whole query in a database's own SQL.

    Args:
        final: what follows the steps, in DuckDB's SQL.
        width: bytes a character in a SQLite database.
    """
    return f"{common_tables(steps, dialect, width=width, pretty=pretty)}\n{_translated(final, dialect, width, pretty)}"


def common_tables(steps: Sequence[QueryStep], dialect: str, *, width: int = 1, pretty: bool = False) -> str:
    """What stands before the final query, in a database's own SQL."""
    own = DIALECTS[dialect]
    queries = [(step, (step.quick or step.query) if own.quick else step.query) for step in steps]
    parts = [
        f"{step.name} AS ({_translated(query, dialect, width, pretty)}{_fence(step, own)})"
        for step, query in queries
        if query
    ]
    if own.inline:
        parts = [part.replace(" AS (", f" AS {own.inline}(", 1) for part in parts]
    lines = ",\n".join(parts)
    return f"WITH {lines}"


@lru_cache(1024)
def identifier(name: str, dialect: str) -> str:
    """A name, quoted as this database quotes it."""
    from sqlglot import exp

    return exp.to_identifier(name, quoted=True).sql(dialect=DIALECTS[dialect].name)


def _fence(step: QueryStep, own: SqlDialect) -> str:
    return f" {own.fence}" if step.fenced and own.fence else ""


def _translated(query: str, dialect: str, width: int, pretty: bool) -> str:
    """A query in a database's own SQL. What has a name in quotes is named afterwards, so that tables which differ in names alone
    are translated once; not where the length of names decides how it is laid out."""
    if pretty or _STAND_IN in query:
        return _translated_as_it_is(query, dialect, width, pretty)
    names: dict[str, int] = {}

    def stand_in(found: re.Match[str]) -> str:
        if (name := found[1]) is None:
            return found[0]
        return quoted(f"{_STAND_IN}{names.setdefault(name, len(names))}")

    made = _translated_as_it_is(_NAMES.sub(stand_in, query), dialect, width, pretty)
    own = [identifier(name.replace('""', '"'), dialect) for name in names]
    return _STOOD_IN.sub(lambda found: own[int(found[1])], made)


@lru_cache(1024)
def _translated_as_it_is(query: str, dialect: str, width: int, pretty: bool) -> str:
    from sqlglot import exp, parse_one

    own = DIALECTS[dialect]

    def replaced(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Anonymous) and node.name.startswith("NDOO_"):
            inner, *more = (one.sql(dialect=own.name) for one in node.expressions)
            match word := node.name.removeprefix("NDOO_"):
                case "SHAPED":
                    fragment = own.shaped(inner)
                case "SAME":
                    fragment = own.quick.format(inner, *more)
                case _:
                    fragment = own.as_text(inner, TypeKind[word], width)
            return parse_one(fragment, read=own.name)
        return node

    tree = parse_one(query, read="duckdb").transform(replaced)
    return tree.sql(dialect=own.name, pretty=pretty)

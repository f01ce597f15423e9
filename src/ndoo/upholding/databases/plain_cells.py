"""Cells laid bare by the database, as `ndoo_key_plain` does it: their letters and digits, without leading zeros or a fraction of zeros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn, quoted

_YMD = "^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
_DMY = "^((0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])|(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]))(19|20)[0-9]{2}$"


def bare_query(columns: Sequence[TableColumn], source: str, *more: str) -> str:
    """The query for the cells of a column laid bare, or of two side by side: `plain`, `core`, `bits`, and `more` of its rows."""
    cells = [cell_of(column) for column in columns]
    joined = "".join(cell.joined(n) for n, cell in enumerate(cells))
    names = [f"c{n}" for n in range(len(cells))]
    plain = " || '|' || ".join(f"{name}.plain" for name in names)
    core = "c0.core" if len(cells) == 1 else "CAST(NULL AS TEXT)"
    bits = " + ".join(f"{name}.bits" for name in names)
    told = ", ".join((f"{plain} AS plain", f"{core} AS core", f"LEAST({bits}, 255) AS bits", *more))
    return f"SELECT {told} FROM {source} AS s{joined}"


@dataclass(frozen=True, slots=True)
class PlainCell:
    """A column's cell as text; of an array, one after the other."""

    text: str
    each_of: str | None

    @property
    def first(self) -> str:
        """The text, where this is the only column."""
        return self.text.format(n=0)

    def joined(self, n: int) -> str:
        each = f" LEFT JOIN LATERAL UNNEST({self.each_of}) AS u{n}(x) ON TRUE" if self.each_of else ""
        text = self.text.format(n=n)
        bare = f"LOWER(REGEXP_REPLACE(LEFT({text}, 256), '[^A-Za-z0-9.]+', '', 'g'))"
        plain = r"REGEXP_REPLACE(REGEXP_REPLACE(bare, '^([0-9]+)[.]0*$', '\1'), '(^|[a-z])0+(?=[0-9])', '\1', 'g')"
        date = (
            f"CASE WHEN bare ~ '{_YMD}' AND LENGTH(bare) = 8 OR bare ~ '{_DMY}' THEN 0 "
            f"WHEN bare ~ '{_YMD}' AND (LENGTH(bare) >= 12 OR SUBSTRING(bare, 9, 1) = 't') THEN 20 "
            "ELSE LENGTH(REGEXP_REPLACE(plain, '[^0-9]', '', 'g')) * 10 / 3 END"
        )
        core = (
            "CASE WHEN plain ~ '^([a-z]+[0-9]+[a-z]*|[0-9]+[a-z]+)$' THEN REGEXP_REPLACE(plain, '[a-z]', '', 'g') END"
        )
        return (
            f"{each} CROSS JOIN LATERAL (SELECT {bare} AS bare) AS a{n} CROSS JOIN LATERAL (SELECT bare, "
            f"CASE WHEN LENGTH(bare) BETWEEN 1 AND 48 THEN {plain} END AS plain FROM (SELECT a{n}.bare) AS a) AS b{n} "
            f"CROSS JOIN LATERAL (SELECT plain, {core} AS core, {date} AS bits FROM (SELECT b{n}.bare, b{n}.plain) AS b) AS c{n}"
        )


def cell_of(column: TableColumn) -> PlainCell:
    name = quoted(column.name)
    if column.elements is not None:
        return PlainCell(_text("u{n}.x", as_bytes=column.elements is TypeKind.BYTES), f"s.{name}")
    cell = "s." + name.replace("{", "{{").replace("}", "}}")
    return PlainCell(_text(cell, as_bytes=column.kind is TypeKind.BYTES), None)


def _text(cell: str, *, as_bytes: bool) -> str:
    """Bytes are the text that they are, or else written in hexadecimal, as a UUID is."""
    if not as_bytes:
        return f'CAST({cell} AS TEXT) COLLATE "C"'
    text = f"ENCODE({cell}, 'escape')"
    return f"(CASE WHEN STRPOS({text}, CHR(92)) > 0 THEN ENCODE({cell}, 'hex') ELSE {text} END) COLLATE \"C\""

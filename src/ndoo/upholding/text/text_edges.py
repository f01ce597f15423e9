"""What stands above the heading of a table and below its last row: titles, dates, totals:
found by the people whom the rows between them name, so that they can be refused with the option that leaves them out.

A line that is taken for a row is held, because nobody's number stands in it, and a title that is taken for the heading would be
released in its place.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from ndoo.domain.errors import UnfitData
from ndoo.domain.malformed_number import NOTHING
from ndoo.domain.nhs_number import NHSNumber, Undecided, read

Lines = Sequence[Sequence[str]]
"""Lines as their cells, quotes and spaces around them gone."""
LINES_LOOKED_AT = 100
_LONGEST_NAME = 64
_NHS_NUMBER = re.compile(
    "(the|patients?|pat|persons?|clients?|subjects?|service|user|mothers?|mum|baby|child|valid|verified|traced|raw|new|old|current)*"
    "nhs(numbers?|nos?|num|nbr|nr|id)?(s|valid|verified|traced|raw|clean)*"
)
_TITLE = re.compile(r":\s*\S|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d")
_LINE_END = re.compile(rb"\r?\n")
_END_LOOKED_AT = 1 << 15
_FEW_DIGITS = 4
_DIGITS = re.compile(r"[0-9](?:[ -]?[0-9]){8}")
"""What is left of somebody's number, at least."""
_RULE = re.compile(r"[-=_*#. ]{3,}|\x1a+")
_FOOT = re.compile(
    r"\b(totals?|sum|rows?|records?|lines?|count|affected|selected|end|eof|trailer|trl|tlr|footer|generated|printed|produced|"
    r"source|notes?|completion\s+time|time(?=:))\b",
    re.IGNORECASE,
)


def says_nhs_number(name: str) -> bool:
    """Is this what a column of NHS numbers is called, and nothing more?"""
    return bool(_NHS_NUMBER.fullmatch("".join(character for character in name.lower() if character.isalnum())))


def heading_below(ways: Sequence[Lines], nulls: Collection[str]) -> int | None:
    """How many lines stand above the heading; None where the first line may well be it.

    Args:
        ways: the first lines of a table in each way in which they could be parted; the first is how it will be read.
        nulls: what the caller says stands for no number.
    """
    for at, lines in enumerate(ways):
        if (found := _first_person(lines)) is not None:
            return _heading_above(lines, *found, nulls, as_read=at == 0)
    return None


def refuse_heading_below(ways: Sequence[Lines], nulls: Collection[str], left_out: int) -> None:
    """Raises UnfitData where the first line is no heading, and one further down is. `left_out` lines above are gone already."""
    above = heading_below(ways, nulls)
    if above is not None:
        raise UnfitData(
            "heading-below",
            f"Line {above + left_out + 1} looks like the heading, so the lines above it are not part of the table. Leave that out with "
            f"--skip-rows {above + left_out}, or take it out of the file. If the line is somebody's row, use --null to say which text means that there is no number.",
        )


def lines_below(lines: Lines, column: int | None, width: int, nulls: Collection[str]) -> int:
    """How many of the last lines are no rows, but stand below them; 0 where none reads like that.

    Args:
        lines: the last lines of a table.
        column: where the person's number stands, counted from 0; None where nobody knows yet.
        width: how many fields a row has.
    """
    foot = 0
    for at, cells in enumerate(reversed(lines), start=1):
        if not any(cells):
            continue
        row = len(cells) == width and _names_somebody(cells if column is None else [cells[column]])
        if row or not _reads_like_foot(cells, column, width, nulls):
            return foot and at - 1
        foot = at
    return 0


def above_blank_lines(text: bytes | bytearray, first: int, end: int, cells: bytes, *, final: bool) -> int:
    """Where the blank lines begin that stand at the end of the rows `text[first:end]`; `end` where none does.

    A line is blank that has nothing but its end, or every cell of a row and nothing in any, as spreadsheets write them. The last
    32 KiB are looked at; blank lines before these are rows without a number.

    Args:
        cells: a row of empty cells, that is its delimiters.
        final: no more follows, so that the last line may lack its end; else it may be the beginning of one.
    """
    begin = max(first, end - _END_LOOKED_AT)
    tail = bytes(text[begin:end])
    whole = tail.rfind(b"\n") + 1
    rest = tail[whole:]
    if rest != cells if final and rest else not any(one.startswith(rest) for one in (cells + b"\r\n", b"\r\n")):
        return end
    blank = re.compile(rb"(?:(?:" + re.escape(cells) + rb")?\r?\n)*")
    said = len(tail[:whole].rstrip(b"\r\n" + cells))
    if not said and begin == first and blank.fullmatch(tail, 0, whole):
        return begin
    ended = _LINE_END.search(tail, said, whole)
    return begin + ended.end() if ended and blank.fullmatch(tail, ended.end(), whole) else end


def foot_fault(lines: int) -> UnfitData:
    """The error for so many last lines that are no rows."""
    return UnfitData(
        "lines-below",
        f"The file seems to end with {lines} line{'' if lines == 1 else 's'} below the last row, such as a total. Leave that out with "
        f"--skip-footer {lines}, or take it out of the file. If it is somebody's row, use --null to say which text means that there is no number.",
    )


def refuse_lines_below(lines: int) -> None:
    """Raises UnfitData where so many last lines were taken for rows."""
    if lines:
        raise foot_fault(lines)


def _first_person(lines: Lines) -> tuple[int, int] | None:
    for at, cells in enumerate(lines):
        for column, cell in enumerate(cells):
            if isinstance(read(cell), NHSNumber):
                return at, column
    return None


def _heading_above(lines: Lines, person: int, column: int, nulls: Collection[str], *, as_read: bool) -> int | None:
    """The heading among the lines above the first person's, the first line left aside."""
    width, first = len(lines[person]), lines[0]
    between = [(at, cells) for at, cells in enumerate(lines[:person]) if at and cells != first]
    fits = as_read and len(first) == width
    if fits and says_nhs_number(first[column]):
        fuller = (at for at, cells in between if _filled(cells) > _filled(first))
        return next((at for at in fuller if len(lines[at]) == width and says_nhs_number(lines[at][column])), None)
    for at, cells in between:
        if any(map(says_nhs_number, {*cells} - {*nulls})):
            return at
    implausible = not fits or any(map(_TITLE.search, first))
    for at, cells in between:
        named = (
            len(cells) == width
            and _reads_like_name(cells[column], nulls)
            and all(map(_has_letter, filter(None, cells)))
        )
        if named and (implausible or _filled(cells) > _filled(first)):
            return at
    return None


def _names_somebody(cells: Sequence[str]) -> bool:
    return any(read(cell) not in (Undecided.MISSING, Undecided.MALFORMED) for cell in cells)


def _reads_like_foot(cells: Sequence[str], column: int | None, width: int, nulls: Collection[str]) -> bool:
    """A total, a rule or the like where a number should be; or a few words at the edge, and nothing else. No row that lost its end."""
    filled = [at for at, cell in enumerate(cells) if cell]
    if not filled or _DIGITS.search(" ".join(cells)):
        return False
    own, alone = column or 0, len(filled) == 1
    said = cells[filled[0] if alone or own >= len(cells) else own]
    if _is_nothing(said, nulls):
        return False
    words = (
        alone
        and width > 1
        and filled[0] in (0, own)
        and " " in said
        and _has_letter(said)
        and _digits(said) < _FEW_DIGITS
    )
    return words or bool(_FOOT.search(said) or _RULE.fullmatch(said))


def _reads_like_name(cell: str, nulls: Collection[str]) -> bool:
    return (
        _has_letter(cell)
        and _digits(cell) < _FEW_DIGITS
        and len(cell) <= _LONGEST_NAME
        and not _is_nothing(cell, nulls)
    )


def _is_nothing(cell: str, nulls: Collection[str]) -> bool:
    return cell.lower() in NOTHING or cell in nulls


def _digits(cell: str) -> int:
    return sum(character.isdigit() for character in cell)


def _has_letter(cell: str) -> bool:
    return any(character.isalpha() for character in cell)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell) for cell in cells)

"""A statement as PDF: a tagged PDF of A4 pages, in the letters that every reader of PDF has; the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ndoo.assets.statement_blocks import HEADING, POINT, TITLE, USE, StatementBlock, blocks
from ndoo.domain.errors import UnfitData

WIDTH, HEIGHT, MARGIN = 595, 842, 56
_INDENT = 16
_SIZES = {TITLE: 20, HEADING: 15, USE: 12}
_TAGS = {TITLE: "H1", HEADING: "H2", USE: "H3", POINT: "LI"}
_BEFORE = {TITLE: 0, HEADING: 16, USE: 10, POINT: 2}
"""Points of space before a block; a paragraph has 6."""
_PLAIN = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 "
    "584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 "
    "611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 "
    "722 500 500 500 334 260 334 584"
)
_BOLD = (
    "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 584 "
    "584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 "
    "611 333 278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 "
    "778 556 556 500 389 280 389 584"
)
_ADVANCES = {"F1": tuple(map(int, _PLAIN.split())), "F2": tuple(map(int, _BOLD.split()))}
_OTHER = 611
"""The advance of a letter outside ASCII, as wide as the widest of those that are common."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    font: str
    size: int

    @property
    def width(self) -> float:
        advances = _ADVANCES[self.font]
        known = (advances[ord(c) - 32] if 32 <= ord(c) < 127 else _OTHER for c in self.text)
        return sum(known) * self.size / 1000


@dataclass(slots=True)
class _Pages:
    """Pages under way: their content, and by block the marks that stand for it."""

    content: list[list[str]] = field(default_factory=lambda: [[]])
    marks: list[int] = field(default_factory=lambda: [0])
    down: float = HEIGHT - MARGIN

    def new_page(self) -> None:
        self.content.append([])
        self.marks.append(0)
        self.down = HEIGHT - MARGIN


def pdf(document: Mapping[str, Any]) -> bytes:
    """The whole statement as PDF.

    Raises:
        UnfitData: it has letters that the standard fonts do not have.
    """
    return pdf_of(list(blocks(document)))


def pdf_of(told: Sequence[StatementBlock], *, largest: int = 1) -> bytes:
    """These blocks as PDF, in letters up to so many times as large: as large as one page has room for.

    Raises:
        UnfitData: they have letters that the standard fonts do not have.
    """
    for block in told:
        try:
            f"{block.label}{block.text}".encode("cp1252")
        except UnicodeEncodeError:
            raise UnfitData(
                "statement-letters",
                "The statement has a letter that the fonts of every PDF reader do not have. Write it as HTML, and print that.",
            ) from None
    for tenths in range(10 * largest, 9, -1):
        pages = _Pages()
        drawn = [(block, _draw(block, pages, tenths / 10)) for block in told]
        if len(pages.content) == 1:
            break
    return _file(pages, drawn, told[0].text)


def _draw(block: StatementBlock, pages: _Pages, scale: float) -> list[tuple[int, int]]:
    """Draws a block; the page and the mark of each part of it, one for each page that it stands on."""
    size = round(_SIZES.get(block.kind, 11) * scale)
    font = "F2" if block.kind in _SIZES else "F1"
    words = [_Word(word, "F2", size) for word in f"{block.label}:".split() if block.label]
    words += [_Word(word, font, size) for word in block.text.split()]
    left = MARGIN + (_INDENT if block.kind == POINT else 0)
    pages.down -= _BEFORE.get(block.kind, 6) * scale
    lines = list(_lines(words, WIDTH - MARGIN - left))
    leading = size * 1.35
    room = 3 * leading if block.kind in _SIZES else leading  # no heading stands alone at the foot of a page
    if pages.down - room < MARGIN:
        pages.new_page()
    parts = [_begin(block, pages)]
    for at, line in enumerate(lines):
        if pages.down - leading < MARGIN:
            pages.content[-1].append("EMC")
            pages.new_page()
            parts.append(_begin(block, pages))
        pages.down -= leading
        if block.kind == POINT and at == 0:
            pages.content[-1].append(f"BT /F1 {size} Tf {MARGIN} {pages.down:.1f} Td (\\225) Tj ET")
        pages.content[-1].append(_text(line, left, pages.down))
    pages.content[-1].append("EMC")
    return parts


def _begin(block: StatementBlock, pages: _Pages) -> tuple[int, int]:
    mark = pages.marks[-1]
    pages.content[-1].append(f"/{_TAGS.get(block.kind, 'P')} <</MCID {mark}>> BDC")
    pages.marks[-1] += 1
    return len(pages.content) - 1, mark


def _lines(words: Sequence[_Word], room: float) -> Iterator[list[_Word]]:
    line: list[_Word] = []
    used = 0.0
    for word in (piece for whole in words for piece in _pieces(whole, room)):
        space = word.size * 0.278 if line else 0.0
        if line and used + space + word.width > room:
            yield line
            line, used, space = [], 0.0, 0.0
        line.append(word)
        used += space + word.width
    yield line


def _pieces(word: _Word, room: float) -> Iterator[_Word]:
    """The word, or pieces of it that each go into a line: of a long address its parts, where they are not short."""
    text = word.text
    while _Word(text, word.font, word.size).width > room:
        most = next(n for n in range(len(text) - 1, 0, -1) if _Word(text[:n], word.font, word.size).width <= room)
        part = max(text.rfind(mark, 0, most) + 1 for mark in "/-.@")
        cut = part if part > most // 2 else most
        yield _Word(text[:cut], word.font, word.size)
        text = text[cut:]
    yield _Word(text, word.font, word.size)


def _text(line: Sequence[_Word], left: float, down: float) -> str:
    shown, font = f"BT {left} {down:.1f} Td", ""
    for at, word in enumerate(line):
        if word.font != font:
            font = word.font
            shown += f" /{font} {word.size} Tf"
        shown += f" ({_escaped(word.text)}{'' if at == len(line) - 1 else ' '}) Tj"
    return f"{shown} ET"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(pages: _Pages, drawn: Sequence[tuple[StatementBlock, list[tuple[int, int]]]], title: str) -> bytes:
    count = len(pages.content)
    first_page, first_element = 6, 6 + 2 * count
    elements, parents, top = _structure(drawn, first_page, first_element, count)
    objects: dict[int, bytes] = {
        1: b"<</Type/Catalog/Pages 2 0 R/Lang(en-GB)/MarkInfo<</Marked true>>/StructTreeRoot 3 0 R"
        b"/ViewerPreferences<</DisplayDocTitle true>>>>",
        2: f"<</Type/Pages/Count {count}/Kids[{' '.join(f'{first_page + 2 * at} 0 R' for at in range(count))}]>>".encode(),
        3: f"<</Type/StructTreeRoot/K[{' '.join(f'{n} 0 R' for n in top)}]/ParentTree<</Nums[{parents}]>>/ParentTreeNextKey {count}>>".encode(),
        4: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        5: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
    }
    for at, lines in enumerate(pages.content):
        stream = "\n".join(lines).encode("cp1252")
        objects[first_page + 2 * at] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Resources<</Font<</F1 4 0 R/F2 5 0 R>>>>"
            f"/StructParents {at}/Tabs/S/Contents {first_page + 2 * at + 1} 0 R>>"
        ).encode()
        objects[first_page + 2 * at + 1] = f"<</Length {len(stream)}>>\nstream\n".encode() + stream + b"\nendstream"
    objects |= elements
    objects[max(objects) + 1] = b"<</Title(" + _escaped(title).encode("cp1252") + b")/Producer(ndoo)>>"
    held, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number in range(1, len(objects) + 1):
        places.append(len(held))
        held += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R/Info {size - 1} 0 R>>\n"
    return held + tail.encode() + f"startxref\n{len(held)}\n%%EOF\n".encode()


def _structure(
    drawn: Sequence[tuple[StatementBlock, list[tuple[int, int]]]], first_page: int, first: int, count: int
) -> tuple[dict[int, bytes], str, list[int]]:
    """The elements that tell a screen reader what is a heading, a paragraph and a list; by page, whose mark is which."""
    elements: dict[int, bytes] = {}
    by_page: list[list[int]] = [[] for _ in range(count)]
    top: list[int] = []
    number, lists = first, dict[int, list[int]]()
    listed = 0
    for block, parts in drawn:
        if block.kind == POINT and not listed:
            listed, number = number, number + 1
            lists[listed] = []
            top.append(listed)
        if block.kind != POINT:
            listed = 0
        marks = " ".join(f"<</Type/MCR/Pg {first_page + 2 * page} 0 R/MCID {mark}>>" for page, mark in parts)
        parent = listed or 3
        elements[number] = f"<</Type/StructElem/S/{_TAGS.get(block.kind, 'P')}/P {parent} 0 R/K[{marks}]>>".encode()
        (lists[listed] if listed else top).append(number)
        for page, _ in parts:
            by_page[page].append(number)
        number += 1
    for name, inside in lists.items():
        elements[name] = f"<</Type/StructElem/S/L/P 3 0 R/K[{' '.join(f'{n} 0 R' for n in inside)}]>>".encode()
    parents = " ".join(f"{at}[{' '.join(f'{n} 0 R' for n in numbers)}]" for at, numbers in enumerate(by_page))
    return elements, parents, top

"""Generated inputs on which the engines must agree: tables with damaged cells, lists, and ways of writing text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hypothesis import strategies as st

from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some

PEOPLE = some(12)
ABROAD = [nine + str(check_digit(nine)) for nine in ("010101000", "320000001", "500000001", "800000001")]
"""Valid numbers that no national list of England can know of: CHI, H&C, reserved, Irish."""


def _disguised(number: str) -> st.SearchStrategy[str]:
    a, b, c = number[:3], number[3:6], number[6:]
    return st.sampled_from([number, f"{a} {b} {c}", f"{a}-{b}-{c}", f" {number} ", f"'{number}'", f"{a}{b} {c}"])


damaged = st.sampled_from(
    [
        "",
        " ",
        "NULL",
        "9990000000",
        "999000000",
        "1111111111",
        "9999999999",
        "9.99E+09",
        "99900000000",
        "９９９００００００１",
        "9990000000.0",
        "999 0000 000",
        "\t9990000001",
        "x" * 70,
        " " * 90,
        "''",
        "O123456789",
        "\u00a09990000001",
    ]
)
cell = st.one_of(st.sampled_from(PEOPLE).flatmap(_disguised), st.sampled_from(ABROAD), damaged)
other = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=6)


@dataclass(frozen=True)
class World:
    """One table, one list, and one way of deciding."""

    rows: list[list[str]]
    keys: list[int]
    width: int
    cleaned: CleanedList
    keep_missing: bool


def cleaned_list(
    polarity: Polarity, listed: Sequence[str], asked: Sequence[str] | None, disputed: Sequence[str] = ()
) -> CleanedList:
    """A list as `checking` would make it; `disputed` are those on whom the lists that it is made of differ."""
    sets = []
    for numbers in (listed, asked, disputed):
        people = NumberSet()
        for text in numbers or ():
            number = read(text)
            assert isinstance(number, NHSNumber)
            people.add(number)
        sets.append(people)
    provenance = Provenance(polarity, "file", None, date(2026, 11, 20), 2, 21, len(listed))
    return CleanedList(provenance, sets[0], sets[1] if asked is not None else None, sets[2] if disputed else None)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Tables of up to 40 rows, with one or two columns of numbers anywhere among up to five columns."""
    width = draw(st.integers(1, 5))
    keys = draw(st.lists(st.integers(0, width - 1), min_size=1, max_size=min(2, width), unique=True))
    row = st.tuples(*(cell if at in keys else other for at in range(width))).map(list)
    rows = draw(st.lists(row, max_size=40))
    polarity = draw(st.sampled_from(Polarity))
    listed = draw(st.lists(st.sampled_from(PEOPLE), unique=True))
    asked, disputed = None, list[str]()
    if polarity is Polarity.ALLOWED and draw(st.booleans()):
        asked = sorted({*listed, *draw(st.lists(st.sampled_from(PEOPLE)))})
        disputed = [number for number in asked if number not in listed and draw(st.booleans())]
    return World(rows, keys, width, cleaned_list(polarity, listed, asked, disputed), draw(st.booleans()))


@dataclass(frozen=True)
class Writing:
    """How a table is written down."""

    delimiter: str
    encoding: str
    mark: bytes
    line_end: str
    quote_all: bool
    last_line_end: bool

    def text(self, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """The table as text; fields that need quotes have them."""
        lines = [self._line(row) for row in (heading, *rows)]
        return self.line_end.join(lines) + (self.line_end if self.last_line_end or not rows or not lines[-1] else "")

    def _line(self, row: Sequence[str]) -> str:
        special = (self.delimiter, '"', "\n", "\r")
        return self.delimiter.join(
            '"' + field.replace('"', '""') + '"' if self.quote_all or any(s in field for s in special) else field
            for field in row
        )

    def write(self, path: Path, text: str) -> None:
        path.write_bytes(self.mark + text.encode(self.encoding, "surrogatepass"))


writings = st.builds(
    lambda delimiter, encoding, line_end, quote_all, last: Writing(delimiter, *encoding, line_end, quote_all, last),
    st.sampled_from(",;\t|\x1f§¦•"),
    st.sampled_from(
        [
            ("utf-8", b""),
            ("utf-8", b"\xef\xbb\xbf"),
            ("utf-8", b"\xef\xbb\xbf" * 2),
            ("utf-16-le", b"\xff\xfe"),
            ("utf-16-be", b"\xfe\xff"),
        ]
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)

"""What is right: the slow and obvious engine: one character, one row, one set at a time.

The fast engines are held to it in `tests/engines`. It reads the whole input into memory, so it is for tests and
for arguing about a case, not for extracts. Only what a heading needs (`rows_of`) is used elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ndoo.domain.answers import Answer
from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.numbers import kernel
from ndoo.upholding.text.text_faults import row_fault

Ask = Callable[[NHSNumber], "Answer | Undecided"]
_BLANK = ("\n", "\r\n")


def rows_of(text: str, delimiter: str, *, quotes: bool, first: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Each row with its line end, and its fields as they stand, quotes and all. `first` numbers the first row.

    Args:
        delimiter: the code units of one character (`TextDialect.parted_by`).

    Raises:
        UnfitData: a NUL, a stray or open quote, or a bare carriage return.
    """
    row, at, field_at = first, 0, 0
    fields: list[str] = []
    inside = past_close = past_cr = False
    for here, character in enumerate(text):
        if character == "\0":
            raise row_fault(kernel.NUL_BYTE, row)
        quote = quotes and character == '"'
        if inside:
            if quote:
                inside, past_close = False, True
            continue
        parted = text.startswith(delimiter, here)
        if (quote and not (here == field_at or past_close)) or (
            past_close and not (quote or parted or character in "\n\r")
        ):
            raise row_fault(kernel.STRAY_QUOTE, row)
        if past_cr and character != "\n":
            raise row_fault(kernel.BARE_CR, row)
        inside, past_close, past_cr = quote, False, character == "\r"
        if parted:
            fields.append(text[field_at:here])
            field_at = here + len(delimiter)
        elif character == "\n":
            yield text[at : here + 1], [*fields, text[field_at:here].removesuffix("\r")]
            row, at, field_at, fields = row + 1, here + 1, here + 1, []
    if inside:
        raise row_fault(kernel.OPEN_QUOTE, row)
    if at < len(text):
        if past_cr:
            raise row_fault(kernel.BARE_CR, row)
        yield text[at:], [*fields, text[field_at:]]


def unquoted(raw: str, *, quotes: bool) -> str:
    """A field without its CSV quoting."""
    if quotes and len(raw) >= 2 and raw[0] == raw[-1] == '"':
        return raw[1:-1].replace('""', '"')
    return raw


@dataclass(slots=True)
class ReferenceResult:
    """What the reference engine makes of a dataset: the kept and the held rows, and the counts."""

    kept: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    removed: int = 0
    reasons: Counter[Undecided] = field(default_factory=Counter)
    without: int = 0
    seen: dict[str, set[int]] = field(default_factory=lambda: {"kept": set(), "removed": set(), "held": set()})

    def rows(self) -> Counts:
        """As `RowDecision.rows`."""
        read_ = len(self.kept) + self.removed + len(self.held)
        held = {str(reason): self.reasons[reason] for reason in Undecided if self.reasons[reason]}
        return Counts(read_, len(self.kept), self.removed, held, self.without)

    def people(self) -> PeopleCounts:
        """As `RowDecision.people`."""
        kept = self.seen["kept"]
        removed = self.seen["removed"] - kept
        held = self.seen["held"] - kept - removed
        return PeopleCounts(len(kept) + len(removed) + len(held), len(kept), len(removed), len(held))


def decide(rows: Sequence[Sequence[str | None]], ask: Ask, *, keep_missing: bool = False) -> ReferenceResult:
    """Decide on rows of cells: in each, the person's own number first, then those of the other columns."""
    result = ReferenceResult()
    for at, cells in enumerate(rows):
        own, *others = (read(cell) for cell in cells)
        others = [other for other in others if other is not Undecided.MISSING]
        answers = [_answer(number, ask) for number in (own, *others)]
        doubts = [a for a in answers if isinstance(a, Undecided)]
        if Answer.WITHHELD in answers:
            result.removed += 1
            fate = "removed"
        elif own is Undecided.MISSING and keep_missing and not others:
            result.kept.append(at)
            result.without += 1
            fate = "kept"
        elif doubts:
            result.held.append(at)
            result.reasons[doubts[0]] += 1
            fate = "held"
        else:
            result.kept.append(at)
            fate = "kept"
        if isinstance(own, NHSNumber):
            result.seen[fate].add(own.person)
    return result


def _answer(number: NHSNumber | Undecided, ask: Ask) -> Answer | Undecided:
    if isinstance(number, Undecided):
        return number
    answer = ask(number)
    return Undecided.NOT_COVERED if answer is Answer.UNKNOWN else answer


def uphold_text(
    text: str,
    keys: Sequence[int],
    ask: Ask,
    *,
    delimiter: str,
    quotes: bool,
    keep_missing: bool = False,
    nulls: Sequence[str] = (),
) -> tuple[str, str, ReferenceResult]:
    """Uphold delimited text with a heading: the kept rows and the held rows, each under the heading, and the result.

    Args:
        text: the whole file, its byte-order mark gone.
        keys: the columns of NHS numbers, counted from 0, the person's own first.
        nulls: what a cell may hold that has no number.
    """
    lines = rows_of(text, delimiter, quotes=quotes, first=0)
    heading, names = next(lines)
    rows: list[str] = []
    cells: list[list[str | None]] = []
    for raw, fields in lines:
        rows.append(raw)
        if raw in _BLANK:
            cells.append([None for _ in keys])
            continue
        if len(fields) != len(names):
            raise row_fault(kernel.RAGGED, len(rows), found=len(fields), fields=len(names))
        plain = [unquoted(fields[key], quotes=quotes) for key in keys]
        cells.append(
            [None if cell.strip(" ") in nulls and read(cell) is Undecided.MALFORMED else cell for cell in plain]
        )
    empty = delimiter * (len(names) - 1)
    while rows and rows[-1].rstrip("\r\n") in ("", empty):  # blank lines at the end are no rows
        del rows[-1], cells[-1]
    result = decide(cells, ask, keep_missing=keep_missing)
    return (
        heading + "".join(rows[at] for at in result.kept),
        heading + "".join(rows[at] for at in result.held),
        result,
    )

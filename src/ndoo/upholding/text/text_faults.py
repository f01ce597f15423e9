"""What is wrong with a row of delimited text: codes and sentences, the same from every engine."""

from __future__ import annotations

from ndoo.domain.errors import UnfitData
from ndoo.domain.plurals import counted
from ndoo.numbers import kernel

_FAULTS: dict[int, tuple[str, str]] = {
    kernel.STRAY_QUOTE: (
        "quote-stray",
        "a quote stands inside a field that is not quoted. If quotes are ordinary characters here, use --no-quotes.",
    ),
    kernel.OPEN_QUOTE: ("quote-open", "a quote is opened and never closed: the file may be cut off."),
    kernel.NUL_BYTE: (
        "nul-byte",
        "a NUL byte. The file is damaged, not text, or UTF-16 without its mark (use --encoding utf-16-le).",
    ),
    kernel.BARE_CR: (
        "bare-cr",
        "a carriage return without a line feed: some readers would see another row there.",
    ),
}


def row_fault(kind: int, row: int, *, found: int = 0, fields: int = 0) -> UnfitData:
    """The error for a fault in row `row`, counted from 1 below the heading; 0 is the heading itself."""
    place = f"Row {row}" if row else "The heading"
    if kind == kernel.RAGGED and found == fields + 1:
        return UnfitData(
            "row-ragged",
            f"{place} has {counted(found, 'field')} where the heading has {fields}: which is which is uncertain. If every row ends with a delimiter, "
            "end the heading with one too.",
        )
    if kind == kernel.RAGGED:
        return UnfitData(
            "row-ragged",
            f"{place} has {counted(found, 'field')} where the heading has {fields}: which is which is uncertain.",
        )
    code, sentence = _FAULTS[kind]
    return UnfitData(code, f"{place}: {sentence}")

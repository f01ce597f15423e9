"""What may be printed of a text with names of files, columns or people's words in it."""

from __future__ import annotations

from ndoo.domain.nhs_number import masked


def printable(text: str, *, lines: bool = False) -> str:
    """What may be printed of a text with names in it: no valid NHS number, and nothing that moves a terminal's cursor, changes its colours
    or cannot be encoded, which a file's name may hold.

    Args:
        lines: the text has several lines, which stay.
    """
    breaks = "\n\t" if lines else ""
    return "".join(sign if sign.isprintable() or sign in breaks else "?" for sign in masked(text))

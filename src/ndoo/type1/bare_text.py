"""The text of a cell without what programs put around it: invisible characters, spaces of every kind, quotes, a formula's `=`."""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

_AROUND = " =\"'`´‘’‚‛“”„‟«»‹›′″"
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_NULLS = ("", "null", "(null)", "[null]", "<null>", "\\n", "nil", "none", "nan", "nat")
_NONE = frozenset((*_NULLS, "na", "n/a", "#n/a", "<na>", "-", "--", "."))


def bare_text(cell: str) -> str:
    """The cell with its digits as ASCII, without invisible characters, and without quotes and spaces around it.

    Full-width letters and the like become plain ones; control characters, NUL among them, become spaces; accents go.
    """
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell.replace("�", " "))
    if not (cell.isascii() and cell.isprintable()):
        cell = "".join(map(_plain, cell))
    return cell.strip(_AROUND)


def written_forms(text: str) -> tuple[str, ...]:
    """The text as it stands, and as it was before a web page, an address or a program's text was made of it."""
    forms = {text: None}
    if "%" in text:
        forms[bare_text(unquote(text))] = None
    if "&" in text:
        forms[bare_text(html.unescape(text))] = None
    if "\\" in text:
        forms[bare_text(_ESCAPED.sub(lambda met: chr(int(met[1] or met[2], 16)), text))] = None
    return tuple(forms)


def is_none(cell: str) -> bool:
    """Is this a blank, or a word by which systems say that there is nothing?"""
    return cell.strip().casefold() in _NONE or bare_text(cell).casefold() in _NONE


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Nd":
        return str(unicodedata.digit(character))
    if kind in ("Cf", "Mn"):
        return ""
    return " " if kind[0] in "CZ" else character

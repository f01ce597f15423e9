"""The parser's own sentences about options, in plain words."""

from __future__ import annotations

import re
from difflib import get_close_matches

_CHOICE = re.compile(r"'([^']*)' is not one of (.+)\.$")
_OPTION = re.compile(r"No such option '(-[^']+)'\. \(Did you mean one of: (.+)\?\)$")
_WORDS = (
    (re.compile(r"is not a valid (?:integer|int)(?: range)?"), "is not a whole number"),
    (re.compile(r"is not a valid float(?: range)?"), "is not a number"),
    (re.compile(r"(\S+) is not in the range (-?[0-9.]+)<=x<=(-?[0-9.]+)"), r"\1 is not between \2 and \3"),
    (re.compile(r"(\S+) is not in the range x>=(-?[0-9.]+)"), r"\1 is less than \2"),
)


def in_plain_words(message: str) -> str:
    """One line, without the words of programmers for what can be typed."""
    plain = " ".join(message.split())
    if found := _CHOICE.search(plain):
        near = get_close_matches(found[1], re.findall(r"'([^']+)'", found[2]), 1, 0.5)
        plain += f" Did you mean {near[0]!r}?" if near else ""
    if found := _OPTION.search(plain):
        near = get_close_matches(found[1], re.findall(r"'([^']+)'", found[2]), 1, 0)
        plain = f"No such option {found[1]!r}. Did you mean {near[0]!r}?"
    for said, meant in _WORDS:
        plain = said.sub(meant, plain)
    return plain

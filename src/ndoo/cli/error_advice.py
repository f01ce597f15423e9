"""What to do about an error: what its own sentence says, else the advice that is kept for its code."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_VERBS = [
    "add",
    "ask",
    "attach",
    "begin",
    "call",
    "change",
    "check",
    "choose",
    "close",
    "compare",
    "confirm",
    "copy",
    "correct",
    "declare",
    "decrypt",
    "delete",
    "describe",
    "do",
    "drop",
    "export",
    "fill",
    "free",
    "get",
    "give",
    "group",
    "import",
    "install",
    "keep",
    "leave",
    "let",
    "look",
    "lower",
    "make",
    "mark",
    "move",
    "name",
    "open",
    "point",
    "put",
    "raise",
    "read",
    "register",
    "remove",
    "rename",
    "renew",
    "repair",
    "repeat",
    "replace",
    "restore",
    "run",
    "save",
    "say",
    "see",
    "send",
    "set",
    "show",
    "sign",
    "split",
    "start",
    "stop",
    "store",
    "take",
    "trust",
    "try",
    "unpack",
    "uphold",
    "upgrade",
    "use",
    "wait",
    "write",
]
_ASKED = re.compile(
    rf"(?:^|: |, or |, and |, |; )(?:(?:if|where|first|then|else|in|on|for|either)\b[^.]*?[,:] ?)?(?:{'|'.join(_VERBS)})\b|`ndoo |pip install",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.?])\s+(?=[A-Z`(-])")


@cache
def kept() -> dict[str, str]:
    """Advice by code."""
    kept: dict[str, str] = tomllib.loads(files("ndoo.cli").joinpath("error_advice.toml").read_text(encoding="utf-8"))
    return kept


def asks(sentence: str) -> str:
    """The part of an error's sentence that says what to do; empty where none does."""
    return " ".join(part for part in _SENTENCES.split(sentence) if _ASKED.search(part))


def advice_on(code: str, sentence: str) -> str:
    """What to do about an error that says this; empty where the sentence says it itself, or nothing is known."""
    return "" if asks(sentence) else kept().get(code, "")


def what_to_do(code: str, sentences: list[str]) -> list[str]:
    """What to do, for each way in which an error of this code is said."""
    said = [asks(sentence) or kept().get(code, "") for sentence in sentences]
    return list(dict.fromkeys(one for one in said if one))

"""The page that answers each requirement of OWASP ASVS 5.0, levels 1 and 2, made of `asvs.toml`."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

SAID = Path(__file__).with_name("asvs.toml")
ANSWERS = {"met": "met", "open": "**open**", "none": "does not apply"}
_CHAPTERS = (
    "Encoding and sanitisation",
    "Validation and business logic",
    "Web front end",
    "API and web service",
    "Files",
    "Authentication",
    "Sessions",
    "Authorisation",
    "Self-contained tokens",
    "OAuth and OpenID Connect",
    "Cryptography",
    "Secure communication",
    "Configuration",
    "Data protection",
    "Coding and architecture",
    "Logging and errors",
    "WebRTC",
)
_INTRODUCTION = """\
# OWASP ASVS 5.0, level 2

Each of the {all} requirements of levels 1 and 2 of the
[OWASP Application Security Verification Standard 5.0](https://github.com/OWASP/ASVS/tree/v5.0.0), by its number: {met} are met, {open} are open, and {none}
do not apply. What is met is bound to what shows it, and a test of the repository looks that it is there; what is open says what is missing.
This is the project's own account of itself. Nobody else has examined it.
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """How one requirement is answered.

    Attributes:
        kind: one of `ANSWERS`.
        words: how, what is missing, or why it does not apply.
        shown_by: a test, a file of tests or a page, from the root of the repository; empty unless it is met.
    """

    requirement: str
    kind: str
    words: str
    shown_by: str


def answers() -> list[Answer]:
    """All of them, in their order."""
    chapters = tomllib.loads(SAID.read_text(encoding="utf-8")).values()
    return [
        Answer(requirement, said[0], said[1], said[2] if len(said) > 2 else "")
        for chapter in chapters
        for requirement, said in chapter.items()
    ]


def asvs_page() -> str:
    """`docs/reference/asvs.md`."""
    everything = answers()
    counts = Counter(one.kind for one in everything)
    lines = [_INTRODUCTION.format(all=len(everything), **{kind: counts[kind] for kind in ANSWERS})]
    for number, name in enumerate(_CHAPTERS, start=1):
        lines += [f"## V{number} {name}", "", "| | answer | how | shown by |", "| --- | --- | --- | --- |"]
        lines += [_line(one) for one in everything if one.requirement.partition(".")[0] == str(number)]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _line(one: Answer) -> str:
    shown = one.shown_by.replace("::", ": ")
    return f"| {one.requirement} | {ANSWERS[one.kind]} | {one.words} | {f'`{shown}`' if shown else ''} |"

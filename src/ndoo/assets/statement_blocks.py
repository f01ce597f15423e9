"""The order in which a statement is read: its headings, sentences and points, the same for Markdown, HTML and PDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ndoo.domain.london import LONDON, which_hour
from ndoo.policy.explanation import day_in_words
from ndoo.policy.pack import APPLIES

MANY = 30
"""More uses than these have a summary before them; the public pages then show them a part at a time."""
OTHER, PURPOSE = "another purpose", "What for"
CHOICE = "https://www.nhs.uk/your-nhs-data-matters/"
TITLE, HEADING, USE, TEXT, POINT = "title", "heading", "use", "text", "point"
ROWS = (
    ("recipient", "Who gets it"),
    ("purpose", PURPOSE),
    ("purpose_detail", "In more detail"),
    ("data", "What kinds of data"),
    ("article_6", "Legal basis (UK GDPR article 6)"),
    ("article_9", "Legal basis (UK GDPR article 9)"),
    ("confidentiality", "Why we are allowed to use it"),
    ("outcome_words", "Your choice"),
    ("why", "Why not"),
    ("own_optout", "Another opt-out"),
    ("type_1", "Type 1 opt-outs"),
    ("last_applied", "Opt-outs last applied"),
)
"""What is said of each use, in this order."""


@dataclass(frozen=True, slots=True)
class StatementBlock:
    """A heading, a paragraph or a point of a list; `label` goes before the text of a point.

    `origin` is one of the document's `origins`: what the text is true by. A heading asserts nothing and has none.
    """

    kind: str
    text: str
    label: str = ""
    origin: str = ""


def blocks(document: Mapping[str, Any]) -> Iterator[StatementBlock]:
    """The whole statement."""
    organisation = document["organisation"]
    general = document.get("general", [])
    yield StatementBlock(
        TITLE, f"National data opt-out: compliance statement of {organisation.get('name', 'this organisation')}"
    )
    yield StatementBlock(TEXT, document["claim_words"], origin="claim_words")
    yield StatementBlock(TEXT, f"Last updated: {moment(document['made'])}.", origin="made")
    yield from paragraph_blocks(one for one in general if not one["after_uses"])
    if document["uses"] or document["claim"] == "not_yet":
        yield StatementBlock(HEADING, "Uses")
        yield from _uses(document)
    yield from paragraph_blocks(one for one in general if one["after_uses"])
    yield StatementBlock(HEADING, "Contact")
    yield StatementBlock(TEXT, contact(organisation) or "Nobody is named yet.", origin="organisation")
    yield StatementBlock(TEXT, f"You can see or change your choice at {CHOICE}", origin="choice")


def _uses(document: Mapping[str, Any]) -> Iterator[StatementBlock]:
    """Every use; many of them have a summary before them, by what they are for."""
    uses = document["uses"]
    if not uses:
        yield StatementBlock(TEXT, "None is recorded yet.", origin="uses")
    if len(uses) > MANY:
        yield StatementBlock(TEXT, f"There are {len(uses):,} uses. In short:", origin="uses")
        applied = Counter(use["purpose"] for use in uses if use["outcome"] == APPLIES)
        for purpose, many in Counter(use["purpose"] for use in uses).most_common():
            yield StatementBlock(POINT, _summary(many, applied[purpose]), purpose or OTHER, origin="uses")
    for use in uses:
        yield StatementBlock(USE, use["name"])
        for field, label in ROWS:
            if use.get(field) and not (field == "purpose" and _detail_says_it(use)):
                said = PURPOSE if field == "purpose_detail" and _detail_says_it(use) else label
                yield StatementBlock(POINT, _row(field, use[field]), said, origin=f"uses.{field}")
        yield StatementBlock(POINT, use["id"], "Our reference", origin="uses.id")


def _summary(uses: int, applied: int) -> str:
    """Of the uses for one purpose, to how many the choice applies."""
    if uses == 1:
        return f"1 use. Your choice {'applies' if applied else 'does not apply'} to it."
    return f"{uses:,} uses. Your choice applies to {f'{applied:,}' if applied else 'none'} of them."


def _detail_says_it(use: Mapping[str, Any]) -> bool:
    """Is the purpose none that has a word, so that its detail is what the use is for?"""
    return use["purpose"] == OTHER and bool(use.get("purpose_detail"))


def _row(field: str, told: str) -> str:
    return day_in_words(date.fromisoformat(told)) if field == "last_applied" else told


def moment(made: str) -> str:
    """A moment in words, in London."""
    when = datetime.fromisoformat(made).astimezone(LONDON)
    return f"{day_in_words(when.date())} at {when:%H:%M}{which_hour(when)}"


def contact(organisation: Mapping[str, Any]) -> str:
    """Who answers questions, and where; empty where nobody is named."""
    return ", ".join(
        str(organisation[name]) for name in ("contact", "email", "phone", "address") if organisation.get(name)
    )


def paragraph_blocks(paragraphs: Iterable[Mapping[str, Any]]) -> Iterator[StatementBlock]:
    """General paragraphs, as `ndoo.assets.general` tells them."""
    for paragraph in paragraphs:
        if paragraph["heading"]:
            yield StatementBlock(HEADING, paragraph["heading"])
        if paragraph["list"]:
            yield from (StatementBlock(POINT, one["says"], origin="general") for one in paragraph["sentences"])
        else:
            yield StatementBlock(TEXT, " ".join(one["says"] for one in paragraph["sentences"]), origin="general")

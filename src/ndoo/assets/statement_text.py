"""How is a statement read by people? As Markdown, as a section for a privacy notice, and as what changed between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ndoo.domain.london import spoken

CHOICE = "https://www.nhs.uk/your-nhs-data-matters/"
ROWS = (
    ("recipient", "Who gets it"),
    ("purpose", "What for"),
    ("purpose_detail", "In more detail"),
    ("data", "What kinds of data"),
    ("article_6", "Legal basis (UK GDPR article 6)"),
    ("article_9", "Legal basis (UK GDPR article 9)"),
    ("confidentiality", "Why it may be used without breaking confidence"),
    ("outcome_words", "Your choice"),
    ("why", "Why not"),
    ("type_1", "Type 1 opt-outs"),
    ("last_applied", "Opt-outs last applied"),
)
"""What is said of each use, in this order."""


def markdown(document: Mapping[str, Any]) -> str:
    """The whole statement."""
    return "\n".join(_lines(document)).rstrip() + "\n"


def privacy_notice(document: Mapping[str, Any]) -> str:
    """The section that goes into the organisation's privacy notice."""
    organisation = document["organisation"]
    return "\n\n".join([
        "## Your national data opt-out",
        "Your health and care information is used for your own care. It can also be used to plan services and for "
        "research. This only happens where the law allows it. Most of the time, what is used does not show who you are.",
        "You can choose that information that shows who you are is not used for research and planning. Your own care "
        f"stays the same. You can change your choice at any time. To see or change your choice: {CHOICE}",
        "Your information is not given to insurance companies or used to sell you things, unless you ask for that.",
        _plain(document["claim_words"]),
        f"Questions: {_plain(_contact(organisation))}." if _contact(organisation) else "",
    ]).strip() + "\n"  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What changed between two statements, a sentence each; empty where only the time did."""
    told = []
    if before["claim"] != after["claim"]:
        told.append(f"It said: {before['claim_words']} It says now: {after['claim_words']}")
    told += _fields("The organisation", before["organisation"], after["organisation"])
    old, new = ({use["id"]: use for use in one["uses"]} for one in (before, after))
    told += [f"New use: {new[name]['name']}." for name in new if name not in old]
    told += [f"No longer used: {old[name]['name']}." for name in old if name not in new]
    for name in new:
        if name in old:
            told += _fields(new[name]["name"], old[name], new[name])
    if before["policy"] != after["policy"]:
        told.append(
            f"The policy was version {before['policy']['version']} and is version {after['policy']['version']}."
        )
    return told


def _fields(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    names = dict(ROWS)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new and name not in ("source", "reason", "outcome"):
            label = names.get(name, name.replace("_", " "))
            yield f"{what}: {label} was “{old or 'not said'}” and is “{new or 'not said'}”."


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    organisation = document["organisation"]
    name = _plain(organisation.get("name", "This organisation"))
    yield from (f"# How {name} uses confidential patient information", "")
    yield from (_plain(document["claim_words"]), "")
    yield f"Last updated: {spoken(datetime.fromisoformat(document['made']))}. "
    yield f"Policy: {document['policy']['title']}, version {document['policy']['version']}."
    for heading, field in (("How we apply the opt-out", "how_applied"), ("Type 1 opt-outs", "type_1")):
        if organisation.get(field):
            yield from ("", f"## {heading}", "", _plain(organisation[field]))
    yield from ("", "## Uses", "")
    if not document["uses"]:
        yield "There are none."
    for use in document["uses"]:
        yield from (f"### {_plain(use['name'])}", "")
        yield from (f"- {label}: {_plain(use[field])}" for field, label in ROWS if use.get(field))
        yield from (f"- Reference: {use['id']}, rule {use['reason']}", "")
    contact = _contact(organisation)
    yield from ("", "## Contact", "", _plain(contact) if contact else "Nobody is named yet.")
    yield from ("", f"You can see or change your choice at {CHOICE}")


def _contact(organisation: Mapping[str, Any]) -> str:
    return ", ".join(
        str(organisation[name]) for name in ("contact", "email", "phone", "address") if organisation.get(name)
    )


def _plain(text: str) -> str:
    """In one line, and nothing that Markdown would take for a command or a page for a tag."""
    line = " ".join(str(text).split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in line)

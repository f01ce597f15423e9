"""A statement in words: as Markdown, as a section for a privacy notice, and as what changed between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ndoo.assets.statement_blocks import CHOICE, HEADING, POINT, ROWS, TITLE, USE, StatementBlock, blocks, contact

_MARKS = {TITLE: "# ", HEADING: "## ", USE: "### "}


def markdown(document: Mapping[str, Any]) -> str:
    """The whole statement."""
    return markdown_of(blocks(document))


def markdown_of(told: Iterable[StatementBlock]) -> str:
    """These blocks."""
    return "\n".join(_lines(told)).rstrip() + "\n"


def privacy_notice(document: Mapping[str, Any]) -> str:
    """The section that goes into the organisation's privacy notice."""
    organisation = document["organisation"]
    return (
        "\n\n".join(
            [
                "## Your national data opt-out",
                "Your health and care information is used for your own care. It can also be used to plan services and for "
                "research. This only happens where the law allows it. Most of the time, what is used does not show who you are.",
                "You can choose to stop information that shows who you are being used for research and planning. Your own care "
                f"stays the same. You can change your choice at any time. To see or change your choice: {CHOICE}",
                "Your information is not given to insurance companies or used to sell you things, unless you ask for that.",
                _plain(document["claim_words"]),
                f"Questions: {_plain(contact(organisation))}." if contact(organisation) else "",
            ]
        ).strip()
        + "\n"
    )


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
    told += _general(before.get("general", []), after.get("general", []))
    if before["policy"] != after["policy"]:
        told.append(
            f"The policy was version {before['policy']['version']} and is version {after['policy']['version']}."
        )
    return told


def _general(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What the general paragraphs say otherwise; those with a record of a day change with it, and no day is news."""
    old, new = ({one["id"]: _undated(one) for one in paragraphs} for paragraphs in (before, after))
    headings = dict([*_headings(before), *_headings(after)])
    for name, heading in headings.items():
        was, now = old.get(name, ""), new.get(name, "")
        if was != now:
            yield f"Under “{heading}”: was “{was or 'not there'}” and is “{now or 'not there'}”."


def _headings(paragraphs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The heading under which each paragraph stands: its own, or the one before it."""
    under = "How we use health information"
    for one in paragraphs:
        under = one["heading"] or under
        yield one["id"], under


def _undated(paragraph: Mapping[str, Any]) -> str:
    return " ".join(one["says"] for one in paragraph["sentences"] if not _told_besides(one["origin"].get("record", "")))


def _told_besides(record: str) -> bool:
    """Is it a day, or what is compared by itself: the organisation's own words, and the policy?"""
    return record in ("scans", "reviews", "policy") or record.startswith("organisation.")


def _fields(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    names = dict(ROWS)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new and name not in ("source", "reason", "outcome"):
            label = names.get(name, name.replace("_", " "))
            yield f"{what}: {label} was “{old or 'not said'}” and is “{new or 'not said'}”."


def _lines(told: Iterable[StatementBlock]) -> Iterator[str]:
    pointed = False
    for block in told:
        point = block.kind == POINT
        if point:
            yield f"- {f'{block.label}: ' if block.label else ''}{_plain(block.text)}"
        else:
            yield from ([""] if pointed else []) + [f"{_MARKS.get(block.kind, '')}{_plain(block.text)}", ""]
        pointed = point


def _plain(text: str) -> str:
    """In one line, and nothing that Markdown would take for a command or a page for a tag."""
    line = " ".join(str(text).split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in line)

"""A leaflet and a poster: what the choice is and how to make it, with whom to ask here. They claim nothing of the organisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.assets.general import ORIGINS, handout_paragraphs
from ndoo.assets.record import Record
from ndoo.assets.statement import minute
from ndoo.assets.statement_blocks import HEADING, POINT, TEXT, TITLE, StatementBlock, moment, paragraph_blocks
from ndoo.assets.statement_forms import put_blocks
from ndoo.policy import Pack

LEAFLET, POSTER = "leaflet", "poster"
_WAYS = {
    "contact": "",
    "email": "email",
    "phone": "telephone",
    "address": "write to",
    "full_notice": "our privacy notice",
}
"""The organisation's fields that say whom to ask and where, with the words before each."""


def make_handout(which: str, organisation: Record | None, pack: Pack, now: datetime) -> dict[str, Any]:
    """A leaflet or a poster as a document, each sentence with its origin."""
    said = organisation.plain() if organisation else {}
    return {
        "kind": f"ndoo {which}",
        "made": minute(now),
        "organisation": {name: said[name] for name in ("name", *_WAYS) if name in said},
        "general": handout_paragraphs(which, pack),
        "origins": {name: ORIGINS[name] for name in ("made", "organisation", "general")},
        "policy": {name: pack.named()[name] for name in ("name", "title", "version", "date")},
    }


def handout_blocks(document: Mapping[str, Any]) -> Iterator[StatementBlock]:
    """The order in which it is read."""
    organisation = document["organisation"]
    yield StatementBlock(TITLE, "Your health information: your choice")
    yield from paragraph_blocks(document["general"])
    if organisation:
        yield StatementBlock(HEADING, "Ask us")
    if organisation.get("name"):
        yield StatementBlock(TEXT, organisation["name"], origin="organisation")
    for field, label in _WAYS.items():
        if organisation.get(field):
            yield StatementBlock(POINT, organisation[field], label, origin="organisation")
    yield StatementBlock(TEXT, f"Last updated: {moment(document['made'])}.", origin="made")


def put_handout(path: Path, document: Mapping[str, Any]) -> None:
    """Writes it in the form that the file's name says, a poster in letters for a wall.

    Raises:
        Fault: it cannot be written there. UnfitData: a letter that no PDF can show.
    """
    put_blocks(path, document, list(handout_blocks(document)), large=document["kind"].endswith(POSTER))

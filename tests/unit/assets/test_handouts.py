"""A leaflet and a poster say nothing without its origin, nothing of the organisation but whom to ask, and read the same in every form."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ndoo.assets.handouts import LEAFLET, POSTER, handout_blocks, make_handout, put_handout
from ndoo.assets.statement_blocks import POINT, TEXT
from ndoo.policy import load_pack
from tests.support.registers_of_assets import register

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ASK = {"name": "A practice", "email": "ask@a.example", "full_notice": "https://a.example/privacy", "type_1": "x"}


@pytest.mark.parametrize("which", [LEAFLET, POSTER])
def test_everything_in_a_handout_has_its_origin(which: str) -> None:
    document = make_handout(which, register(organisation=ASK).organisation, load_pack(), NOW)
    for paragraph in document["general"]:
        assert all(set(sentence["origin"]) == {"source"} for sentence in paragraph["sentences"])
    told = list(handout_blocks(document))
    for block in told:
        assert block.origin in document["origins"] if block.kind in (TEXT, POINT) else not block.origin
    words = " ".join(f"{block.label} {block.text}" for block in told)
    for said in (
        "being used for research and planning",
        "does not apply",
        "0300 303 5678",
        "nhs.uk/your-nhs-data-matters",
        "Ask us",
    ):
        assert said in words
    for said in ("A practice", "email ask@a.example", "our privacy notice https://a.example/privacy"):
        assert said in words
    assert "We " not in words and "{" not in words, "it claims nothing of the organisation"


def test_where_nobody_said_who_it_is_nobody_is_named() -> None:
    told = [block.text for block in handout_blocks(make_handout(LEAFLET, None, load_pack(), NOW))]
    assert "Ask us" not in told, "a heading with nothing below it"
    assert told[-1] == "Last updated: 29 November 2026 at 12:00."


def test_a_poster_with_every_way_to_ask_stays_on_one_page(tmp_path: Path) -> None:
    """In letters that are smaller, not with its last line on a second sheet that nobody puts on the wall."""
    every = ASK | {"contact": "Information governance team", "phone": "01632 960 100", "address": "1 Board Street " * 4}
    put_handout(tmp_path / "a.pdf", make_handout(POSTER, register(organisation=every).organisation, load_pack(), NOW))
    printed = (tmp_path / "a.pdf").read_bytes()
    sizes = {int(size) for size in re.findall(rb"/F1 (\d+) Tf", printed)}
    assert (printed.count(b"/Type/Page/"), 16 <= min(sizes) <= max(sizes) < 22) == (1, True), sizes


def test_a_long_address_is_broken_between_its_parts(tmp_path: Path) -> None:
    long = "https://www.a-long-name-of-a-practice.example/privacy/" + "and-of-its-notices/" * 6
    put_handout(
        tmp_path / "a.pdf",
        make_handout(LEAFLET, register(organisation=ASK | {"full_notice": long}).organisation, load_pack(), NOW),
    )
    lines = re.findall(rb"\((https://www.a-long[^)]*)\) Tj", (tmp_path / "a.pdf").read_bytes())
    assert len(lines) == 1 and lines[0].endswith((b"/", b"-")) and len(lines[0]) < len(long)


def test_a_poster_is_for_a_wall_and_fits_on_one_page(tmp_path: Path) -> None:
    organisation = register(organisation=ASK).organisation
    for which, size in ((LEAFLET, b"/F1 11 Tf"), (POSTER, b"/F1 22 Tf")):
        document = make_handout(which, organisation, load_pack(), NOW)
        for name in ("a.pdf", "a.html", "a.json", "a.md"):
            put_handout(tmp_path / name, document)
        printed = (tmp_path / "a.pdf").read_bytes()
        assert size in printed and printed.count(b"/Type/Page/") == 1
        assert ('<body class="large">' in (tmp_path / "a.html").read_text("utf-8")) is (which == POSTER)
        assert json.loads((tmp_path / "a.json").read_text("utf-8")) == document
        assert (tmp_path / "a.md").read_text("utf-8").startswith("# Your health information: your choice")

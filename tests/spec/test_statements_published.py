"""Five made-up organisations and the demonstration publish what they say: made from real runs, in every form, today and later."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from examples.statements.__main__ import DEMONSTRATION, FORMS, NAMES, publish

from ndoo.assets.statement_blocks import POINT, TEXT, blocks
from ndoo.domain.london import london_date
from ndoo.evidence.manifest import ReleaseManifest
from tests.conftest import Ndoo
from tests.repository.test_docs_walked import the_clock, the_moment

CLAIMS = {"board": ["applies"], "care-provider": ["no_uses"], "council": ["no_uses"], "practice": ["no_uses"]}
CLAIMS |= {"trust-group": ["no_uses", "applies"], DEMONSTRATION: ["applies"]}
CASES = [(name, 0) for name in NAMES if name != DEMONSTRATION] + [("board", 1000)]


@pytest.mark.parametrize(
    ("name", "days"),
    [*CASES, pytest.param(DEMONSTRATION, 0, marks=pytest.mark.soak)],
    ids=lambda part: str(part),
)
def test_whoever_runs_the_examples_gets_statements_without_a_gap(
    name: str, days: int, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = the_moment(days)
    monkeypatch.setattr("ndoo.cli.list_options.datetime", the_clock(moment))
    said: list[str] = []

    def run(words: Sequence[str]) -> None:
        told = ndoo(*words)
        assert told.status == 0, (words, told.told)
        said.append(told.told)

    publish(name, tmp_path / name, moment.date(), run)
    assert "gap" not in "".join(said)
    documents = [json.loads(path.read_text("utf-8")) for path in sorted((tmp_path / name).glob("statement*.json"))]
    assert [one["claim"] for one in documents] == CLAIMS[name]
    manifests = [json.loads(path.read_text("utf-8")) for path in (tmp_path / name / "releases").glob("*.json")]
    runs = {one["decision"]["id"]: one for one in manifests}
    for document in documents:
        every_word_has_an_origin(document, runs)
    for form in FORMS:
        assert len(list((tmp_path / name).glob(f"statement*.{form}"))) == len(documents)


def every_word_has_an_origin(document: dict[str, Any], runs: dict[str, Any]) -> None:
    """Each sentence and point by its own, and what is said of a run by the run's own record."""
    for block in blocks(document):
        assert block.kind not in (TEXT, POINT) or document["origins"][block.origin]
        assert not re.search(
            r"[{}]|nobody (?!can be identified)|not said|unknown|\.\.", f"{block.label} {block.text}", re.IGNORECASE
        ), block.text
    for one in document["general"]:
        for sentence in one["sentences"]:
            (kind, origin), *more = sentence["origin"].items()
            assert kind in ("source", "record") and origin and not more
            assert kind == "record" or {"address", "read"} <= set(origin)
    for use in document["uses"]:
        assert bool(use.get("last_applied")) is (use["outcome"] == "applies")
        if use["outcome"] == "applies":
            assert use["last_applied"] == london_date(datetime.fromisoformat(runs[use["id"]]["created"])).isoformat()
            assert ReleaseManifest(runs[use["id"]]).type1_applied is ("left out as well" in use["type_1"])

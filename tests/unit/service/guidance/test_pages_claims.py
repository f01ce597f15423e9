"""No sentence on a page for the public claims what no record shows: each stands in `claims.toml` under the record that it is taken from.

A sentence that shows a dated fact (`facts.toml`) has that fact for its record, and is found by putting marks in the place of the facts.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ndoo.policy.read_pack import load_pack
from ndoo.service.facts import FactsInForce
from ndoo.service.guidance.pages import EVERY, Page
from tests.unit.service.public import NAMES, fetched, html

ROOT = Path(__file__).parents[4]
LISTED: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("claims.toml").read_text("utf-8"))["record"]
OWED = 21
"""Sentences that are told and whose record nobody has found yet. The number only ever falls, but for a claim that was taken for none."""
FACT = "⟦{}⟧"
A_DAY = date(1999, 9, 9)


def shows_a_fact(sentence: str) -> bool:
    return "⟦" in sentence or "9 September 1999" in sentence


def sentences(page: Page) -> list[str]:
    return [one.strip() for one in re.split(r"(?<=[.?!])\s+", fetched(page).main) if one.strip(" .")]


@pytest.fixture(scope="module")
def marked() -> Any:
    """The pages with a mark in the place of each fact."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(FactsInForce, "__getattr__", lambda self, name: FACT.format(name))
        patched.setattr(FactsInForce, "days_to_apply", FACT.format("days_to_apply"))
        patched.setattr(FactsInForce, "checked_on", A_DAY)
        html.cache_clear()
        yield
    html.cache_clear()


@pytest.mark.usefixtures("marked")
@pytest.mark.parametrize("shown", EVERY, ids=NAMES)
def test_each_sentence_has_the_record_that_it_is_taken_from(shown: Page) -> None:
    known = {sentence for record in LISTED for sentence in record["sentences"]}
    new = [sentence for sentence in sentences(shown) if not shows_a_fact(sentence) and sentence not in known]
    assert not new, "write each into claims.toml, under the record that shows it, or do not say it"


@pytest.mark.usefixtures("marked")
def test_nothing_is_listed_that_no_page_says_and_nothing_twice() -> None:
    said = {sentence for page in EVERY for sentence in sentences(page)}
    listed = [sentence for record in LISTED for sentence in record["sentences"]]
    assert set(listed) <= said
    assert [sentence for sentence, times in Counter(listed).items() if times > 1] == []


@pytest.mark.usefixtures("marked")
def test_a_fact_is_found_where_a_page_shows_it() -> None:
    """The way of finding them works: without it every page would pass."""
    said = " ".join(sentence for page in EVERY for sentence in sentences(page) if shows_a_fact(sentence))
    for name in ("phone", "own_choice_age", "days_to_apply", "form_days", "audit_years", "rights_answered_within"):
        assert FACT.format(name) in said
    assert "9 September 1999" in said


@pytest.mark.parametrize("record", LISTED, ids=lambda record: record["id"])
def test_a_record_is_a_document_with_its_day_an_entry_of_the_policy_or_a_test_that_there_is(
    record: dict[str, Any],
) -> None:
    kinds = {"document", "pack", "tests", "claims_nothing", "owed"} & set(record)
    assert len(kinds) == 1, "one kind of record each"
    if "document" in record:
        assert re.search(r"\b(19|20)\d\d\b", record["document"])
    assert set(record.get("pack", [])) <= set(load_pack().exemptions)
    for name in record.get("tests", []):
        path, _colons, test = name.partition("::")
        assert f"def {test}(" in (ROOT / path).read_text("utf-8"), name


def test_what_is_owed_only_gets_less() -> None:
    assert sum(len(record["sentences"]) for record in LISTED if "owed" in record) == OWED

"""Nobody is sent to an old address: what pages tell is dated and cited, and the owner of a service may correct it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps

from ndoo.checking.freshness import limit_on
from ndoo.domain.errors import UsageFault
from ndoo.service import facts
from ndoo.service.facts import FactsInForce

TODAY = date(2026, 11, 22)
MOVED = """
[[phone]]
from = 2026-12-01
value = "0300 000 0000"
document = "Our letter"
section = "page 1"
read_on = 2026-11-01
confirmed_by = "the owner"
"""


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    facts.known.cache_clear()
    yield
    facts.known.cache_clear()


def test_every_fact_says_where_it_was_read_and_when() -> None:
    for fact in facts.known():
        assert fact.source.strip(", ")
        assert fact.read_on <= date(2026, 11, 29)
        assert fact.text


def test_a_value_is_not_shown_before_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.toml").write_text(MOVED, encoding="utf-8")
    monkeypatch.setenv("NDOO_FACTS", str(tmp_path / "own.toml"))
    assert FactsInForce(date(2026, 11, 30)).phone == "0300 303 5678"
    assert FactsInForce(date(2026, 12, 1)).phone == "0300 000 0000"
    assert FactsInForce(date(2026, 12, 1)).checked_on == date(2026, 11, 1)


def test_there_is_nothing_to_tell_before_the_opt_out_was() -> None:
    with pytest.raises(AttributeError):
        FactsInForce(date(2018, 5, 24)).phone  # noqa: B018


def test_people_are_told_the_limit_that_lists_really_have() -> None:
    assert FactsInForce(TODAY).days_to_apply == limit_on(TODAY)


@pytest.mark.parametrize("text", ["phone = 1", "not toml", '[[phone]]\nfrom = 2020-01-01\nvalue = "1"', None])
def test_a_file_of_facts_that_cannot_be_used_is_refused(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("NDOO_FACTS", str(tmp_path / "own.toml"))
    with pytest.raises(UsageFault, match="setting facts"):
        facts.known()


def test_a_service_with_such_a_file_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_FACTS", str(tmp_path / "none.toml"))
    with pytest.raises(UsageFault, match="setting facts"):
        apps.get_app_config("learn").ready()


def test_the_form_goes_to_no_address_before_its_day() -> None:
    assert FactsInForce(date(2019, 6, 14)).form_address == "NHS, PO Box 884, Leeds LS1 9TZ"
    lines = FactsInForce(date(2026, 11, 29)).form_address.split(", ")
    assert lines[:4] == ["National Data Opt Out", "Contact Centre", "NHS Digital", "HM Government"]
    assert lines[-1] == "Leeds LS1 4AP"

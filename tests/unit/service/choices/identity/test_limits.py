"""No limit stands without its reason, and each address is one that this service can believe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import RequestFactory

from ndoo.service.address import address
from ndoo.service.choices.identity.eligibility import age
from ndoo.service.choices.identity.limits import limit, limits
from ndoo.service.choices.models import By, Channel, ChoiceEvent, ProxyRole
from ndoo.service.choices.patient import history


@pytest.mark.parametrize("name", limits())
def test_every_limit_says_why_and_since_when(name: str) -> None:
    found = limits()[name]
    assert limit(name) == found.value > 0
    assert len(found.source.split()) > 5
    assert found.read_on <= date(2026, 11, 29)


def test_one_person_is_guessed_at_less_often_than_once_in_66_000_days() -> None:
    guesses = limit("tries_per_code") * limit("codes_per_person_per_day")
    assert guesses / 10**6 <= 1.5e-5
    assert limit("codes_per_attempt") <= limit("codes_per_person_per_day")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.5", "192.0.2.1"),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "10.6.6.6, 203.0.113.5", "203.0.113.5"),
        (2, "10.6.6.6, 203.0.113.5, 198.51.100.2", "203.0.113.5"),
        (2, "203.0.113.5", "192.0.2.1"),
    ],
)
def test_nobody_writes_their_own_address(proxies: int, forwarded: str, found: str, settings: Any) -> None:
    settings.NDOO = replace(settings.NDOO, proxies=proxies)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert address(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers=headers)) == found


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2013, 11, 22), date(2026, 11, 22), 13),
        (date(2013, 11, 23), date(2026, 11, 22), 12),
        (date(2012, 2, 29), date(2025, 2, 28), 12),
        (date(2012, 2, 29), date(2025, 3, 1), 13),
    ],
)
def test_a_birthday_is_the_day_itself(born: date, today: date, years: int) -> None:
    assert age(born, today) == years


@pytest.mark.parametrize("role", ProxyRole)
@pytest.mark.parametrize("channel", Channel)
def test_every_channel_and_every_role_has_its_words(channel: Channel, role: ProxyRole) -> None:
    at = datetime(2026, 6, 1, 12, 30, tzinfo=UTC)
    event = ChoiceEvent(choice="allow", recorded_at=at, channel=channel, by=By.PROXY, proxy_role=role)
    line = history.line(event)
    assert line.when == "1 June 2026, 1:30pm", "London's time"
    assert line.who != "You"
    assert line.how

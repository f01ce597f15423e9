"""Made-up people for the tests of the service, and a visitor who walks through the pages as they do, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.service.choices.identity import embedded
from ndoo.service.choices.identity.people import Person
from ndoo.service.messages.models import DemonstrationMessage


def number(nth: int = 0) -> NHSNumber:
    """The n-th number of a range that is never issued."""
    valid = (nine + str(digit) for nine in _nines() if (digit := check_digit(nine)) is not None)
    found = next(digits for at, digits in enumerate(valid) if at == nth)
    said = read(found)
    assert isinstance(said, NHSNumber)
    return said


def _nines() -> Iterator[str]:
    return (str(nine) for nine in range(999_200_000, 999_900_000))


ANN = Person(number(), "Ann", "Example", date(1968, 2, 12), "XX1 2AB", "ann@example.org", "07700900001")


def known(person: Person = ANN, **changes: Any) -> Person:
    """Somebody whom the embedded register of people knows."""
    person = replace(person, **changes)
    embedded.row(person).save()
    return person


def work() -> int:
    """Do all that waits for the worker; how much it was. A task that fails, fails the test."""
    worker = Worker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="tests",
        excluded_queue_names=[],
    )
    done = 0
    while task := DBTaskResult.objects.ready().first():
        task.claim("tests")
        worker.run_task(task)
        task.refresh_from_db()
        assert task.status == TaskResultStatus.SUCCESSFUL, task.traceback
        done += 1
    return done


def newest_code() -> str:
    """The code in the newest message."""
    found = re.search(r"\b(\d{6})\b", f"{newest_message().subject} {newest_message().text}")
    assert found
    return found[1]


def newest_message() -> DemonstrationMessage:
    """The newest message."""
    message = DemonstrationMessage.objects.first()
    assert message
    return message


def text(response: HttpResponse) -> str:
    """The words of a page, without its marks."""
    main = response.content.decode().split("<main", 1)[-1].split("</main>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def title(response: HttpResponse) -> str:
    """The page's title."""
    found = re.search(r"<title[^>]*>(.*?) – ", response.content.decode(), re.DOTALL)
    assert found
    return unescape(found[1])


@dataclass
class Visitor:
    """Somebody with a browser of their own. `page` is what they see."""

    client: Client = field(default_factory=Client)
    address: str = "192.0.2.1"
    page: Any = None

    def opens(self, path: str) -> Any:
        """Follow a link, or type an address."""
        self.page = self.client.get(path, follow=True, REMOTE_ADDR=self.address)
        return self.page

    def sends(self, path: str, **answers: str) -> Any:
        """Fill in a page and press its button."""
        self.page = self.client.post(path, answers, follow=True, REMOTE_ADDR=self.address)
        return self.page

    @property
    def at(self) -> str:
        """The address of the page."""
        return str(self.page.request["PATH_INFO"])

    def tells_who(self, person: Person, *, by: str = "number", way: str = "email") -> None:
        """From the start page to the check page."""
        self.opens("/journey/")
        self.sends("/journey/name", given_name=person.given_name, family_name=person.family_name)
        self.born(person.born)
        self.sends("/journey/know-your-nhs-number", knows_number="yes" if by == "number" else "no")
        if by == "number":
            self.sends("/journey/nhs-number", number=person.number.reveal())
        else:
            self.sends("/journey/postcode", postcode=person.postcode)
        self.sends("/journey/how-to-send-your-code", way=way)
        assert self.at == "/journey/check-your-details", text(self.page)

    def born(self, day: date) -> Any:
        """Give a date of birth."""
        return self.sends(
            "/journey/date-of-birth", born_day=str(day.day), born_month=str(day.month), born_year=str(day.year)
        )

    def asks_for_a_code(self, person: Person, **how: str) -> None:
        """As far as the page on which the code is typed."""
        self.tells_who(person, **how)
        self.sends("/journey/check-your-details")
        work()
        self.opens("/journey/finding")
        assert self.at == "/journey/code", text(self.page)

    def types(self, code: str) -> Any:
        """Type a code."""
        return self.sends("/journey/code", code=code)

    def proves_to_be(self, person: Person, **how: str) -> None:
        """As far as the choice."""
        self.asks_for_a_code(person, **how)
        self.types(newest_code())
        assert self.at == "/journey/choice", text(self.page)

    def chooses(self, choice: str) -> None:
        """From the choice to its confirmation."""
        self.sends("/journey/choice", choice=choice)
        self.sends("/journey/review")


class Clock:
    """The time, as this test says it is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def passes(self, **amount: float) -> None:
        """Let time pass."""
        self.now += timedelta(**amount)

"""Whether a person exists, has died, is protected or was ever here: no answer, and no time, tells it before the proof."""

from __future__ import annotations

import logging
import re
import statistics
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ndoo.service.choices.identity import attempts
from ndoo.service.choices.identity.attempts import AttemptStage
from ndoo.service.choices.identity.limits import limits
from ndoo.service.choices.identity.models import Attempt
from ndoo.service.choices.identity.people import Person
from tests.support.patients import ANN, Clock, Visitor, known, newest_code, number, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]

PEOPLE = {
    "known": ANN,
    "unknown": replace(ANN, number=number(1), given_name="Nobody"),
    "deceased": replace(ANN, number=number(2), deceased=True),
    "restricted": replace(ANN, number=number(3), restricted=True),
    "without contact": replace(ANN, number=number(4), email="", mobile=""),
    "had four codes": replace(ANN, number=number(6)),
}


def everybody_but_the_unknown() -> None:
    for kind, person in PEOPLE.items():
        if kind != "unknown":
            known(person)
    for _ in range(4):
        Visitor().asks_for_a_code(PEOPLE["had four codes"])


def pages_of(person: Person) -> list[tuple[Any, ...]]:
    """Everything that somebody sees who gives these details and does not get in."""
    visitor, seen = Visitor(address=f"192.0.2.{int(person.number.reveal()[-4:]) % 250}"), []

    def look(page: Any) -> None:
        said = re.sub(r'value="[A-Za-z0-9]{64}"|nonce="[^"]+"', "", page.content.decode())
        seen.append((page.status_code, visitor.at, sorted(page.headers), said))

    visitor.tells_who(person)
    look(visitor.sends("/journey/check-your-details"))
    look(visitor.opens("/journey/finding/progress"))
    work()
    look(visitor.opens("/journey/finding/progress"))
    look(visitor.opens("/journey/finding"))
    look(visitor.types("abc"))
    for _ in range(3):
        look(visitor.types("000000"))
    look(visitor.opens("/journey/no-code"))
    look(visitor.sends("/journey/new-code"))
    work()
    look(visitor.types("000000"))
    for _ in range(3):
        look(visitor.sends("/journey/new-code"))
        work()
    return seen


def test_the_same_pages_whoever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndoo.service.choices.identity.codes.secrets.randbelow", lambda top: 123456)
    for name in ("wrong_codes_until_one_try", "wrong_codes_until_shut"):
        monkeypatch.setitem(limits(), name, replace(limits()[name], value=1000))
    everybody_but_the_unknown()
    shown = {kind: pages_of(person) for kind, person in PEOPLE.items()}
    for kind, pages in shown.items():
        assert pages == shown["unknown"], kind
    assert {page[1] for page in shown["known"]} >= {"/journey/code", "/journey/code-spent", "/journey/too-many-codes"}


def test_two_with_the_same_details_are_not_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    known(), known(number=number(9))
    visitor = Visitor()
    visitor.asks_for_a_code(ANN, by="postcode")
    assert visitor.at == "/journey/code"
    assert Attempt.objects.get().nhs_number == ""


def test_how_long_the_search_took_is_told_in_whole_steps_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits(), "answer_step_seconds", replace(limits()["answer_step_seconds"], value=2))
    clock = Clock(monkeypatch)
    made, seen = clock.now, {}
    for took in (0.01, 0.4, 1.9, 2.1, 3.5):
        Attempt.objects.create(key=f"{took}", made_at=made, searched_at=made + timedelta(seconds=took), way="text")
        seen[took] = next(
            wait / 10
            for wait in range(100)
            if attempts.progress(f"{took}", made + timedelta(seconds=wait / 10)) is AttemptStage.READY
        )
    assert seen == {0.01: 2.0, 0.4: 2.0, 1.9: 2.0, 2.1: 4.0, 3.5: 4.0}


def test_what_was_typed_is_gone_once_it_was_searched_for() -> None:
    known()
    Visitor().asks_for_a_code(ANN)
    assert Attempt.objects.get().details == {}


def test_no_log_tells_who_was_here(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(
        logging.WARNING
    )  # statements are logged by nobody's choice but a debugger's
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    code = newest_code()
    visitor.types("000000")
    visitor.types(code)
    visitor.chooses("opt_out")
    work()
    visitor.opens("/journey/no/such/page?number=1")
    said = caplog.text + "".join(capfd.readouterr())
    assert "Not Found: a page" in said, "something is logged, and not what was typed after our address"
    assert "no/such/page" not in said
    for secret in (ANN.number.reveal(), ANN.family_name, ANN.postcode, ANN.email, ANN.mobile, code):
        assert secret not in said


@pytest.mark.soak
def test_a_wrong_code_takes_the_same_time_whoever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Welch's t over paired requests, as dudect does; 4.5 is its threshold."""
    for name in ("wrong_codes_until_one_try", "wrong_codes_until_shut", "tries_per_code", "wrong_codes_per_address"):
        monkeypatch.setitem(limits(), name, replace(limits()[name], value=10**6))
    known()
    visitors = {kind: Visitor() for kind in ("known", "unknown")}
    for kind, visitor in visitors.items():
        visitor.asks_for_a_code(PEOPLE[kind])
    times: dict[str, list[float]] = {kind: [] for kind in visitors}
    for nth in range(2_000):
        for kind in sorted(visitors, reverse=bool(nth % 2)):
            began = time.perf_counter()
            visitors[kind].types("000000")
            times[kind].append(time.perf_counter() - began)
    one, two = (sorted(found)[: int(len(found) * 0.9)] for found in times.values())
    spread = (statistics.variance(one) / len(one) + statistics.variance(two) / len(two)) ** 0.5
    assert abs(statistics.mean(one) - statistics.mean(two)) / spread < 4.5

"""A session is one person's: no key planted before the proof, no other person's number, no form from elsewhere opens it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from ndoo.service import retention
from ndoo.service.choices import choice_history
from ndoo.service.choices.identity.models import Attempt, Code, CodeSent, WrongCode
from ndoo.service.choices.patient.urls import urlpatterns
from tests.support.patients import ANN, Clock, Visitor, known, newest_code, number, text, title

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demonstration")]
COOKIE = django_settings.SESSION_COOKIE_NAME
PAGES = [f"/journey/{route.pattern}" for route in urlpatterns]


def test_a_key_planted_before_the_proof_opens_nothing_after_it() -> None:
    known()
    thief = Visitor()
    thief.opens("/journey/")
    planted = thief.client.cookies[COOKIE].value
    victim = Visitor()
    victim.client.cookies[COOKIE] = planted
    victim.opens("/journey/name")
    victim.proves_to_be(ANN)
    assert victim.client.cookies[COOKIE].value != planted
    thief.opens("/journey/history")
    assert thief.at == "/journey/session-over"
    assert not Session.objects.filter(pk=planted).exists()


def test_a_made_up_key_is_nobody_s() -> None:
    visitor = Visitor()
    visitor.client.cookies[COOKIE] = "a" * 32
    visitor.opens("/journey/choice")
    assert title(visitor.page) == "You need to start again"


def test_nothing_in_a_request_says_whose_history_it_is() -> None:
    known(), known(number=number(1), given_name="Bob")
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.chooses("opt_out")
    other = Visitor()
    other.asks_for_a_code(known(number=number(1), given_name="Bob"))
    other.types(newest_code())
    for wanted in (ANN.number.reveal(), "1"):
        for name in ("number", "nhs_number", "person", "id"):
            other.opens(f"/journey/history?{name}={wanted}")
            assert "have not made a choice yet" in text(other.page)
    other.sends("/journey/choice", choice="allow", number=ANN.number.reveal(), nhs_number=ANN.number.reveal())
    other.sends("/journey/review", number=ANN.number.reveal())
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out"]
    assert [event.choice for event in choice_history.history(number(1))] == ["allow"]


def test_a_session_is_over_after_half_an_hour_of_nothing() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    session = Session.objects.get(pk=visitor.client.cookies[COOKIE].value)
    left = session.expire_date - timezone.now()
    assert timedelta(minutes=29) < left <= timedelta(minutes=30)
    Session.objects.update(expire_date=timezone.now())
    visitor.opens("/journey/choice")
    assert title(visitor.page) == "You need to start again"
    assert "30 minutes" in text(visitor.page)


def test_even_a_busy_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    for left in (30, 30, 30, 30, 20, 0):
        clock.passes(minutes=20)
        visitor.opens("/journey/choice")
        assert visitor.at == "/journey/choice"
        assert visitor.client.get("/journey/stay").json() == {"seconds_left": left * 60}, "nobody is promised more"
    clock.passes(minutes=1)
    visitor.opens("/journey/choice")
    assert visitor.at == "/journey/session-over"


def test_after_signing_out_nobody_sees_anything() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    key = visitor.client.cookies[COOKIE].value
    visitor.sends("/journey/sign-out")
    assert title(visitor.page) == "You have signed out"
    visitor.client.cookies[COOKIE] = key
    visitor.opens("/journey/history")
    assert visitor.at == "/journey/session-over"
    assert visitor.client.get("/journey/sign-out").status_code == 405, "a link from elsewhere signs nobody out"


def test_starting_again_forgets_who_it_was() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    visitor.opens("/journey/")
    visitor.opens("/journey/choice")
    assert visitor.at == "/journey/session-over"


def test_a_form_from_elsewhere_is_refused() -> None:
    known()
    visitor = Visitor(Client(enforce_csrf_checks=False))
    visitor.proves_to_be(ANN)
    visitor.sends("/journey/choice", choice="opt_out")
    visitor.client.handler.enforce_csrf_checks = True
    for path in ("name", "check-your-details", "code", "new-code", "choice", "review", "sign-out"):
        assert visitor.sends(f"/journey/{path}", choice="allow", code="123456").status_code == 403, path
    assert choice_history.current(ANN.number) is None


def test_no_page_of_the_journey_is_kept_or_leads_elsewhere() -> None:
    known()
    stranger, proved = Visitor(), Visitor()
    proved.proves_to_be(ANN)
    evil = ("?next=https://evil.example/", "?next=//evil.example", "?next=%5C%5Cevil.example&url=https://evil.example")
    for visitor in (stranger, proved):
        for path in sorted(PAGES, reverse=True):  # the start page, which ends a session, comes last
            for query in evil:
                answer = visitor.client.get(path + query)
                assert "no-store" in answer.headers["Cache-Control"], path
                assert "evil" not in answer.headers.get("Location", ""), path
                assert answer.headers.get("Location", "/").startswith("/"), path
                assert 'href="https://evil' not in answer.content.decode(), path


def test_a_browser_without_cookies_is_told_so_and_one_with_them_is_not() -> None:
    client = Client()
    answer = client.get("/journey/name")
    for _ in range(4):
        if answer.status_code != 302:
            break
        client.cookies.clear()
        answer = client.get(answer.headers["Location"])
    assert title(answer) == "Turn on cookies to make your choice"
    visitor = Visitor()
    visitor.opens("/journey/name")
    assert visitor.at == "/journey/"
    visitor.opens("/journey/name")
    assert visitor.at == "/journey/name"


def test_nothing_that_was_typed_is_in_an_address_or_a_cookie() -> None:
    known()
    visitor = Visitor()
    visitor.proves_to_be(ANN)
    digits = ANN.number.reveal()
    for name, cookie in visitor.client.cookies.items():
        assert digits not in cookie.value, name
        assert "Ann" not in cookie.value
    assert all(digits not in place for place, _ in visitor.page.redirect_chain)


def test_what_is_over_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    known()
    visitor = Visitor()
    visitor.tells_who(ANN)
    visitor.sends("/journey/check-your-details")
    WrongCode.objects.create(at=clock.now, source="x")
    CodeSent.objects.create(nhs_number=ANN.number.reveal(), day=clock.now.date(), nth=1)
    assert "Example" in json.dumps(Attempt.objects.get().details)
    retention.throw_away(clock.now)
    assert (Attempt.objects.count(), WrongCode.objects.count(), CodeSent.objects.count()) == (1, 1, 1)
    clock.passes(days=1)
    retention.throw_away(clock.now)
    for table in (Session, Attempt, Code, WrongCode, CodeSent):
        assert table.objects.count() == 0, table


def test_throwing_away_comes_back_in_an_hour() -> None:
    from django_tasks_db.models import DBTaskResult

    retention.schedule()
    retention.schedule()
    assert DBTaskResult.objects.count() == 1
    retention.tidy.call()
    waiting = DBTaskResult.objects.order_by("run_after").last()
    assert waiting is not None
    assert waiting.run_after > timezone.now() + timedelta(minutes=59)

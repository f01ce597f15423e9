"""Whoever meets a fault is told what to do next, in the same look, and nothing that came from outside is repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import include, path

from ndoo.service import error_pages, urls
from tests.unit.service.pages_read import grade, read

TYPED = "999 000 0018"


def fails_as(what: str) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        raise {"400": SuspiciousOperation, "403": PermissionDenied, "404": Http404, "500": ZeroDivisionError}[what](
            TYPED
        )

    return view


def taken(request: HttpRequest) -> HttpResponse:
    """A form that says nothing of its own."""
    return HttpResponse("taken")


def keeps(request: HttpRequest) -> HttpResponse:
    """A page that does something with the session."""
    request.session["step"] = 1
    return HttpResponse("kept")


urlpatterns = [
    path("keeps", keeps),
    *(path(f"fail/{what}", fails_as(what)) for what in ("400", "403", "404", "500")),
    path("taken", taken),
    path("", include(urls.urlpatterns)),
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500


@pytest.mark.urls("tests.unit.service.test_error_pages")
@pytest.mark.parametrize(
    ("address", "status"),
    [("/fail/400", 400), ("/fail/403", 403), ("/fail/404", 404), ("/no/such", 404), ("/fail/500", 500)],
)
def test_a_fault_ends_on_a_page_with_a_way_on(address: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(address, {"next": TYPED})
    text = answer.content.decode()
    found = read(text)
    assert answer.status_code == status
    assert TYPED not in text
    assert "0300 303 5678" in text
    assert len([level for level, _ in found.headings if level == 1]) == 1
    assert "/" in {link.href for link in found.links}
    assert grade(found.main) <= 5
    assert 'nonce="' in text and "nonce-" in answer.headers["Content-Security-Policy"]


@pytest.mark.urls("tests.unit.service.test_error_pages")
@pytest.mark.parametrize(
    ("address", "status"),
    [("/", 200), ("/privacy", 200), ("/no/such", 404), ("/fail/500", 500), ("/journey/name", 500), ("/staff/", 500)],
)
def test_where_the_database_is_down_a_visitor_with_a_session_is_told(
    address: str, status: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that tells the fault once asked the session itself, and the visitor saw nothing at all."""

    def down(*_: object) -> Any:
        raise OperationalError

    monkeypatch.setattr(SessionStore, "load", down)
    browser = Client(raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    answer = browser.get(address)
    assert answer.status_code == status
    assert len([level for level, _ in read(answer.content.decode()).headings if level == 1]) == 1
    assert "0300 303 5678" in answer.content.decode() or status == 200


@pytest.mark.django_db
@pytest.mark.urls("tests.unit.service.test_error_pages")
@pytest.mark.parametrize(
    ("method", "address", "full", "status"),
    [
        ("get", "/", True, 200),
        ("post", "/keeps", True, 500),
        ("post", "/keeps", False, 500),
        ("get", "/keeps", False, 400),
    ],
)
def test_nobody_is_told_that_nothing_was_saved_where_it_may_have_been(
    method: str, address: str, full: bool, status: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk every page of a visitor with a session said so, after the choice had been saved too."""
    begun = SessionStore()
    begun["name"] = "Ann"
    begun.save()
    browser = Client(raise_request_exception=False)
    browser.cookies[settings.SESSION_COOKIE_NAME] = begun.session_key

    def fails(*_: object, **__: object) -> None:
        raise (
            OperationalError("database or disk is full")
            if full
            else DatabaseError("Forced update did not affect any rows.")
        )

    monkeypatch.setattr(Session, "save", fails)
    answer = getattr(browser, method)(address)
    assert answer.status_code == status
    assert ("Nothing was saved" in answer.content.decode()) == (status == 400)
    assert status != 500 or "we may not have saved it" in answer.content.decode()


@pytest.mark.urls("tests.unit.service.test_error_pages")
def test_a_form_that_another_site_sent_is_not_taken() -> None:
    answer = Client(enforce_csrf_checks=True).post("/taken", {"choice": "opt_out"})
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.content.decode()
    assert read(answer.content.decode()).headings[0] == (1, "We could not take your answer")


def test_every_handler_is_in_force() -> None:
    for status, name in ((400, "bad_request"), (403, "forbidden"), (404, "not_found"), (500, "broken")):
        assert getattr(urls, f"handler{status}") == f"ndoo.service.error_pages.{name}"
        assert callable(getattr(error_pages, name))


def test_a_closed_service_says_so_and_still_answers_whoever_watches(settings: Any, db: None) -> None:
    settings.NDOO = replace(settings.NDOO, maintenance=True)
    browser = Client()
    answer = browser.get("/learn/overview")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3600")
    text = answer.content.decode()
    assert "0300 303 5678" in text
    assert "The service is closed for now" in text
    assert "/privacy" not in text, "a link that would lead here again"
    assert browser.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("branding", "logo", "owner"), [("neutral", 0, "Not an NHS service"), ("nhs", 1, "© NHS England")]
)
def test_the_nhs_logo_is_shown_only_by_those_who_may(
    branding: str, logo: int, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engines["jinja2"].env.globals, "branding", lambda: branding)
    text = Client().get("/").content.decode()
    assert text.count('class="nhsuk-header__logo"') == logo
    assert owner in text
    assert text.count("<header") == 1
    assert (branding == "nhs") == ("NHS England" in text)

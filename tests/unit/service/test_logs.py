"""A log says what happened to which request, in one line each, and never whose it was."""

from __future__ import annotations

import json
import logging
import sys
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from ndoo.service import logs
from ndoo.service.logs import REQUEST_ID, Lines, NoNumbers, Objects, watch_over_faults
from tests.support.numbers import some

NUMBER = some(1)[0]
PROXYS = "0a1b2c3d" * 4


def written(record: logging.LogRecord, form: logging.Formatter | None = None) -> str:
    assert NoNumbers().filter(record)
    return (form or Lines()).format(record)


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    about = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("ndoo.server", logging.ERROR, "x.py", 1, message, arguments, about)


@pytest.mark.parametrize("form", [Lines(), Objects()])
def test_no_line_holds_a_number_or_a_foreign_sentence(form: logging.Formatter) -> None:
    try:
        raise ValueError(f"bad row: {NUMBER}, Zoë")
    except ValueError as error:
        said = written(record("A row of %s failed", f"{NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]}", error=error), form)
    assert NUMBER not in said.replace(" ", "") and "Zo" not in said
    assert "ValueError at test_logs.py:" in said


@pytest.mark.parametrize("form", [Lines(), Objects()])
def test_nobody_writes_a_line_of_their_own(form: logging.Formatter) -> None:
    said = written(record("no\n2026-11-29 CRITICAL ndoo forged\r\x1b[2J\u2028"), form)
    assert not {"\n", "\r", "\x1b", "\u2028"} & set(said)


def test_a_line_is_an_object_with_its_request() -> None:
    token = REQUEST_ID.set(PROXYS)
    try:
        said = json.loads(written(record("It failed"), Objects()))
        plain = written(record("It failed"))
    finally:
        REQUEST_ID.reset(token)
    assert (said["request"], said["level"], said["message"]) == (PROXYS, "error", "It failed")
    assert f"ERROR ndoo.server [{PROXYS}] It failed" in plain


def test_what_nobody_caught_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(logs, "_SERVER", logging.getLogger("test of the server"))
    watch_over_faults()
    sys.excepthook(ValueError, ValueError(NUMBER), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    threading.excepthook(threading.ExceptHookArgs((KeyError, KeyError(NUMBER), None, None)))
    assert [line.levelname for line in caplog.records] == ["CRITICAL", "CRITICAL"]
    assert NUMBER not in caplog.text and "KeyError" in caplog.text


@pytest.fixture
def access(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log with a line for each request."""
    monkeypatch.setattr(logging.getLogger("ndoo"), "propagate", True)
    caplog.set_level(logging.INFO, "ndoo.access")
    return caplog


@pytest.mark.django_db
def test_each_request_has_a_line_that_names_the_page_and_not_the_path(access: pytest.LogCaptureFixture) -> None:
    for path in ("/health/live", f"/zoe-oneill-{NUMBER}", "/staff/accounts/7"):
        Client(headers={"user-agent": NUMBER}).get(path, {"name": "Zoe"})
    facts = [line.facts for line in access.records if line.name == "ndoo.access"]  # type: ignore[attr-defined]
    assert [(one["page"], one["status"]) for one in facts] == [("live", 200), ("public", 404), ("staff-account", 302)]
    assert "oe" not in str(facts) and NUMBER not in str(facts)


def test_a_path_that_failed_is_not_repeated() -> None:
    assert "zoe" not in written(record("%s: %s", "Not Found", "/staff/zoe-oneill"))


@pytest.mark.django_db
def test_a_request_has_one_id_from_the_proxy_to_the_answer(access: pytest.LogCaptureFixture, settings: Any) -> None:
    for proxies, given, believed in ((0, PROXYS, False), (1, PROXYS, True), (1, NUMBER, False), (1, "x" * 32, False)):
        settings.NDOO = replace(settings.NDOO, proxies=proxies)
        said = Client(headers={"x-request-id": given}).get("/health/live").headers["X-Request-Id"]
        assert (said == given) == believed
        assert len(said) == 32

"""A process of the service that dies is started anew after growing pauses, a few times in a row and no more."""

from __future__ import annotations

import sys
import time

import pytest

from ndoo.service.processes import RESTARTS, Process, end_all


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def process(code: str, *, refuses: bool = False) -> tuple[Process, Clock]:
    clock = Clock()
    return Process("the worker", [sys.executable, "-S", "-c", code], refuses=refuses, clock=clock), clock


def died(made: Process) -> None:
    """Wait for its end."""
    while made.is_up:
        time.sleep(0.01)


def test_it_is_started_anew_a_few_times_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    made, clock = process("import os; os.kill(os.getpid(), 9)")
    made.start()
    starts = 1
    while not made.given_up:
        died(made)
        made.watch()
        made.watch()
        assert not made.is_up, "not before its pause is over"
        clock.now += 60
        made.watch()
        starts += made._running is not None
    assert starts == RESTARTS + 1
    assert not made.said_no
    assert "is not started again" in caplog.text


def test_one_that_lived_begins_to_count_again() -> None:
    made, clock = process("raise SystemExit(1)")
    made.start()
    for _ in range(3 * RESTARTS):
        died(made)
        clock.now += 1000
        made.watch()
        clock.now += 60
        made.watch()
    assert not made.given_up
    died(made)


@pytest.mark.parametrize(
    ("code", "refuses", "no"),
    [
        ("raise SystemExit(4)", True, True),
        ("raise SystemExit(4)", False, False),
        ("raise SystemExit(1)", True, False),
        ("import os; os.kill(os.getpid(), 9)", True, False),
        ("", True, False),
    ],
)
def test_only_a_refusal_ends_the_service(code: str, *, refuses: bool, no: bool) -> None:
    made, _ = process(code, refuses=refuses)
    assert not made.said_no
    made.start()
    died(made)
    assert made.said_no is no


def test_all_are_ended_and_whoever_does_not_listen_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndoo.service.processes._END_WITHIN", 0.0)
    deaf, _ = process("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)")
    never, _ = process("")
    deaf.start()
    end_all([deaf, never])
    assert not deaf.is_up

"""While the whole ledger is checked, which may take minutes, what is recorded still gets its head each second."""

from __future__ import annotations

import threading

import pytest

from ndoo.service.ledger.management.commands import keep_ledger


def test_heads_do_not_wait_for_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, times = threading.Event(), iter(range(0, 10_000, 400))

    def slow() -> list[int]:
        ended.wait(30)
        return [7]

    monkeypatch.setattr(keep_ledger, "checked_whole", slow)
    checks = keep_ledger.ChecksBeside(lambda: next(times))
    assert [checks.found() for _ in range(3)] == [[], [], []], "while it runs"
    running = checks._running
    assert running is not None
    ended.set()
    running.exception(30)
    assert checks.found() == [7]
    assert checks._next == 1600 + 1200, "it took 1,200 seconds, and so long is the pause"
    assert [checks.found(), checks.found()] == [[], []]
    assert checks._running is None


def test_what_stops_the_check_stops_the_keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> list[int]:
        raise RuntimeError("no")

    monkeypatch.setattr(keep_ledger, "checked_whole", fails)
    times = iter(range(0, 10_000, 400))
    checks = keep_ledger.ChecksBeside(lambda: next(times))
    with pytest.raises(RuntimeError):
        while not checks.found():
            if checks._running is not None:
                checks._running.exception(30)

"""While the whole ledger is checked, which may take minutes, what is recorded still gets its head each second."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError

from ndoo.domain.errors import Fault, NdooError, NotPermitted, NoUsableList, UnfitData
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


class _EnoughError(Exception):
    """The keeper never ends by itself."""


@pytest.mark.parametrize(
    "fault",
    [
        NotPermitted("heads-unusable", "The folder of heads may not be written."),
        Fault("disk-full", "The disk is full."),
        PermissionError(errno.EACCES, "no"),
        OSError("no number"),
        OperationalError("database or disk is full"),
    ],
    ids=["heads", "fault", "permission", "disk", "database"],
)
def test_a_head_that_cannot_be_written_is_told_and_does_not_end_the_service(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert _kept("seal", fault, monkeypatch) is None
    told = [record for record in caplog.records if record.name == keep_ledger.__name__]
    assert len(told) == 1, "once a minute, not each second"
    assert "The ledger's next head waits: " in told[0].getMessage()


@pytest.mark.parametrize("refusal", [NoUsableList, UnfitData, NotPermitted, Fault])
@pytest.mark.parametrize("at", ["refuse_what_is_behind", "checked_whole"])
def test_a_register_of_which_nobody_can_say_that_it_may_answer_ends_the_service(
    at: str, refusal: type[NdooError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep_ledger, "CHECK_EVERY", 0.0)
    assert _kept(at, refusal("register-behind", "It is older."), monkeypatch) == NoUsableList.exit_status


def test_a_database_that_does_not_answer_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _kept("refuse_what_is_behind", OperationalError("it restarts"), monkeypatch) is None


class _AtOnce:
    """A thread that is done as soon as it begins."""

    def __init__(self, target: Callable[..., None], args: tuple[object, ...], *, daemon: bool) -> None:
        self.start = lambda: target(*args)


def _kept(at: str, fault: Exception, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """The status with which the keeper ends where this fails; None where it goes on for a few rounds."""
    rounds = iter(range(3))

    def fails(*_: object, **__: object) -> list[int]:
        raise fault

    def pause(_: float) -> None:
        if next(rounds, None) is None:
            raise _EnoughError

    for name in ("refuse_what_is_behind", "seal", "close_old_connections"):
        monkeypatch.setattr(keep_ledger, name, lambda *_, **__: [])
    monkeypatch.setattr(keep_ledger.KeeperBeat.objects, "update_or_create", lambda **_: None)
    monkeypatch.setattr(keep_ledger.connections, "close_all", lambda: None)
    monkeypatch.setattr(keep_ledger, at, fails)
    monkeypatch.setattr(keep_ledger, "Thread", _AtOnce)
    monkeypatch.setattr(keep_ledger, "sleep", pause)
    try:
        keep_ledger.Command().handle()
    except _EnoughError:
        return None
    except SystemExit as ended:
        return int(ended.code or 0)
    return None

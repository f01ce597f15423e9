"""What was written down is there after a crash, and numbers are gone when they have expired."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ndoo.checking.mesh import journal as module
from ndoo.checking.mesh.journal import Journal, alone, deflated, inflated
from ndoo.checking.mesh.requests import (
    RequestState,
    answer,
    mark,
    open_request,
    question,
    request,
    same_question,
    sendings_of,
    settle_answered,
)
from ndoo.domain.errors import Fault, NotPermitted, NoUsableList, UsageFault
from tests.mesh.simulator import POOL, PROFILE, SmallSet, lines

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "data")
    yield made
    made.close()


def test_nobody_else_may_read_it(journal: Journal) -> None:
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_what_was_not_finished_is_not_there(journal: Journal) -> None:
    with pytest.raises(KeyboardInterrupt), journal.transaction():
        journal.remember("a", 1)
        raise KeyboardInterrupt
    assert journal.fact("a") is None
    with journal.transaction():
        journal.remember("a", 1)
    again = Journal(journal.path.parent)
    assert again.fact("a") == 1
    again.close()


def test_numbers_leave_it_when_they_expire_and_dates_stay(journal: Journal) -> None:
    people = SmallSet(POOL[:8])
    asked = open_request(journal, PROFILE, people, 8, NOW)
    done = open_request(journal, PROFILE, SmallSet(POOL[8:16]), 8, NOW)
    with journal.transaction():
        settle_answered(journal, done, sendings_of(journal, done)[0], 4, deflated([lines(POOL[8:12])]), NOW)
    assert journal.expire(NOW) == 0
    assert same_question(journal, PROFILE, people) == asked
    assert journal.expire(NOW + timedelta(seconds=1)) == 2
    assert same_question(journal, PROFILE, people) is None
    assert question(journal, asked) is None
    assert [request(journal, one.id).state for one in (asked, done)] == [RequestState.EXPIRED, RequestState.ANSWERED]
    with pytest.raises(NoUsableList, match="expired"):
        answer(journal, request(journal, done.id))
    with pytest.raises(NoUsableList, match="expired"):
        answer(journal, asked)
    journal.close()
    assert all(number.encode() not in journal.path.read_bytes() for number in POOL)


def test_numbers_do_not_stand_in_it_as_text(journal: Journal) -> None:
    open_request(journal, PROFILE, SmallSet(POOL), 60, NOW)
    assert all(number.encode() not in journal.path.read_bytes() for number in POOL)


def test_lists_come_back_as_they_went() -> None:
    text = lines(POOL) * 1000
    assert b"".join(inflated(deflated([text[:5], text[5:]]))) == text
    assert b"".join(inflated(deflated([]))) == b""


def test_a_list_whose_last_line_lacks_its_end_names_the_last_one_too(journal: Journal) -> None:
    asked = open_request(journal, PROFILE, SmallSet(POOL[:8]), 8, NOW)
    with journal.transaction():
        settle_answered(journal, asked, sendings_of(journal, asked)[0], 4, deflated([lines(POOL[:4])[:-2]]), NOW)
    assert answer(journal, request(journal, asked.id)).count() == 4


def test_names_go_up_within_a_month_and_are_never_the_same(journal: Journal) -> None:
    names = []
    for at, day in enumerate((NOW, NOW, NOW + timedelta(days=8), NOW + timedelta(days=10))):
        asked = open_request(journal, PROFILE, SmallSet(POOL[at : at + 3]), 3, day)
        names.append(sendings_of(journal, asked)[0].file_name)
    assert names == [
        "RA9OT001-22112026-0001.dat",
        "RA9OT001-22112026-0002.dat",
        "RA9OT001-30112026-0003.dat",
        "RA9OT001-02122026-0001.dat",
    ]


def test_a_request_that_is_not_there_is_said(journal: Journal) -> None:
    with pytest.raises(UsageFault, match="no request with that number"):
        request(journal, 5)


def test_a_journal_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NotPermitted, match="cannot be written"):
        Journal(tmp_path / "file")
    with pytest.raises(NotPermitted, match="cannot be written"), alone(tmp_path / "file", "A"):
        pass
    (tmp_path / module.FILE).write_bytes(b"no database at all, but long enough to be looked at" * 30)
    with pytest.raises(Fault, match="damaged"):
        Journal(tmp_path)


def test_a_later_version_s_journal_is_left_alone(tmp_path: Path) -> None:
    made = Journal(tmp_path)
    made.close()
    with sqlite3.connect(made.path) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(Fault, match="later version"):
        Journal(tmp_path)


def test_a_fault_of_the_database_is_a_sentence(journal: Journal) -> None:
    with pytest.raises(NotPermitted, match="cannot be written"):
        journal.rows("SELECT * FROM nothing")
    with pytest.raises(Fault, match="damaged"), journal.transaction():
        journal.execute("INSERT INTO fact VALUES ('a', NULL)")


def test_two_runs_do_not_use_a_mailbox_at_once(tmp_path: Path) -> None:
    import fcntl

    with alone(tmp_path, "A"), pytest.raises(BlockingIOError):
        handle = os.open(tmp_path / "mesh-A.lock", os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(handle)


def test_a_mark_keeps_what_was_known_before(journal: Journal) -> None:
    asked = open_request(journal, PROFILE, SmallSet(POOL[:3]), 3, NOW)
    sending = sendings_of(journal, asked)[0]
    with journal.transaction():
        mark(journal, sending, sending.state, message_id="M1", tried=NOW)
        mark(journal, sending, sending.state)
    assert (sendings_of(journal, asked)[0].message_id, sendings_of(journal, asked)[0].tried) == ("M1", NOW)


def test_a_clock_that_was_set_back_makes_no_answer_younger(journal: Journal) -> None:
    journal.judge_clock(NOW)
    journal.advance(NOW)
    journal.judge_clock(NOW - timedelta(minutes=5))
    journal.advance(NOW + timedelta(days=1))
    journal.advance(NOW)
    for back in (timedelta(days=1), timedelta(hours=24, minutes=-6), timedelta(days=400)):
        with pytest.raises(NoUsableList, match="clock is behind"):
            journal.judge_clock(NOW + timedelta(days=1) - back)
    journal.judge_clock(NOW + timedelta(days=2))

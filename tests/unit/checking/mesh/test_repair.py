"""A clock that was a month ahead wipes nothing, makes no answer younger, and there is a way back that loses no request."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.repair import repair
from ndoo.checking.mesh.requests import RequestState, request, requests
from ndoo.checking.mesh.trusted_time import ServiceTime
from ndoo.domain.errors import NoUsableList
from tests.mesh.simulator import POOL, TRUST, SmallSet, lines
from tests.mesh.test_peers import STAY, Table

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
AHEAD = timedelta(days=30)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path)
    yield made
    made.journal.close()


def test_nothing_is_later_than_mesh_says() -> None:
    passed = [0.0]
    service = ServiceTime(lambda: passed[0])
    machine = [NOW + AHEAD]
    clock = service.bound(lambda: machine[0])
    assert (clock(), service.ahead(machine[0])) == (NOW + AHEAD, timedelta(0)), "nobody has said anything yet"
    service.vouch(None)
    assert service.now() is None
    service.vouch(NOW)
    passed[0] = 90.0
    assert clock() == NOW + timedelta(seconds=90), "MESH's time goes on by a clock that nobody sets"
    assert service.ahead(machine[0]) == AHEAD - timedelta(seconds=90)
    machine[0] = NOW + timedelta(minutes=4)
    assert (clock(), service.ahead(machine[0])) == (machine[0], timedelta(0))
    machine[0] = NOW - timedelta(hours=1)
    assert (clock(), service.ahead(machine[0])) == (machine[0], -timedelta(hours=1, seconds=90))


def test_a_request_that_was_made_while_the_clock_was_ahead_is_dated_when_mesh_is_reached(table: Table) -> None:
    right = table.world.now
    table.world.now += AHEAD
    asked = table.asker.ask(SmallSet(POOL[:12]), 12)
    table.world.now = right
    table.asker.round()
    assert table.now(asked).created - right < timedelta(minutes=1)


def wronged(table: Table) -> list[int]:
    """An answered request and an open one, as a clock that was a month ahead left them."""
    done = table.asks()
    table.replies(done, lines(STAY))
    table.asker.round()
    still = table.asks(POOL[20:32])
    table.replies(still, b'{"status": "pending"}')
    table.asker.round()
    journal = table.journal
    journal.advance(table.world.now + AHEAD)
    with journal.transaction():
        for statement in (
            "UPDATE request SET created = ?",
            "UPDATE request SET settled = ?, delivered = ?, checked_at = ? WHERE state = 'answered'",
            "UPDATE sending SET tried = ?",
            "UPDATE message SET seen = ?, acknowledged = ?",
            "UPDATE fact SET value = ? WHERE name LIKE 'handshake %'",
        ):
            journal.execute(statement, *[(table.world.now + AHEAD).isoformat()] * statement.count("?"))
        journal.execute(
            "INSERT INTO job (mailbox, id, seen, likeness) VALUES ('A', 'M', ?, x'00')",
            (table.world.now + AHEAD).isoformat(),
        )
        journal.execute("INSERT INTO aside VALUES ('A', 'M', '2026', ?, 1, 'x')", (table.world.now + AHEAD).isoformat())
    return [done.id, still.id]


def test_the_way_back_loses_no_request_and_makes_no_answer_younger(table: Table) -> None:
    done, still = wronged(table)
    journal, now = table.journal, table.world.now
    with pytest.raises(NoUsableList, match="mesh repair"):
        journal.judge_clock(now)
    made = repair(journal, now)
    journal.judge_clock(now)
    assert (made.requests, made.sendings, made.answers_given_up, made.messages, made.expired) == (2, 2, 1, 3, 0)
    assert made.mark_was == (now + AHEAD).isoformat()
    states = {one.id: one for one in requests(journal, TRUST, *RequestState)}
    assert (states[done].state, states[done].checked_at, states[still].state) == (
        RequestState.GIVEN_UP,
        None,
        RequestState.OPEN,
    )
    later = (now + timedelta(minutes=5)).isoformat()
    for table_name, columns in {
        "request": "created settled delivered checked_at",
        "sending": "tried",
        "message": "seen acknowledged",
        "job": "seen",
        "aside": "last",
    }.items():
        for column in columns.split():
            assert not journal.rows(f"SELECT 1 FROM {table_name} WHERE {column} > ?", later), column  # noqa: S608
    assert journal.rows("SELECT numbers FROM request WHERE id = ?", still)[0]["numbers"], "its numbers too"
    audit = journal.rows("SELECT * FROM repair")
    assert len(audit) == 1 and json.loads(audit[0]["changed"])["requests"] == 2
    again = repair(journal, now)
    assert not again.changed and len(journal.rows("SELECT * FROM repair")) == 1
    table.replies(request(table.journal, still), lines(POOL[20:22]))
    table.world.now += timedelta(minutes=1)
    table.asker.round()
    answered = request(table.journal, still)
    assert answered.state is RequestState.ANSWERED
    assert answered.checked_at is not None and answered.checked_at <= now


def test_what_expired_before_is_counted(table: Table) -> None:
    table.asks()
    table.journal.expire(table.world.now + AHEAD)
    assert repair(table.journal, table.world.now).expired == 1


def test_a_journal_of_the_first_version_is_taken_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, durable=False)
    key = journal.fact("key")
    journal.close()
    with sqlite3.connect(tmp_path / "mesh.sqlite3") as old:
        old.executescript("DROP TABLE aside; DROP TABLE repair; PRAGMA user_version = 1")
    old.close()
    again = Journal(tmp_path, durable=False)
    assert (again.fact("key"), again.rows("SELECT * FROM aside")) == (key, [])
    again.close()

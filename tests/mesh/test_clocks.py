"""A machine whose clock was a month ahead for a day: nothing is wiped, nothing is locked, and there is a way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ndoo.checking.mesh.journal import Journal
from tests.mesh.conftest import Exchange
from tests.support.numbers import some

PEOPLE = some(40, seed=11)
MONTH = timedelta(days=30)


def ahead(patch: pytest.MonkeyPatch, by: timedelta) -> None:
    for module in ("mesh_session", "mesh_request", "mesh_repair", "check_mesh", "list_options"):
        patch.setattr(f"ndoo.cli.{module}.now", lambda: datetime.now(UTC) + by)


def test_a_clock_that_was_a_month_ahead_for_one_run_costs_nothing(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    exchange.put("gone.dat", PEOPLE[36:])
    assert exchange.mesh("request", "numbers.dat", "--profile", "trust").status == 0
    with pytest.MonkeyPatch.context() as patch:
        ahead(patch, MONTH)
        wrong = exchange.mesh("collect", "--profile", "trust", "--json")
        assert (wrong.status, wrong.json["requests"][0]["state"]) == (0, "open")
        assert (
            "clock is ahead of that of MESH by 30 days" in wrong.told
            or "clock is ahead of that of MESH by 29 days" in wrong.told
        )
    exchange.answers()
    done = exchange.asks(timeout=60)
    assert (done.status, done.json["allowed"]) == (0, 36), "the same request, its numbers too"
    assert datetime.fromisoformat(done.json["checked_at"]) < datetime.now(UTC)


def test_without_mesh_a_wrong_clock_changes_nothing_at_all(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    exchange.put("gone.dat", PEOPLE[36:])
    exchange.mesh("request", "numbers.dat", "--profile", "trust")
    configured = (exchange.folder / "ndoo.toml").read_text()
    (exchange.folder / "ndoo.toml").write_text(configured.replace(exchange.sandbox.url, "https://127.0.0.1:1"))
    with pytest.MonkeyPatch.context() as patch:
        ahead(patch, MONTH)
        assert exchange.mesh("collect", "--profile", "trust", "--json").json["error"]["code"] == "mesh-unreachable"
    (exchange.folder / "ndoo.toml").write_text(configured)
    exchange.answers()
    assert exchange.asks(timeout=60).json["allowed"] == 36


def test_a_clock_behind_mesh_makes_no_answer_younger(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    exchange.put("gone.dat", PEOPLE[36:])
    exchange.asks()
    exchange.answers()
    journal = Journal(exchange.folder / "data-trust")
    with journal.transaction():
        journal.forget("clock")
    journal.close()
    with pytest.MonkeyPatch.context() as patch:
        ahead(patch, -timedelta(hours=3))
        said = exchange.asks(timeout=60)
        assert (said.status, said.json["error"]["code"]) == (4, "clock-behind-mesh")
        assert "180 minutes" in said.json["error"]["message"] or "179 minutes" in said.json["error"]["message"]
    assert not (exchange.folder / "cleaned.dat").exists()


def test_a_journal_that_an_older_version_locked_is_set_right(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    exchange.put("gone.dat", PEOPLE[36:])
    exchange.mesh("request", "numbers.dat", "--profile", "trust")
    nothing = exchange.mesh("repair", "--profile", "trust", "--json")
    assert (nothing.status, nothing.json["changed"]) == (0, False)
    journal = Journal(exchange.folder / "data-trust")
    journal.advance(datetime.now(UTC) + MONTH)
    journal.close()
    locked = exchange.mesh("collect", "--profile", "trust", "--json")
    assert (locked.status, locked.json["error"]["code"]) == (4, "clock-behind")
    with pytest.MonkeyPatch.context() as patch:
        ahead(patch, MONTH)
        wrong = exchange.mesh("repair", "--profile", "trust", "--json")
        assert (wrong.status, wrong.json["error"]["code"]) == (4, "clock-not-vouched"), (
            "not by a clock that is wrong itself"
        )
    done = exchange.mesh("repair", "--profile", "trust", "--json")
    assert (done.status, done.json["changed"]) == (0, True)
    exchange.answers()
    assert exchange.asks(timeout=60).json["allowed"] == 36
    journal = Journal(exchange.folder / "data-trust")
    with journal.transaction():
        journal.execute("UPDATE request SET state = 'expired', numbers = NULL")
    journal.close()
    assert (
        "Requests whose numbers had left the journal before: 1." in exchange.mesh("repair", "--profile", "trust").told
    )

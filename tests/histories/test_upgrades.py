"""Whatever form a register had, it is brought to every later one with all that it held, and answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from django.db import connections

from ndoo.service import database
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import newest
from tests.histories.states_before import STEPS, bring_to, fill, lost, rows_held
from tests.support.registers import Makers, default_database, sqlite_at


def test_a_row_that_an_upgrade_loses_or_changes_is_seen() -> None:
    held = {"choices": [{"id": 1, "choice": "opt_out"}], "gone": []}
    assert lost(held, {"choices": [{"id": 1, "choice": "opt_out", "more": 2}]}) == []
    for after in ({}, {"choices": []}, {"choices": [{"id": 1, "choice": "allow"}]}):
        assert lost(held, after) == ["choices"]


class Copies:
    """Copies of one register, on either database."""

    def __init__(self, kind: str, makers: Makers, folder: Path) -> None:
        self.kind, self.makers, self.folder = kind, makers, folder

    def settings(self, name: str) -> dict[str, Any]:
        if self.kind == "sqlite":
            return sqlite_at(self.folder / f"{name}.sqlite3")
        return dict(dj_database_url.parse(self.makers.of(name)))

    def run(self, *statements: str) -> None:
        import psycopg

        assert self.makers.uri is not None
        with psycopg.connect(self.makers.uri, autocommit=True) as server:
            for statement in statements:
                server.execute(statement)

    @contextmanager
    def made(self, name: str, like: str | None = None) -> Iterator[None]:
        """A database of this name is the one in use; empty, or as another one is."""
        connections.close_all()
        if self.kind == "postgresql":
            self.run(
                f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}" + (f" TEMPLATE {like}" if like else "")
            )
        elif like:
            shutil.copyfile(self.folder / f"{like}.sqlite3", self.folder / f"{name}.sqlite3")
        with default_database(self.settings(name)):
            yield
        connections.close_all()

    def gone(self, *names: str) -> None:
        if self.kind == "postgresql":
            self.run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in names))


@pytest.mark.soak
@pytest.mark.parametrize("form", range(len(STEPS) + 1))
def test_a_register_of_any_form_is_brought_to_every_later_one_with_all_that_it_held(
    form: int,
    database_kind: str,
    register_makers: Makers,
    django_db_blocker: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies, data = Copies(database_kind, register_makers, tmp_path), tmp_path / "data"
    with django_db_blocker.unblock():
        with copies.made(f"form{form}"):
            monkeypatch.setenv("NDOO_DATA", str(data))
            fill(bring_to(form))
            before = rows_held()
        assert before["choices_choiceevent"]
        try:
            for later in range(form, len(STEPS) + 1):
                own = tmp_path / f"data-{later}"
                if data.exists():
                    shutil.copytree(data, own)
                    (own / "register.json").unlink(missing_ok=True)
                    shutil.rmtree(own / "heads", ignore_errors=True)
                monkeypatch.setenv("NDOO_DATA", str(own))
                with copies.made(f"later{form}", f"form{form}"):
                    bring_to(later)
                    assert lost(before, rows_held()) == [], later
                    database.ready()
                    assert lost(before, rows_held()) == [], later
                    last = newest()
                    assert last is not None
                    assert not check(heads_folder().every(last.log)).wrong
                    assert ChoiceEvent.objects.get().choice == "opt_out"
        finally:
            copies.gone(f"later{form}", f"form{form}")

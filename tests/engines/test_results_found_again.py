"""Nothing is said to be written that a new connection does not find, in any kind of database, however it was lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.upholding import databases
from ndoo.upholding.databases.database import Database, open_database
from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.engines.databases import KINDS, Place
from tests.engines.test_tables_refused import PEOPLE, upholds

__all__ = ["upholds"]
LOST = "result-not-found-again"
CELLS = {"nhs_number": "TEXT", "ward": "TEXT"}
ROWS = [*((number, "a") for number in PEOPLE), (None, "c")]


def _loses(monkeypatch: pytest.MonkeyPatch, place: Place, after: Callable[[Any], object] | None) -> None:
    """The database says that it took what is committed, and then it goes; `None` where it is never taken."""
    kind = type(place.open())
    real = kind._commit

    def commit(self: Any) -> None:
        if after is None:
            self.run("ROLLBACK")
            return
        real(self)
        self.close()
        after(self)

    monkeypatch.setattr(kind, "_commit", commit)


def _runs(place: Place, statement: str, _: Any) -> None:
    place.run(statement)


def test_every_engine_is_tried() -> None:
    for module in iter_modules(databases.__path__, f"{databases.__name__}."):
        import_module(module.name)
    assert {kind.__name__.lower() for kind in Database.__subclasses__()} == {kind.split()[0] for kind in KINDS}


def test_what_was_never_kept_is_not_said_to_be_written(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _loses(monkeypatch, place, None)
    said = upholds("--manifest", "manifest.json")
    assert (said.status, said.json["error"]["code"]) == (1, LOST), said.told
    assert "Wrote" not in said.told
    assert not Path("manifest.json").exists()
    assert place.tables() == {"visits"}


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE released",
        "DROP TABLE released_manifest",
        "DROP TABLE parked",
        "DELETE FROM released WHERE ward = 'a'",
        "UPDATE released SET ward = 'b'",
        "UPDATE released_manifest SET manifest = '{}'",
        "DELETE FROM parked",
        "DROP TABLE released; CREATE VIEW released AS SELECT * FROM visits",
    ],
)
def test_each_table_of_a_result_is_found_as_it_was_written(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    place.make("visits", CELLS, ROWS)
    with monkeypatch.context() as patched:
        _loses(patched, place, lambda _: place.run(*statement.split("; ")))
        said = upholds("--held", "parked")
        assert (said.status, said.json["error"]["code"]) == (1, LOST), said.told
    place.run(*[f"DROP TABLE {name}" for name in sorted(place.tables() & {"parked", "released_manifest"})])
    assert upholds("--held", "parked", into="other").status == 6


def test_a_file_that_goes_with_what_was_written_is_missed(
    upholds: Callable[..., Said], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path := place.parsed.path:
        _loses(monkeypatch, place, lambda _: path.unlink())
        assert upholds().json["error"]["code"] == LOST


def test_a_schema_that_is_not_found_again_was_not_written(
    postgresql: Place, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone.txt").write_text("\n".join(PEOPLE[:3]))
    postgresql.run("CREATE SCHEMA clinic", "CREATE TABLE clinic.patients (nhs_number TEXT, ward TEXT)")
    postgresql.run("INSERT INTO clinic.patients VALUES " + ", ".join(f"('{number}', 'a')" for number in PEOPLE))
    postgresql.run("INSERT INTO clinic.patients VALUES (NULL, 'c')")

    def upheld(into: str) -> Said:
        return ndoo(
            "uphold",
            postgresql.address,
            *("--schema", "clinic", "--into", into, "--held", f"{into}_aside", "--json"),
            *("--opted-out", "gone.txt", "--checked-at", TODAY, "--nhs-number", "patients.nhs_number"),
        )

    assert upheld("whole").status == 6
    for at, statement in enumerate(
        (
            None,
            "DROP TABLE {}.patients",
            "DROP TABLE {}.ndoo_manifest",
            "DELETE FROM {}_aside.patients",
            "DROP SCHEMA {} CASCADE",
        )
    ):
        with monkeypatch.context() as patched:
            _loses(patched, postgresql, partial(_runs, postgresql, statement.format(f"out{at}")) if statement else None)
            said = upheld(f"out{at}")
            assert (said.status, said.json["error"]["code"]) == (1, LOST), said.told


def test_a_right_that_whoever_only_reads_lacks_published_nothing(postgresql: Place) -> None:
    from psycopg.errors import InsufficientPrivilege

    for read_only, words in ((True, "is as it was"), (False, "Nothing was published")):
        with (
            open_database(postgresql.parsed, read_only=read_only) as database,
            pytest.raises(NotPermitted, match=words),
            database.guarded(),
        ):
            raise InsufficientPrivilege


def test_nothing_else_commits_or_opens_a_database_that_is_named() -> None:
    said = {path: path.read_text("utf-8") for path in (ROOT / "src" / "ndoo").rglob("*.py")}
    for words, folders, where in (
        (r"\._commit\(", ("upholding", "library", "cli"), {"database.py"}),
        (r"duckdb\.connect\(", ("",), {"duckdb.py", "duckdb_source.py"}),
        (
            r"sqlite3\.connect\(",
            ("upholding", "scanning", "type1", "library", "impact"),
            {"sqlite.py", "sqlite_source.py", "store.py"},
        ),
    ):
        rooms = [ROOT / "src" / "ndoo" / folder for folder in folders]
        assert {
            path.name
            for path, text in said.items()
            if re.search(words, text) and any(path.is_relative_to(room) for room in rooms)
        } == where

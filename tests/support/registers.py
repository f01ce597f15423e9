"""Real registers to test on: a SQLite file as in production, and a real PostgreSQL; empty, and gone afterwards."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import dj_database_url
import pytest
from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connection, connections

from ndoo.service.settings import SQLITE, SQLITE_ENGINE
from tests.support.canary import nobodys_name

TABLES = (
    "choices_choiceevent",
    "audit_auditentry",
    "journey_applied",
    "governance_version",
    "governance_decided",
    "ledger_ledgerleaf",
    "ledger_ledgerhead",
    "governance_signed",
    "governance_scanned",
    "governance_manifest",
    "governance_published",
    "jobs_evidence",
)
WRITERS = 4


@contextmanager
def default_database(database: dict[str, Any]) -> Iterator[None]:
    """Every thread's `default` is this database, set up as in production; afterwards it is what it was before."""
    before = connections.settings["default"]
    had = connections["default"]
    connections.settings["default"] = connections.configure_settings({"default": database})["default"]
    del connections["default"]
    try:
        yield
    finally:
        connection.close()
        connections.settings["default"] = before
        connections["default"] = had


def sqlite_at(path: Path) -> dict[str, Any]:
    return dict(dj_database_url.parse(f"sqlite:///{path}")) | {"ENGINE": SQLITE_ENGINE, "OPTIONS": dict(SQLITE)}


class Makers:
    """Makes empty registers of one kind from a template that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uri: str | None = None

    def empty(self, path: Path) -> None:
        """An empty register of SQLite at this path, as a first command would make it."""
        template = self.folder / "template.sqlite3"
        if not template.exists():
            with default_database(sqlite_at(template)):
                call_command("migrate", verbosity=0)
        shutil.copyfile(template, path)
        path.chmod(0o600)

    @contextmanager
    def sqlite(self) -> Iterator[str]:
        path = self.folder / f"{uuid.uuid4().hex}.sqlite3"
        self.empty(path)
        with default_database(sqlite_at(path)):
            yield f"sqlite:///{path}"

    @contextmanager
    def postgresql(self) -> Iterator[str]:
        import psycopg

        assert self.uri is not None
        name = f"r{nobodys_name()}"
        with psycopg.connect(self.uri, autocommit=True) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'template_ndoo'").fetchone():
                server.execute("CREATE DATABASE template_ndoo")
                with default_database(dict(dj_database_url.parse(self.of("template_ndoo")))):
                    call_command("migrate", verbosity=0)
            server.execute(f"CREATE DATABASE {name} TEMPLATE template_ndoo")
            try:
                with default_database(dict(dj_database_url.parse(self.of(name)))):
                    yield self.of(name)
            finally:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def of(self, name: str) -> str:
        assert self.uri is not None
        return self.uri.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def register_makers(tmp_path_factory: pytest.TempPathFactory) -> Makers:
    return Makers(tmp_path_factory.mktemp("registers"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL of our own, which is gone afterwards. It may run as another account than the tests
    (nobody runs it as root), so its folder is not among theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pgserver
    folder = Path(tempfile.mkdtemp(prefix="ndoo-postgresql-"))
    folder.chmod(0o755)
    with (Path(tempfile.gettempdir()) / "ndoo-postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as root, the first one makes an account for the server: one at a time
        server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest, register_makers: Makers) -> str:
    """Each test of the register is run on both databases."""
    if request.param == "postgresql":
        register_makers.uri = request.getfixturevalue("postgresql_server")
    return str(request.param)


@pytest.fixture
def register(
    database_kind: str, register_makers: Makers, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty register, which `ndoo` uses too; its address."""
    with django_db_blocker.unblock(), getattr(register_makers, database_kind)() as address:
        monkeypatch.setenv("NDOO_DATABASE_URL", address)
        yield address


@contextmanager
def writers(count: int = WRITERS) -> Iterator[Callable[[list[Callable[[], Any]]], list[Any]]]:
    """Runs acts at once, each in a thread with a connection of its own; what each returned, or the error it raised."""
    with ThreadPoolExecutor(count) as pool:

        def together(acts: list[Callable[[], Any]]) -> list[Any]:
            assert len(acts) <= count
            barrier = Barrier(len(acts))

            def one(act: Callable[[], Any]) -> Any:
                barrier.wait(300)
                try:
                    return act()
                except Exception as error:  # noqa: BLE001  the test looks at it
                    return error

            return [future.result(300) for future in [pool.submit(one, act) for act in acts]]

        try:
            yield together
        finally:
            together([connections.close_all] * count)


@contextmanager
def changeable() -> Iterator[None]:
    """Without the triggers that forbid it, for emptying the tables between tests."""
    tables = set(connection.introspection.table_names()) & set(TABLES)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            yield
            for _, sql in triggers:
                cursor.execute(sql)


_flush = flush.Command.handle


def _flush_anyway(self: flush.Command, **options: Any) -> Any:
    with changeable():
        return _flush(self, **options)


flush.Command.handle = _flush_anyway

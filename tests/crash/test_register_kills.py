"""Whoever dies while a register is made or upgraded leaves it usable and whole; and what an older version left is taken up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import dj_database_url
import pytest
from django.db import connection

from ndoo.domain.errors import NoUsableList
from ndoo.domain.settings import data_folder
from ndoo.service import database
from ndoo.service.choices.models import ChoiceEvent
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import newest
from ndoo.service.ledger.register_note import NOTE_FILE
from ndoo.service.upgrade_register import _schema as schema_of
from ndoo.service.upgrade_register import form_of
from tests.conftest import Ndoo
from tests.crash.register_kills import KILLED, ON_ITS_WAY, close, made_up_to, moments_of, ready_until
from tests.soak import KILLS, RECORD
from tests.support.numbers import some
from tests.support.registers import Makers, default_database, sqlite_at

CHOICE = """INSERT INTO choices_choiceevent (nhs_number, sequence, choice, previous, recorded_at, channel, "by", proxy_role, evidence,
actor, policy_version) VALUES (%s, 1, 'opt_out', '', '2026-11-22 09:00:00+00:00', 'online', 'self', '', '', 'self', 'v')"""
_RANDOM = re.compile(r"[0-9a-f]{16,}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[A-Za-z0-9+/]{43}=")
OLDER_BY = 12
"""Migrations that the register of an older version lacks."""

Old = Callable[[int], Any]
"""Makes a register that lacks so many of the last migrations, with a choice in it where it can hold one; its database."""


@pytest.fixture
def old(
    database_kind: str,
    register_makers: Makers,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Old]:
    """Each of these has a data folder of its own, which is the one in use."""
    numbers, folder, made = count(), tmp_path_factory.mktemp("old"), {}

    def on_sqlite(path: Path) -> dict[str, Any]:
        return sqlite_at(path)

    def new_folder() -> None:
        monkeypatch.setenv("NDOO_DATA", str(folder / f"data-{next(numbers)}"))

    def fill(lacking: int) -> None:
        made_up_to(-lacking if lacking else 10_000)
        if "choices_choiceevent" in connection.introspection.table_names():
            with connection.cursor() as cursor:
                cursor.execute(CHOICE, [some(1)[0]])

    def sqlite(lacking: int) -> Any:
        template = folder / f"{lacking}.sqlite3"
        if not template.exists():
            with default_database(on_sqlite(template)):
                fill(lacking)
        path = folder / f"{next(numbers)}.sqlite3"
        shutil.copyfile(template, path)
        return on_sqlite(path)

    def postgresql(lacking: int) -> Any:
        import psycopg

        assert register_makers.uri is not None
        template, name = f"old{lacking}_{folder.name[-4:].strip('-')}", f"killed_{folder.name[-4:].strip('-')}"
        with psycopg.connect(register_makers.uri, autocommit=True) as server:
            if lacking not in made:
                made[lacking] = template
                server.execute(f"CREATE DATABASE {template}")
                with default_database(dict(dj_database_url.parse(register_makers.of(template)))):
                    fill(lacking)
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        made["used"] = name
        return dict(dj_database_url.parse(register_makers.of(name)))

    def one(lacking: int) -> Any:
        new_folder()
        close()
        return {"sqlite": sqlite, "postgresql": postgresql}[database_kind](lacking)

    with django_db_blocker.unblock():
        yield one
        close()
        if database_kind == "postgresql":
            import psycopg

            assert register_makers.uri is not None
            with psycopg.connect(register_makers.uri, autocommit=True) as server:
                for name in made.values():
                    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextmanager
def made_ready(settings: Any) -> Iterator[None]:
    with default_database(settings):
        database.ready()
        yield


def whole() -> list[Any]:
    """What has to be true of a register after any death: it answers, everything is there, and nothing of what was; its tables."""
    assert not form_of(connection).outstanding
    last = newest()
    assert last is not None
    assert heads_folder().newest(last.log) is not None
    held = ChoiceEvent.objects.count()
    assert held in (0, 1)
    assert not check(heads_folder().every(last.log)).wrong
    return [held, *schema_of(connection)]


def kill_at_each(old: Old, lacking: int, most: int, seed: int = 0) -> int:
    """Kills at so many moments, evenly spread over all; how many there were."""
    moments = moments_of(old(lacking))
    with made_ready(old(lacking)):
        expected = whole()
    step = max(1, len(moments) // most)
    killed = 0
    for at in range(seed % step, len(moments), step):
        settings = old(lacking)
        assert ready_until(settings, lambda before, _, at=at: before == at) == KILLED, moments[at]  # type: ignore[misc]
        with made_ready(settings):
            assert whole() == expected, moments[at]
        killed += 1
    return killed


def test_killed_at_any_moment_of_an_upgrade_it_is_whole_afterwards(old: Old) -> None:
    assert kill_at_each(old, OLDER_BY, 4) >= 4


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_killed_at_any_moment_of_its_making_it_is_whole_afterwards(old: Old) -> None:
    assert kill_at_each(old, 10_000, 2) >= 2


def left() -> str:
    """What stands in the database and the data folder, but for the names and bytes that are new each time."""
    with connection.cursor() as cursor:
        counts = []
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  a table of this database
            counts.append((table, cursor.fetchone()))
    files = sorted(path.relative_to(data_folder()).as_posix() for path in data_folder().rglob("*") if path.is_file())
    names = {_RANDOM.sub("*", name) for name in files}
    return repr((schema_of(connection), counts, sorted(names), _RANDOM.sub("*", _note())))


def _note() -> str:
    path = data_folder() / NOTE_FILE
    return path.read_text() if path.exists() else ""


def killed_in_turn(old: Old, lacking: int, moments: range) -> int:
    """Kill at each of these moments, one register after many deaths where the last one left nothing behind; how many there were.

    Whatever a death leaves is made ready and looked at whole; what is left again, in every table, file and count, is not looked at twice.
    """
    with made_ready(old(lacking)):
        expected = whole()
    settings, seen, killed = old(lacking), set[str](), 0
    for at in moments:
        for _ in range(2):
            ended = ready_until(settings, lambda before, _, at=at: before == at)  # type: ignore[misc]
            if ended == KILLED:
                break
            assert ended == ON_ITS_WAY, "an earlier death left less to do: at this moment it is killed on its own"
            settings = old(lacking)
        assert ended == KILLED, at
        killed += 1
        with default_database(settings):
            now = left()
        if now not in seen:
            seen.add(now)
            with made_ready(settings):
                assert whole() == expected, at
            settings = old(lacking)
    return killed


PARTS = 5
"""Of all moments, each of which is tried by a test of its own: a worker does one while the other does another."""


@pytest.mark.soak
@pytest.mark.parametrize(
    ("lacking", "part"), [*((10_000, part) for part in (0, 2)), *((OLDER_BY, part) for part in range(PARTS))]
)
def test_killed_at_moments_of_its_making_and_at_every_one_of_an_upgrade(
    old: Old, database_kind: str, lacking: int, part: int
) -> None:
    """Some 1,350 kills: at two of five of the 1,193 and 740 moments at which a register is made in SQLite and in PostgreSQL, which are
    some of every migration, and at each of the 311 and 264 at which one is upgraded. Give it the other parts, and it takes 1,160 more."""
    moments = len(moments_of(old(lacking)))
    killed = killed_in_turn(old, lacking, range(part, moments, PARTS))
    assert killed >= moments // PARTS >= 50
    RECORD.parent.mkdir(parents=True, exist_ok=True)
    with (RECORD.parent / KILLS).open("a") as file:
        file.write(
            f"{killed} while a register was {'made' if lacking > OLDER_BY else 'upgraded'}, {database_kind}, part {part}\n"
        )


def before_the_record(_: int, statement: str) -> bool:
    """The moment after the tables of a migration were committed, and before that was recorded: as Django has it."""
    made = "ledger_ledgerhead" in connection.introspection.table_names() if "INSERT INTO" in statement else False
    return made and statement.startswith('INSERT INTO "django_migrations"')


def test_what_an_older_version_left_half_made_is_told_and_taken_up_by_a_command(old: Old, ndoo: Ndoo) -> None:
    settings = old(10_000)
    assert ready_until(settings, before_the_record, naive=True) == KILLED
    with default_database(settings):
        with pytest.raises(NoUsableList) as refused:
            database.ready()
        assert refused.value.code == "register-half-made"
        said = ndoo("register", "repair", "--json")
        assert (said.status, len(said.json["recorded"])) == (0, 1)
        assert whole()[0] == 0
        assert "Nothing was half made" in ndoo("register", "repair").told


def tables() -> list[Any]:
    """Without the one in which Django notes what it has done."""
    return [row for row in schema_of(connection) if "django_migrations" not in str(row)]


def test_a_table_that_no_version_made_is_told_and_left_alone(old: Old, ndoo: Ndoo) -> None:
    with default_database(old(10_000)):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE ledger_ledgerhead (id integer)")
        before = tables()
        for call in (("show", some(1)[0]), ("repair",)):
            said = ndoo("register", *call, "--json")
            assert (said.status, said.json["error"]["code"]) == (4, "register-tables-unknown")
        assert tables() == before


@pytest.mark.parametrize("lacking", [3, 45])
def test_a_register_of_any_older_state_is_upgraded_with_what_it_holds(old: Old, lacking: int) -> None:
    settings = old(lacking)
    with default_database(settings):
        held = "choices_choiceevent" in connection.introspection.table_names()
        database.ready()
        assert whole()[0] == held


def test_an_older_version_refuses_a_newer_register_by_name(ndoo: Ndoo, old: Old) -> None:
    with made_ready(old(0)):
        assert ndoo("register", "set", some(1)[0], "--choice", "opt_out").status == 0
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('choices', '0099_future', '2027-01-01 00:00:00+00:00')"
            )
        for call in (("show", some(1)[0]), ("repair",), ("snapshot", "-o", "s.snapshot")):
            said = ndoo("register", *call, "--json")
            assert (said.status, said.json["error"]["code"]) == (4, "register-newer")
            assert "(0." in said.told and "choices.0099_future" in said.told

"""Brings the register's tables to this version's form: whole, or not at all, on both databases.

Django gives each migration a transaction, and records some of them in a second one. Whoever dies between the two leaves tables
that no version knows, and every later start stumbles over them. Here one transaction holds all migrations, their records and
what follows them. A register that an older version left so is taken up by `repair`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core import management
from django.db import DatabaseError, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations import CreateModel

from ndoo import __version__
from ndoo.domain.errors import NoUsableList

_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
_SQLITE_SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%%' ORDER BY 1, 2"
_POSTGRESQL_SCHEMA = """
SELECT 'column', table_name, column_name, concat_ws(' ', data_type, character_maximum_length, is_nullable, column_default)
  FROM information_schema.columns WHERE table_schema = current_schema()
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = current_schema()::regnamespace
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class TablesState:
    """How the database's tables stand to this version."""

    bare: bool
    """There are none: nobody has made a register here yet."""
    outstanding: tuple[Migration, ...]
    """What this version has and the database has not, in its order."""
    unknown: tuple[str, ...]
    """What a newer version has done to it."""


def form_of(connection: Any) -> TablesState:
    """Look at the database, and change nothing."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    own = {app.label for app in apps.get_app_configs() if app.name.startswith("ndoo.")}
    unknown = sorted(key for key in loader.applied_migrations if key[0] in own and key not in loader.disk_migrations)
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    return TablesState(not loader.applied_migrations, tuple(one for one, _ in plan), tuple(map(".".join, unknown)))


def refuse_newer(connection: Any, form: TablesState) -> None:
    """Raises NoUsableList where a newer version of ndoo has upgraded the register: this one would not know what it leaves out."""
    if form.unknown:
        raise NoUsableList(
            "register-newer",
            f"The register was upgraded by a newer version of ndoo{_last_version(connection)}, and this is {__version__}, which does "
            f"not know the step {form.unknown[-1]}. Nothing is answered. Install the newer version.",
        )


def _last_version(connection: Any) -> str:
    """The version that sealed the newest head, in brackets; nothing where that cannot be read."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT document FROM ledger_ledgerhead ORDER BY size DESC LIMIT 1")
            ((document,),) = cursor.fetchall()
        said = (json.loads(document) if isinstance(document, str) else document)["ndoo"]
    except (DatabaseError, ValueError, TypeError, LookupError):
        return ""
    return f" ({said})" if isinstance(said, str) and _VERSION.fullmatch(said) else ""


def upgrade(connection: Any) -> None:
    """Apply every migration that is outstanding.

    Raises:
        DatabaseError: the database refused; it is as it was.
    """
    with _whole(connection):
        management.call_command("migrate", verbosity=0)


def repair(connection: Any) -> list[str]:
    """Record the migrations whose tables stand already, and apply the others; the names of those recorded.

    Raises:
        DatabaseError: the database refused; it is as it was.
    """
    recorded: list[str] = []
    with _whole(connection):
        while (left := form_of(connection).outstanding) and _stands(connection, left[0]):
            one = left[0]
            MigrationExecutor(connection).recorder.record_applied(one.app_label, one.name)
            recorded.append(f"{one.app_label}.{one.name}")
        management.call_command("migrate", verbosity=0)
    return recorded


def is_half_made(connection: Any) -> bool:
    """Did an older version die after it had made tables and before it had recorded that?"""
    with _whole(connection):
        left = form_of(connection).outstanding
        return bool(left) and _stands(connection, left[0])


def refuse_what_is_in_the_way(connection: Any) -> None:
    """Raises NoUsableList where a table that a migration would make is there, and is not that one."""
    there = set(connection.introspection.table_names())
    for migration in form_of(connection).outstanding:
        made = [one for one in migration.operations if isinstance(one, CreateModel)]
        if there & {one.options.get("db_table") or f"{migration.app_label}_{one.name_lower}" for one in made}:
            raise NoUsableList(
                "register-tables-unknown",
                f"A table of the step {migration.app_label}.{migration.name} is in the database, in a form that no version of ndoo "
                "makes. Nothing was changed, and nothing is answered. Look whether NDOO_DATABASE_URL is the register's, or restore a "
                "backup.",
            )


def _stands(connection: Any, migration: Migration) -> bool:
    """Is everything there that this outstanding migration makes? Undone and done again, it would have to give what is there now.

    Whatever is tried is taken back, and rows that it would cost are never gone.
    """
    before = _schema(connection)
    executor = MigrationExecutor(connection)
    applied = [key for key in executor.loader.applied_migrations if key in executor.loader.graph.nodes]
    state = executor.loader.project_state(applied)
    try:
        with transaction.atomic():
            executor.unapply_migration(state, migration)
            without = _schema(connection)
            executor.apply_migration(state.clone(), migration)
            again = _schema(connection)
            transaction.set_rollback(True)
    except DatabaseError:
        return False
    return again == before != without


def _schema(connection: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQLITE_SCHEMA if connection.vendor == "sqlite" else _POSTGRESQL_SCHEMA, [])
        return list(cursor.fetchall())


@contextmanager
def _whole(connection: Any) -> Iterator[None]:
    """One transaction. SQLite makes tables anew only while foreign keys are not looked at; they are before it ends."""
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            yield
            connection.check_constraints()
    finally:
        connection.enable_constraint_checking()

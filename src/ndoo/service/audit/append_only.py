"""Keeps a table append-only, by triggers in the database itself, so that no program and no hand changes the past.

A later migration that makes SQLite build such a table anew (a changed column) loses its triggers and must apply
`forbid_changes` again; the suite says so when it does not.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython

_SQLITE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END",
    # INSERT OR REPLACE deletes without firing the trigger above
    "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
    "BEGIN SELECT RAISE(ABORT, 'append-only'); END",
)
_SQLITE_UNDONE = tuple(f"DROP TRIGGER {{table}}_no_{act}" for act in ("update", "delete", "replace"))
_POSTGRESQL = (
    "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
)
_POSTGRESQL_UNDONE = ("DROP FUNCTION {table}_append_only() CASCADE",)


def forbid_changes(table: str) -> RunPython:
    """The migration after which rows of this table can be added, and nothing else; the refusal is an IntegrityError."""
    return statements(
        {"sqlite": _SQLITE, "postgresql": _POSTGRESQL},
        {"sqlite": _SQLITE_UNDONE, "postgresql": _POSTGRESQL_UNDONE},
        table,
    )


def statements(done: dict[str, tuple[str, ...]], undone: dict[str, tuple[str, ...]], table: str) -> RunPython:
    """A migration in each database's own words, `{table}` filled in."""

    def each(words: dict[str, tuple[str, ...]]) -> Any:
        def execute(apps: Any, schema_editor: Any) -> None:
            for statement in words[schema_editor.connection.vendor]:
                schema_editor.execute(statement.replace("{table}", table), params=None)

        return execute

    return RunPython(each(done), each(undone))

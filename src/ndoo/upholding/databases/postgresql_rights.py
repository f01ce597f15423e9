"""Says which right an account of PostgreSQL lacks, before it is needed: the server's own refusal names none, and ends the transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ndoo.domain.errors import NotPermitted
from ndoo.domain.nhs_number import masked

Run = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_IN_SCHEMA = "SELECT has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = %s"
_IN_DATABASE = """
    SELECT current_database(), has_database_privilege(current_database(), 'TEMPORARY'), has_database_privilege(current_database(), 'CREATE')"""
_OF_TABLE = """
    SELECT has_table_privilege(c.oid, 'SELECT') OR NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
        AND NOT a.attisdropped AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')),
      row_security_active(c.oid), pg_has_role(c.relowner, 'USAGE'),
      ARRAY(SELECT DISTINCT format_type(t.oid, NULL) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT has_type_privilege(t.oid, 'USAGE') ORDER BY 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relname = %s"""
_OWNS_SCHEMA = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = %s"


def refuse_unreadable(run: Run, schema: str, name: str) -> None:
    """Raises NotPermitted where this account may not read every row of this table."""
    _refuse_schema(run, schema, making=False)
    for reads, hides, *_ in run(_OF_TABLE, (schema, name)):
        if not reads:
            raise _lacks("SELECT", f"the table {_shown(schema, name)}")
        if hides:
            raise NotPermitted(
                "database-no-right",
                f"A policy on {_shown(schema, name)} may hide rows from this account, so that it cannot answer for all of them. Use one that sees "
                "every row: with BYPASSRLS, or, where the policy is not forced, the table's owner. Nothing was changed.",
            )


def refuse_making_table(run: Run, schema: str) -> None:
    """Raises NotPermitted where this account may make no table in this schema."""
    _refuse_schema(run, schema, making=True)


def refuse_making_alike(run: Run, schema: str, name: str) -> None:
    """Raises NotPermitted where this account may make no table with the types of this one."""
    for *_, types in run(_OF_TABLE, (schema, name)):
        for type_ in types:
            raise _lacks("USAGE", f"the type {masked(type_)!r}")


def refuse_making_schema(run: Run) -> None:
    """Raises NotPermitted where this account may make no schema."""
    ((database, _, makes),) = run(_IN_DATABASE, ())
    if not makes:
        raise _lacks("CREATE", f"the database {masked(database)!r}")


def refuse_making_lists(run: Run) -> None:
    """Raises NotPermitted where this account may make no temporary table."""
    ((database, makes, _),) = run(_IN_DATABASE, ())
    if not makes:
        raise _lacks("TEMPORARY", f"the database {masked(database)!r}")


def refuse_dropping_table(run: Run, schema: str, name: str) -> None:
    """Raises NotPermitted where this account does not own this table, which it would replace."""
    for _, _, owns, _ in run(_OF_TABLE, (schema, name)):
        if not owns:
            raise _lacks("ownership", f"the table {_shown(schema, name)}, which would be replaced")


def refuse_dropping_schema(run: Run, schema: str) -> None:
    """As `refuse_dropping_table`."""
    if run(_OWNS_SCHEMA, (schema,)) == [(False,)]:
        raise _lacks("ownership", f"the schema {masked(schema)!r}, which would be replaced")


def _refuse_schema(run: Run, schema: str, *, making: bool) -> None:
    for uses, makes in run(_IN_SCHEMA, (schema,)):
        if not uses:
            raise _lacks("USAGE", f"the schema {masked(schema)!r}")
        if making and not makes:
            raise _lacks("CREATE", f"the schema {masked(schema)!r}")


def _shown(schema: str, name: str) -> str:
    return repr(masked(f"{schema}.{name}"))


def _lacks(right: str, what: str) -> NotPermitted:
    return NotPermitted(
        "database-no-right",
        f"This account lacks a right: {right} on {what}. Its owner can grant it. Nothing was changed.",
    )

"""What may stand over a table instead of a copy of it: a view, or a row filter, for those who run it themselves.

Both need the list in the database for as long as they stand, and answer anew each time, so nothing of what somebody reads
through them can be sealed: `uphold` refuses them, and prints them here to be read and run. They fail closed: while there
is no list, or one older than the limit, no row is seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ndoo.domain.errors import UsageFault
from ndoo.domain.plurals import counted
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.printed import AS_IT_IS
from ndoo.upholding.sql.decide_rows import KEPT, RowRule, SqlDecision
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import QueryStep, TableColumn, common_tables, identifier, prefix_for

SCHEMA = "ndoo_opt_out"
_FRESH = {
    "postgres": "CAST(now() AT TIME ZONE 'Europe/London' AS DATE) - {on} BETWEEN 0 AND {limit}",
    "duckdb": "date_diff('day', {on}, CAST(now() AT TIME ZONE 'Europe/London' AS DATE)) BETWEEN 0 AND {limit}",
    # It knows no time zones: an hour ahead, the list ends at most an hour early.
    "sqlite": "julianday(date('now', '+1 hour')) - julianday({on}) BETWEEN 0 AND {limit}",
    "tsql": "DATEDIFF(DAY, {on}, CAST(SYSDATETIMEOFFSET() AT TIME ZONE 'GMT Standard Time' AS DATE)) BETWEEN 0 AND {limit}",
    "spark": "DATEDIFF(CAST(CONVERT_TIMEZONE('Europe/London', CURRENT_TIMESTAMP()) AS DATE), {on}) BETWEEN 0 AND {limit}",
}
"""Is the day of the list, in London, no more than the limit ago? NULL, where there is none, is no."""
_GO = {"tsql": "\nGO"}
"""What ends a statement that must stand alone."""


def printed_view(
    dialect: str,
    table: TableName,
    columns: Sequence[str],
    keys: Sequence[str],
    into: TableName,
    *,
    allows: bool,
    limit: int,
) -> str:
    """The statements that make a view of the rows that stay; the arguments are those of `printed.printed`.

    Args:
        limit: days after which the list is too old, and the view empty.
    """
    kinds = [TableColumn(name, TypeKind.TEXT, "") for name in columns]
    meant = TableName(None, f"{prefix_for(kinds)}table")
    deciding = SqlDecision(
        (meant if dialect == "postgres" else table).quoted,
        kinds,
        [kind for key in keys for kind in kinds if kind.name == key],
        RowRule(allows),
        _table(dialect, "numbers").quoted,
    )
    names = ", ".join(identifier(name, dialect) for name in columns)
    query = "\n".join(
        (
            f"{common_tables(deciding.steps, dialect, pretty=True)}",
            f"SELECT {names} FROM {deciding.decided}",
            f"WHERE {deciding.fate} = {KEPT} AND {_standing(dialect, limit)}",
        )
    )
    view = (
        _view_of_postgresql(table, into, meant, query)
        if dialect == "postgres"
        else f"CREATE VIEW {_name(into, dialect)} AS\n{query};{_GO.get(dialect, '')}"
    )
    return "\n".join(
        (
            *_head("view", table, allows, limit),
            *(() if dialect == "postgres" else AS_IT_IS.get(dialect, ())),
            *_list(dialect, allows),
            f"-- 2. The view. Let people read it, and not {table}.",
            view,
            "",
        )
    )


def _view_of_postgresql(table: TableName, into: TableName, meant: TableName, query: str) -> str:
    """The statement that makes the view. Where names without a schema stand is settled first, as whoever runs it has it; then names of
    functions and operators are PostgreSQL's own, for this statement."""
    place = _literal(into.schema) if into.schema else "pg_catalog.current_schema()"
    template = query.replace("%", "%%").replace(meant.quoted, "%3$s")
    view = _literal(f"CREATE VIEW %1$I.%2$I WITH (security_barrier) AS\n{template}")
    tag = _tag_for((view, _name(table, "postgres"), into.name, into.schema or ""))
    return (
        f"DO {tag} DECLARE ndoo_from pg_catalog.regclass := {_literal(_name(table, 'postgres'))}::pg_catalog.regclass; "
        f"ndoo_place pg_catalog.text := {place}; BEGIN PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true); "
        f"EXECUTE pg_catalog.format({view},\nndoo_place, {_literal(into.name)}, ndoo_from); END {tag};"
    )


def printed_policy(dialect: str, table: TableName, keys: Sequence[str], *, allows: bool, limit: int) -> str:
    """The statements that put a row filter on the table itself, as `printed_view`.

    Raises:
        UsageFault: this kind of database has none.
    """
    if dialect not in _POLICIES:
        raise UsageFault(
            "policy-elsewhere",
            "DuckDB and SQLite have no row filters. Use --as view, or make a copy with `ndoo uphold`.",
        )
    kinds = [TableColumn(f"key{n}", TypeKind.TEXT, "") for n in range(len(keys))]
    row = ", ".join(f"ndoo_arg{n} AS {kind.name}" for n, kind in enumerate(kinds))
    deciding = SqlDecision(
        f"(SELECT {row}) AS ndoo_row", kinds, kinds, RowRule(allows), _table(dialect, "numbers").quoted
    )
    called = [identifier(name, dialect) for name in keys]
    mark = "@" if dialect == "tsql" else ""
    policy = _POLICIES[dialect].format(
        table=_name(table, dialect),
        literal=_literal(_name(table, dialect)),
        condition=_literal(f"{SCHEMA}.may_be_seen({', '.join(f'CAST({name} AS pg_catalog.text)' for name in called)})"),
        tag=_tag_for((*called, _name(table, dialect))),
        schema=SCHEMA,
        arguments=", ".join(f"{mark}ndoo_arg{n} {_TEXT[dialect]}" for n in range(len(keys))),
        columns=", ".join(called),
        body=_body(deciding, dialect, [kind.name for kind in kinds]),
        stays=f"{deciding.fate} = {KEPT}",
        decided=deciding.decided,
        standing=_standing(dialect, limit),
    )
    return "\n".join((*_head("row filter", table, allows, limit), *_list(dialect, allows), policy))


def _literal(text: str) -> str:
    """Text in PostgreSQL's SQL, whatever `standard_conforming_strings` says."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _tag_for(names: Sequence[str]) -> str:
    """What begins and ends a text of PostgreSQL that holds these names: none of them does."""
    tag = "ndoo"
    while any(f"${tag}$" in name for name in names):
        tag += "_"
    return f"${tag}$"


def _body(deciding: SqlDecision, dialect: str, columns: Sequence[str]) -> str:
    if dialect != "tsql":
        return common_tables(deciding.steps, dialect, pretty=True)
    steps = _spelt_out([step for step in deciding.steps if step.query], columns)
    return re.sub(r"\bndoo_arg(\d+)", r"@ndoo_arg\1", common_tables(steps, dialect, pretty=True))


def _spelt_out(steps: Sequence[QueryStep], columns: Sequence[str]) -> list[QueryStep]:
    """The same with every column named: SQL Server takes no star in a function that is bound to its tables."""
    from sqlglot import exp, parse_one

    known, done = list(columns), []
    for step in steps:
        tree = parse_one(step.query, read="duckdb", into=exp.Select)
        named = [one for one in tree.selects if not one.is_star]
        tree.set("expressions", [*map(exp.column, known), *named])
        known += [one.alias for one in named]
        done.append(QueryStep(step.name, tree.sql(dialect="duckdb"), step.fenced))
    return done


def _table(dialect: str, name: str) -> TableName:
    return TableName(None, f"{SCHEMA}_{name}") if dialect == "sqlite" else TableName(SCHEMA, name)


def _name(table: TableName, dialect: str) -> str:
    return ".".join(identifier(part, dialect) for part in (table.schema, table.name) if part)


def _standing(dialect: str, limit: int) -> str:
    """Is there a list, and is it fresh?"""
    numbers, taken = _table(dialect, "numbers"), _table(dialect, "taken")
    fresh = _FRESH[dialect].format(on=f"(SELECT MIN(checked_on) FROM {taken})", limit=limit)
    return f"EXISTS (SELECT 1 FROM {numbers}) AND {fresh}"


def _head(what: str, table: TableName, allows: bool, limit: int) -> tuple[str, ...]:
    whom = "are not on the list of those who may stay" if allows else "opted out"
    return (
        f"-- A {what} that hides the rows of {table} whose people {whom}, or of whom nobody can say. It holds nobody's number.",
        "-- Read it before you run it. ndoo cannot prove it: it answers anew each time, from a list and a table that change, so",
        "-- no count, digest or seal holds for what is read through it. What can be proven is a copy: `ndoo uphold`.",
        f"-- While there is no list, or one that is more than {counted(limit, 'day')} old, no row is seen.",
    )


def _list(dialect: str, allows: bool) -> tuple[str, ...]:
    numbers, taken = _table(dialect, "numbers"), _table(dialect, "taken")
    end, key = _GO.get(dialect, ""), "" if dialect == "spark" else " PRIMARY KEY"
    says = "who may stay" if allows else "who opted out"
    lines = [
        f"-- 1. The list: ten digits as a number, and 1; and the day on which it was taken. It says {says}: nobody but its owner",
        "--    may read it. Renew both tables in one transaction.",
    ]
    if dialect != "sqlite":
        lines.append(f"CREATE SCHEMA {SCHEMA};{end}")
    if dialect == "postgres":
        lines.append(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC;")
    day = "pg_catalog.date" if dialect == "postgres" else "DATE"
    lines += [
        f"CREATE TABLE {numbers} (number BIGINT NOT NULL{key}, listed SMALLINT NOT NULL);",
        f"CREATE TABLE {taken} (checked_on {day} NOT NULL);{end}",
    ]
    return tuple(lines)


_TEXT = {"postgres": "pg_catalog.text", "tsql": "NVARCHAR(MAX)", "spark": "STRING"}
_POLICIES = {
    "postgres": """\
-- 2. May a row with these numbers be seen? Nobody can call it by name, because the schema is closed.
CREATE FUNCTION {schema}.may_be_seen({arguments}) RETURNS BOOLEAN
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {tag}
{body}
SELECT {stays} AND {standing} FROM {decided}
{tag};
-- 3. The filter, on the table and on every partition of it and every table that inherits from it, as each may be read by itself. Where no other
--    filter was in force, everybody goes on seeing and writing all other rows. It binds the owner too; superusers and roles with BYPASSRLS
--    see everything, and so do backups. Run this statement again whenever a partition was added: until then that one is not filtered.
DO {tag} DECLARE ndoo_one pg_catalog.regclass; BEGIN
  IF EXISTS (SELECT 1 FROM pg_catalog.pg_inherits WHERE inhrelid OPERATOR(pg_catalog.=) {literal}::pg_catalog.regclass) THEN
    RAISE EXCEPTION 'This table is a part of another one, through which its rows are read without this filter. Name the whole table.';
  END IF;
  FOR ndoo_one IN
    WITH RECURSIVE parts(id) AS (
      SELECT {literal}::pg_catalog.regclass::pg_catalog.oid
      UNION SELECT i.inhrelid FROM parts p JOIN pg_catalog.pg_inherits i ON i.inhparent OPERATOR(pg_catalog.=) p.id)
    SELECT id FROM parts
  LOOP
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_inherits o ON o.inhrelid OPERATOR(pg_catalog.=) i.inhrelid
               AND o.inhparent OPERATOR(pg_catalog.<>) i.inhparent WHERE i.inhrelid OPERATOR(pg_catalog.=) ndoo_one) THEN
      RAISE EXCEPTION 'A table that inherits from this one inherits from another one too, through which its rows are read without this filter.';
    END IF;
    IF NOT (SELECT relrowsecurity FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) ndoo_one) THEN
      EXECUTE pg_catalog.format('CREATE POLICY ndoo_all_other_rows ON %s USING (true) WITH CHECK (true)', ndoo_one);
    END IF;
    EXECUTE pg_catalog.format('DROP POLICY IF EXISTS ndoo_opt_out ON %s', ndoo_one);
    EXECUTE pg_catalog.format('CREATE POLICY ndoo_opt_out ON %s AS RESTRICTIVE FOR SELECT USING (%s)', ndoo_one, {condition});
    EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', ndoo_one);
  END LOOP;
END {tag};
""",
    "tsql": """\
-- 2. May a row with these numbers be seen?
CREATE FUNCTION {schema}.may_be_seen({arguments}) RETURNS TABLE WITH SCHEMABINDING AS RETURN
{body}
SELECT 1 AS may FROM {decided} WHERE {stays} AND {standing};
GO
-- 3. The filter. It binds everybody, the owner too.
CREATE SECURITY POLICY {schema}.hides ADD FILTER PREDICATE {schema}.may_be_seen({columns}) ON {table} WITH (STATE = ON);
GO
""",
    "spark": """\
-- 2. May a row with these numbers be seen?
CREATE FUNCTION {schema}.may_be_seen({arguments}) RETURNS BOOLEAN RETURN (
{body}
SELECT {stays} AND {standing} FROM {decided}
);
-- 3. The filter, in Databricks. Spark itself has none. Let only its owner read the schema {schema}.
ALTER TABLE {table} SET ROW FILTER {schema}.may_be_seen ON ({columns});
""",
}

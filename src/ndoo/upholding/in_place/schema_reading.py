"""What stands in a PostgreSQL schema? Its tables, and the keys by which their rows lead to each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.release import Difference
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.postgresql import PostgreSQL
from ndoo.upholding.in_place.reading import TableColumn
from ndoo.upholding.labels import refuse_identifying_names
from ndoo.upholding.linked.descriptor import Link

TABLES = ("r", "p")
_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = ANY(%s) AND NOT c.relispartition ORDER BY c.relname"""
_ALL = """
    SELECT c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind NOT IN ('i', 'I', 't')
    UNION ALL SELECT p.proname, 'function' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = %s
    ORDER BY 1, 2"""
_KEYS = """
    SELECT n.nspname, t.relname,
      ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(at, o)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.at ORDER BY u.o),
      ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(at, o)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.at ORDER BY u.o)
    FROM pg_constraint k JOIN pg_class t ON t.oid = k.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE k.contype = 'f' AND k.conrelid = to_regclass(%s) ORDER BY k.conname"""

_UNIQUE = """
    SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::smallint[]) WITH ORDINALITY u(at, o)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.at WHERE u.o <= i.indnkeyatts ORDER BY u.o)
    FROM pg_index i WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indpred IS NULL AND 0 <> ALL (i.indkey::smallint[])
    ORDER BY i.indexrelid"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the schema."""

    table: TableName
    columns: Sequence[TableColumn]
    links: tuple[Link, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    """Primary and unique keys."""

    @property
    def name(self) -> str:
        return self.table.name


def tables_of(database: PostgreSQL, schema: str) -> list[Sheet]:
    """The tables of this schema, partitioned ones as a whole, without their keys; views are left aside.

    Raises:
        UnfitData: a table or a column names somebody.
    """
    sheets = []
    for (name,) in database.run(_TABLES, (schema, list(TABLES))):
        table = TableName(schema, name)
        columns = database.needed(table)
        refuse_identifying_names([name, *(column.name for column in columns)])
        sheets.append(Sheet(table, columns, ()))
    return sheets


def others_in(database: PostgreSQL, schema: str, named: Collection[str]) -> Difference:
    """What stands in a schema besides these tables: others, views of all kinds, partitions, sequences, types and functions.

    Indexes are a table's own and are left aside.
    """
    found = database.run(_ALL, (schema, schema))
    tables = {name for name, kind in found if kind in TABLES and name in named}
    more = [name for name, kind in found if not (kind in TABLES and name in named)]
    return Difference(tuple(more), tuple(sorted({*named} - tables)), "a table")


def sheets_of(database: PostgreSQL, schema: str) -> list[Sheet]:
    """As `tables_of`, with their keys.

    Raises:
        UsageFault: there is no such schema, or no table in it.
        UnfitData: a key leads out of the schema, or a table or a column names somebody.
    """
    sheets = []
    for sheet in tables_of(database, schema):
        links = []
        for other, target, here, there in database.run(_KEYS, (sheet.table.quoted,)):
            if other != schema:
                raise UnfitData(
                    "key-leaves-schema",
                    f"A foreign key of table {sheet.name!r} leads out of the schema: whose its rows are cannot be seen here.",
                )
            links.append(Link(tuple(here), target, tuple(there)))
        keys = tuple(tuple(names) for (names,) in database.run(_UNIQUE, (sheet.table.quoted,)))
        sheets.append(replace(sheet, links=tuple(links), keys=keys))
    if not sheets:
        raise UsageFault("schema-missing", "There is no schema of that name with tables that this account may read.")
    return sheets

"""What stands in a PostgreSQL schema: its tables, and the keys by which their rows lead to each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.evidence.release import Difference
from ndoo.upholding.column_names import refuse_identifying_names
from ndoo.upholding.database_address import TableName
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.sql.read_cells import TableColumn, quoted
from ndoo.upholding.table_links.link import Link

_RELATIONS = """
    SELECT c.relname, c.relkind::text, c.relispartition, m.nspname, r.relname,
      EXISTS (SELECT 1 FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
              WHERE c.oid IN (i.inhrelid, i.inhparent) AND p.relkind NOT IN ('p', 'I'))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_class r ON c.relispartition AND r.oid = pg_partition_root(c.oid) LEFT JOIN pg_namespace m ON m.oid = r.relnamespace
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'f') ORDER BY c.relname"""
_ALL = """
    SELECT c.relname, 'table' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind = 'r'
    UNION ALL SELECT coalesce(x.name, x.identity), x.type FROM pg_namespace n JOIN pg_depend d ON d.refobjid = n.oid
    CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) x
    WHERE n.nspname = %s AND d.refclassid = 'pg_namespace'::regclass AND x.type NOT IN ('table', 'default acl', 'publication namespace')
      AND x.type NOT LIKE '%%constraint'
    ORDER BY 1, 2"""
"""Tables, and whatever else depends on the schema because it stands in it."""
_KEYS = """
    WITH own(oid) AS (SELECT to_regclass(%s)::oid UNION SELECT relid FROM pg_partition_tree(to_regclass(%s)))
    SELECT DISTINCT n.nspname, t.relname, t.oid <> k.confrelid,
      ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY u(at, o)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.at ORDER BY u.o),
      ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY u(at, o)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.at ORDER BY u.o),
      EXISTS (SELECT 1 FROM unnest(k.conpfeqop) o(op) WHERE o.op >= 16384) OR EXISTS (
        SELECT 1 FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation WHERE NOT l.collisdeterministic
        AND (a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) OR a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey)))
    FROM own JOIN pg_constraint k ON k.conrelid = own.oid AND k.contype = 'f' AND k.conparentid = 0
    JOIN pg_class t ON t.oid = coalesce(pg_partition_root(k.confrelid), k.confrelid) JOIN pg_namespace n ON n.oid = t.relnamespace
    ORDER BY 2, 4, 5"""
"""Keys of a table and of its partitions; one that leads to a partition leads to the table that the partition is of."""
_UNIQUE = """
    SELECT ARRAY(SELECT a.attname::text FROM unnest(i.indkey::smallint[]) WITH ORDINALITY u(at, o)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.at WHERE u.o <= i.indnkeyatts ORDER BY u.o)
    FROM pg_index i WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indpred IS NULL AND 0 <> ALL (i.indkey::smallint[])
    ORDER BY i.indexrelid"""


@dataclass(frozen=True, slots=True)
class SchemaTable:
    """One table of the schema."""

    table: TableName
    columns: Sequence[TableColumn]
    links: tuple[Link, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    """Primary and unique keys."""

    @property
    def name(self) -> str:
        return self.table.name

    def meets(self, link: Link, there: str, here: str) -> str:
        """Does a row of another table lead by this link to one of this table? Texts are compared by their bytes, because their columns
        may not have one collation.

        Args:
            there, here: what stands in SQL for a row of this table, and of the other one.
        """
        by_bytes = {column.name: ' COLLATE "C"' for column in self.columns if column.collated}
        return " AND ".join(
            f"{there}.{quoted(other)}{by_bytes.get(other, '')} = {here}.{quoted(mine)}"
            for mine, other in zip(link.columns, link.target_columns, strict=True)
        )


def tables_of(database: PostgreSQL, schema: str) -> list[SchemaTable]:
    """The tables of this schema, partitioned ones as a whole, without their keys; views are left aside.

    Raises:
        UnfitData: a table or a column names somebody, or a table is of a kind whose rows or keys lie elsewhere too.
    """
    sheets, told = [], set[str]()
    for name, kind, is_part, root_schema, root, inherits in database.run(_RELATIONS, (schema,)):
        if is_part and root_schema == schema:
            continue
        if is_part or inherits or kind == "f":
            because = (
                f"is a partition of {masked(f'{root_schema}.{root}')}, which is not of this schema"
                if is_part
                else "inherits from another table, or another one from it, and keys are not inherited"
                if inherits
                else "is a foreign table, whose rows lie elsewhere"
            )
            raise UnfitData(
                "schema-not-whole", f"A schema is released whole, or not at all: {masked(name)!r} {because}."
            )
        table = TableName(schema, name, (schema,))
        columns = database.needed(table)
        refuse_identifying_names([name, *(column.name for column in columns)])
        here = {f"{name}.{column.name}" for column in columns}
        if told & here:
            raise UnfitData(
                "columns-alike",
                "Two columns have one name if the table's and a dot stand before it. Rename one, or its table.",
            )
        told |= here
        sheets.append(SchemaTable(table, columns, ()))
    return sheets


def others_in(database: PostgreSQL, schema: str, named: Collection[str]) -> Difference:
    """What stands in a schema besides these plain tables: whatever depends on it, of any kind, and partitions or parents of other tables.

    Indexes and conditions are a table's own and are left aside.
    """
    found = database.run(_ALL, (schema, schema))
    tables = {
        name
        for name, kind in found
        if kind == "table" and name in named and database.is_plain(TableName(schema, name, (schema,)))
    }
    more = sorted(name for name, kind in found if not (kind == "table" and name in tables))
    return Difference(tuple(more), tuple(sorted({*named} - tables)), "a table")


def sheets_of(database: PostgreSQL, schema: str) -> list[SchemaTable]:
    """As `tables_of`, with their keys.

    Raises:
        UsageFault: there is no such schema, or no table in it.
        UnfitData: a key leads out of the schema, or a table or a column names somebody.
    """
    sheets = []
    for sheet in tables_of(database, schema):
        links = []
        for other, target, to_part, here, there, otherwise in database.run(
            _KEYS, (sheet.table.quoted, sheet.table.quoted)
        ):
            if other != schema:
                raise UnfitData(
                    "key-leaves-schema",
                    f"A foreign key of table {sheet.name!r} leads out of the schema: whose its rows are cannot be seen here.",
                )
            if otherwise:
                raise UnfitData(
                    "key-unclear",
                    f"A foreign key of table {sheet.name!r} to {target!r} compares in a way of its own, by an operator that is not PostgreSQL's or a "
                    "collation for which other texts are the same, and cannot be followed.",
                )
            if to_part and _is_twice(database, TableName(schema, target, (schema,)), there):
                raise UnfitData(
                    "key-unclear",
                    f"A foreign key of table {sheet.name!r} leads to one partition of {target!r}, and other partitions hold the same values: it "
                    "cannot be followed. Let it lead to the whole table.",
                )
            links.append(Link(tuple(here), target, tuple(there)))
        keys = tuple(tuple(names) for (names,) in database.run(_UNIQUE, (sheet.table.quoted,)))
        sheets.append(replace(sheet, links=tuple(dict.fromkeys(links)), keys=keys))
    if not sheets:
        raise UsageFault("schema-missing", "There is no schema of that name with tables that this account may read.")
    return sheets


def _is_twice(database: PostgreSQL, table: TableName, columns: Sequence[str]) -> bool:
    """Does any value of these columns stand in two rows?"""
    names = ", ".join(quoted(name) for name in columns)
    return bool(
        database.run(
            f"SELECT 1 FROM {table.quoted} GROUP BY {names} HAVING COUNT(*) > 1 AND COUNT(({names})) > 1 LIMIT 1"
        )
    )

"""Says what each type of each database lets a column hold. It is decided here alone: a type that is not named here is not known, and is refused.

A decimal with no places behind the point is a whole number, which whoever knows the places says (`postgresql_catalogue`, `duckdb_types`).
SQLite is not here: whatever a column of it says, each value has a type of its own, and every type of value is searched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ndoo.domain.errors import UnfitData
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import TableColumn

ENUMERATION = "enumeration"
"""What an enumeration is called here, whatever it is called there."""

_POSTGRESQL = {
    TypeKind.TEXT: ("text", "varchar", "bpchar", "name", ENUMERATION, "citext.citext"),
    TypeKind.WHOLE: ("int2", "int4", "int8"),
    TypeKind.FRACTIONS: ("float4", "float8"),
    TypeKind.DECIMALS: ("numeric",),
    TypeKind.MONEY: ("money",),
    TypeKind.BYTES: ("bytea",),
    TypeKind.UUID: ("uuid",),
    TypeKind.CODED: ("bit", "varbit", "inet", "cidr", "tsvector"),
    TypeKind.NOBODYS: ("bool", "date", "time", "timetz", "timestamp", "timestamptz"),
    TypeKind.OTHER: (
        "char",
        "interval",
        "json",
        "jsonb",
        "jsonpath",
        "xml",
        "tsquery",
        "macaddr",
        "macaddr8",
        "point",
        "lseg",
        "path",
        "box",
        "polygon",
        "line",
        "circle",
        "oid",
        "xid",
        "xid8",
        "cid",
        "tid",
        "pg_lsn",
        "pg_snapshot",
        "txid_snapshot",
        "refcursor",
        "aclitem",
        "int2vector",
        "oidvector",
        "regclass",
        "regcollation",
        "regconfig",
        "regdictionary",
        "regnamespace",
        "regoper",
        "regoperator",
        "regproc",
        "regprocedure",
        "regrole",
        "regtype",
        "hstore.hstore",
        "ltree.ltree",
        "ltree.lquery",
        "ltree.ltxtquery",
        "cube.cube",
        "seg.seg",
        "isn.ean13",
        "isn.isbn",
        "isn.isbn13",
        "isn.ismn",
        "isn.ismn13",
        "isn.issn",
        "isn.issn13",
        "isn.upc",
        "intarray.query_int",
    ),
}
"""Types of PostgreSQL itself, and EXTENSION.TYPE. All of OTHER are written as text with the digits that they hold."""
_DUCKDB = {
    TypeKind.TEXT: ("varchar", "enum"),
    TypeKind.WHOLE: (
        "tinyint",
        "smallint",
        "integer",
        "bigint",
        "hugeint",
        "utinyint",
        "usmallint",
        "uinteger",
        "ubigint",
        "uhugeint",
    ),
    TypeKind.FRACTIONS: ("float", "double"),
    TypeKind.DECIMALS: ("decimal",),
    TypeKind.BYTES: ("blob",),
    TypeKind.UUID: ("uuid",),
    TypeKind.CODED: ("bit",),
    TypeKind.NOBODYS: (
        "null",
        "boolean",
        "date",
        "time",
        "time with time zone",
        "time_ns",
        "timestamp",
        "timestamp with time zone",
        "timestamp_s",
        "timestamp_ms",
        "timestamp_ns",
        "timestamptz_ns",
    ),
    TypeKind.OTHER: ("json", "interval", "bignum", "geometry"),
}
_TABLES = {
    database: {name: kind for kind, names in table.items() for name in names}
    for database, table in (("postgresql", _POSTGRESQL), ("duckdb", _DUCKDB))
}


def kind_of(database: str, name: str) -> TypeKind:
    """What a type that is no list, structure or other container lets a column hold."""
    return _TABLES[database].get(name, TypeKind.UNKNOWN)


def kind_around(kinds: Iterable[TypeKind]) -> TypeKind:
    """What a list, structure, map, union, range or other container does, of values of these kinds."""
    found = {*kinds}
    if TypeKind.UNKNOWN in found or not found:
        return TypeKind.UNKNOWN
    if found & {TypeKind.BYTES, TypeKind.UUID, TypeKind.CODED, TypeKind.TEXT, TypeKind.WHOLE}:
        return TypeKind.CODED  # a number may be split over its values, or each be the code of a character
    return TypeKind.NOBODYS if found == {TypeKind.NOBODYS} else TypeKind.OTHER


def refuse_unknown_types(columns: Iterable[TableColumn], left_out: Collection[str]) -> None:
    """Raises UnfitData where a column, but for those left out, is of a type of which nobody here knows how it holds a number."""
    for column in columns:
        if column.kind is TypeKind.UNKNOWN and column.name not in left_out:
            raise UnfitData(
                "column-type-unknown",
                f"Column {column.name!r} is of the type {column.type.partition('(')[0]}, which cannot be searched for NHS numbers. "
                "Make a view in which it is text, or without it, or let it stay as it is with --ignore-column.",
            )

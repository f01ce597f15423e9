"""Catalogues that nobody thought of, drawn by dice: tables, keys, partitions, inheritance, domains, views, odd names, and somebody of ill will."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.support.numbers import some

PEOPLE = some(16, seed=77)
OPT = PEOPLE[:5]
NAMES = ["visits", "Visits 2", "t", "row", "select", "a.b", 'q"q', "é" * 31, "ndoo_list", "pg_class", "v'i;s--"]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass
class SchemaWorld:
    """A schema `clinic` of PostgreSQL. `stays` are the keys of the rows of each table that lead to nobody who opted out."""

    statements: list[str]
    stays: dict[str, list[str]]
    must_be_refused: bool
    spoils: str
    """What is done to the result `out` afterwards."""


@dataclass
class TableWorld:
    """One table, and what stands around it. `{0}` in `spoils` is the result."""

    statements: list[str]
    table: str
    typed: list[str]
    """Names of the source."""
    into: str
    spoils: str
    columns: list[str] = field(default_factory=list)
    enumerated: bool = False
    """The numbers' column is of a type that lists its values: it can hold nothing else."""


def schema_world(seed: int) -> SchemaWorld:
    """Patients, and three tables that lead to them or to each other."""
    dice = random.Random(seed)
    made = [
        "CREATE SCHEMA clinic",
        "CREATE SCHEMA archive",
        "CREATE DOMAIN clinic.code AS TEXT",
        "CREATE DOMAIN clinic.date_of AS clinic.code",
    ]
    made.append("CREATE TABLE clinic.patients (id TEXT PRIMARY KEY, nhs_number TEXT)")
    rows = [(f"p{at}x", number) for at, number in enumerate(PEOPLE)]
    made.append("INSERT INTO clinic.patients VALUES " + ", ".join(f"('{key}', '{number}')" for key, number in rows))
    whose = {"patients": dict(rows)}
    parts: dict[str, list[str]] = {}
    refused = False
    for n, name in enumerate(dice.sample(NAMES, 3)):
        target = dice.choice(list(whose))
        keys, there = [f"{'abc'[n]}{at}y" for at in range(14)], f"clinic.{quoted(target)} (id)"
        reachable = list(whose[target])
        if target in parts:  # nothing but its partitions knows each row by one key
            reachable, there = parts[target], f"{quoted(f'{target[:3]}_0')} (id)"
            there = f"{_place_of(made, target)}.{there}"
        led = {key: dice.choice(reachable) for key in keys}
        whose[name] = {key: whose[target][led[key]] for key in keys}
        type_ = dice.choice(
            ["TEXT", "clinic.code", "clinic.date_of", "VARCHAR(20)", 'TEXT COLLATE "C"', 'VARCHAR COLLATE "POSIX"']
        )
        table, shape = f"clinic.{quoted(name)}", dice.choice(["plain", "plain", "parted", "inherited"])
        columns = f"part INTEGER, id {type_} NOT NULL, ref {type_}"
        filled = "VALUES " + ", ".join(f"({at % 2}, '{key}', '{led[key]}')" for at, key in enumerate(keys))
        key = f"ADD FOREIGN KEY (ref) REFERENCES {there}"
        if shape == "parted":
            place = dice.choice(["clinic", "archive"])
            made.append(f"CREATE TABLE {table} ({columns}) PARTITION BY LIST (part)")
            of = [f"{place}.{quoted(f'{name[:3]}_{at}')}" for at in (0, 1)]
            made += [f"CREATE TABLE {one} PARTITION OF {table} FOR VALUES IN ({at})" for at, one in enumerate(of)]
            made += [f"INSERT INTO {table} {filled}", *(f"ALTER TABLE {one} ADD UNIQUE (id)" for one in of)]
            keyed = dice.choice([[table], of, of[:1]])
            made += [f"ALTER TABLE {one} {key}" for one in keyed]
            parts[name] = keys[::2]
            made.append(f"ALTER TABLE {table} ADD UNIQUE (part, id)")
        else:
            made += [
                f"CREATE TABLE {table} ({columns})",
                f"ALTER TABLE {table} ADD UNIQUE (id), {key}",
                f"INSERT INTO {table} {filled}",
            ]
            if shape == "inherited" and dice.random() < 0.5:
                refused = True
                place = dice.choice(["clinic", "archive"])
                made += [
                    f"CREATE TABLE {place}.child_{n} (remark TEXT) INHERITS ({table})",
                    f"INSERT INTO {place}.child_{n} {filled}",
                ]
    for one in dice.sample(["view", "elsewhere", "policy", "function"], 2):
        match one:
            case "view":
                made.append("CREATE VIEW clinic.seen AS SELECT * FROM clinic.patients")
            case "elsewhere" if dice.random() < 0.5:
                refused = True
                made += [
                    "CREATE TABLE public.whole (a TEXT) PARTITION BY LIST (a)",
                    "CREATE TABLE clinic.some PARTITION OF public.whole DEFAULT",
                ]
            case "policy":
                made += [
                    "ALTER TABLE clinic.patients ENABLE ROW LEVEL SECURITY",
                    "CREATE POLICY p ON clinic.patients USING (id < 'p5')",
                ]
            case _:
                made.append(
                    "CREATE OR REPLACE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$"
                )
    stays = {name: sorted(key for key, person in rows.items() if person not in OPT) for name, rows in whose.items()}
    of = quoted(dice.choice(list(stays)))
    spoils = dice.choice(
        [
            f"INSERT INTO out.patients VALUES ('p99z', '{OPT[0]}')",
            f"CREATE TABLE archive.more () INHERITS (out.{of})",
            f"ALTER TABLE out.{of} SET SCHEMA archive_; CREATE VIEW out.{of} AS SELECT * FROM archive_.{of}",
            f"DELETE FROM out.{of} WHERE ctid = (SELECT MIN(ctid) FROM out.{of})",
            f"ALTER TABLE out.{of} RENAME COLUMN id TO spare",
            f"ALTER TABLE out.{of} ALTER id DROP NOT NULL",
            f"ALTER TABLE out.{of} ALTER id TYPE VARCHAR(99)",
            "CREATE TYPE out.more AS ENUM ('x')",
            f"CREATE TABLE out.more AS SELECT '{OPT[1]}' AS a",
        ]
    )
    return SchemaWorld(made, stays, refused, spoils)


def _place_of(made: list[str], table: str) -> str:
    part = quoted(f"{table[:3]}_0")
    return "clinic" if any(f"CREATE TABLE clinic.{part} PARTITION" in one for one in made) else "archive"


def table_world(seed: int, kind: str) -> TableWorld:
    """A table or a view of one row for each person."""
    dice = random.Random(seed)
    name, into = dice.sample(NAMES, 2)
    others = dice.sample(["t", "row", "each", "h", "number", "ndoo_fate", "a.b", 'q"q', "cells", "listed"], 3)
    columns = ["nhs_number", *others]
    dice.shuffle(columns)
    stored = dice.choice([name, "stored"]) if dice.random() < 0.4 else name
    place = "public." if kind == "postgresql" else ""
    people = dice.choice(["TEXT", *_ENUMERATIONS.get(kind, [])])
    types = {one: people if one == "nhs_number" else dice.choice(_TYPES[kind]) for one in columns}
    told = ", ".join(f"{quoted(one)} {type_}" for one, type_ in types.items())
    made = [f"CREATE TABLE {place}{quoted(stored)} ({told})"]
    cells = [
        [
            f"'{number}'" if one == "nhs_number" else _CELLS.get(type_, "{}").format(at * 7 + len(one))
            for one, type_ in types.items()
        ]
        for at, number in enumerate(PEOPLE)
    ]
    made.append(f"INSERT INTO {place}{quoted(stored)} VALUES " + ", ".join(f"({', '.join(row)})" for row in cells))
    if stored != name:
        made.append(f"CREATE VIEW {place}{quoted(name)} AS SELECT * FROM {place}{quoted(stored)}")
    made += dice.sample(_AROUND[kind], 2)
    typed = [quoted(name), f"{ {'postgresql': 'public'}.get(kind, 'main') }.{quoted(name)}"]
    if kind != "postgresql":
        typed += [quoted(name.upper() if name.isascii() else name)]
    changed = dice.choice(others)
    other, cell = quoted(changed), _CELLS.get(types[changed], "{}").format(3)
    put = "INSERT INTO {0} (nhs_number) VALUES ('" + OPT[0] + "')"
    if people != "TEXT":  # a release has no value for those who are not in it
        put = "ALTER TABLE {0} ALTER nhs_number TYPE TEXT; " + put
    spoils = dice.choice(
        [
            *(one.replace('"NAME"', other) for one in _SPOILS.get(types[changed], [])),
            put,
            f"UPDATE {{0}} SET {other} = {cell}".replace("{", "{{").replace("}", "}}").replace("{{0}}", "{0}"),
            f"ALTER TABLE {{0}} RENAME COLUMN {other} TO spare",
            "DELETE FROM {0} WHERE nhs_number = '" + PEOPLE[-1] + "'",
            "ALTER TABLE {0} RENAME TO moved_away; CREATE VIEW {0} AS SELECT * FROM moved_away",
        ]
    )
    if kind == "sqlite":
        spoils = f"DROP VIEW IF EXISTS lost; {spoils}"
    return TableWorld(made, quoted(name), typed, quoted(into), spoils, columns, people != "TEXT")


_TYPES = {
    "postgresql": ["INTEGER", "TEXT", "NUMERIC(9,2)", "odd_text", "odd_pair"],
    "duckdb": ["INTEGER", "VARCHAR", "DECIMAL(9,2)", "DOUBLE", "JSON"],
    "sqlite": ["INTEGER", "TEXT", "BLOB", "odd type (3)", '"TEXT UNIQUE ON CONFLICT IGNORE"'],
}
_LABELS = ", ".join(f"'{label}'" for label in (*PEOPLE, "unknown"))
_ENUMERATIONS = {"duckdb": [f"ENUM({_LABELS})"], "postgresql": ["odd_people"]}
"""Types of which everybody is a value."""
MADE = [
    "CREATE DOMAIN public.odd_text AS TEXT",
    "CREATE TYPE public.odd_pair AS (a INTEGER, b TEXT)",
    f"CREATE TYPE public.odd_people AS ENUM ({_LABELS})",
]
"""Types of PostgreSQL."""
_CELLS = {"odd_pair": "ROW({}, 'x')::odd_pair", "JSON": """'{{"a": {}.50}}'"""}
"""How a cell of a type is said."""
_SPOILS = {
    "odd_pair": ["ALTER TYPE odd_pair RENAME ATTRIBUTE a TO spare"],
    "JSON": ["""UPDATE {0} SET "NAME" = REPLACE("NAME"::VARCHAR, '.50', '.5')"""],
}
"""What is done to columns of a type, and changes nothing that such a cell shows."""
_AROUND = {
    "postgresql": [
        "CREATE OR REPLACE FUNCTION public.encode(bytea, text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$",
        "CREATE VIEW public.pg_attribute AS SELECT 1 AS attrelid",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    ],
    "duckdb": [
        "CREATE MACRO sha256(a) AS 'x'",
        "CREATE MACRO count() AS 0",
        "CREATE MACRO duckdb_columns() AS TABLE SELECT 1 AS a",
        "CREATE MACRO trim(a, b) AS ''",
    ],
    "sqlite": [
        "CREATE TABLE pragma_table_xinfo (name, type)",
        "CREATE VIEW lost AS SELECT * FROM nowhere",
        "CREATE TABLE ndoo_lists (number, listed)",
    ],
}

"""Columns of every type in which somebody's number stands, drawn by dice: a disguise, a type that can hold it, and what is put around that."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from tests.support.disguises import DISGUISES, to_a_power


@dataclass(frozen=True)
class Value:
    """A type and a literal of it; the type's own name may need these statements first."""

    type: str
    literal: str
    made: tuple[str, ...] = ()


@dataclass(frozen=True)
class TypeWorld:
    """A table `drawn` of two columns for each value: its row `named` holds the number in all of them, its row `quiet` in none."""

    statements: list[str]
    columns: list[str]
    said: dict[str, str]


Draw = Callable[[random.Random, str], Value]


def text_of(dice: random.Random, number: str) -> str:
    form = dice.choice([*DISGUISES, to_a_power, _power_in_json, _in_base64])(number)
    return form if form == to_a_power(number) else dice.choice([form, f"seen: {form}, and well"])


def _power_in_json(number: str) -> str:
    return f'{{"a": [1, {number[0]}.{number[1:]}E9]}}'


def _in_base64(number: str) -> str:
    import base64

    return base64.b64encode(f"by {number} today".encode()).decode()


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def bytes_of(dice: random.Random, number: str) -> bytes:
    return (
        dice.choice(["", "\x00 seen by "]).encode()
        + number.encode(dice.choice(["utf-8", "utf-16-le", "utf-16-be"]))
        + b"\x00"
    )


def uuid_of(dice: random.Random, number: str) -> str:
    """As ten of its digits, or as ten of its bytes."""
    if dice.random() < 0.5:
        return str(UUID(bytes=b"\xab\xcd" + number.encode() + b"\xef\xab\xcd\xef"))
    at = dice.randrange(22)
    return str(UUID(("abcdef" * 6)[:at] + number + ("abcdef" * 6)[: 22 - at]))


def bits_of(dice: random.Random, number: str) -> str:
    return dice.choice(
        [f"{int(number):034b}", f"{int(number):064b}", "".join(f"{byte:08b}" for byte in number.encode())]
    )


def split(dice: random.Random, number: str, most: int = 9) -> list[str]:
    if dice.random() < 0.5:
        return [number[:3], number[3:6], number[6:]]
    at = dice.randrange(1, most + 1)
    return [number[:at], number[at:]]


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------------


def _pg(type_: str, make: Callable[[random.Random, str], str]) -> Draw:
    return lambda dice, number: Value(type_, make(dice, number))


def _hex(raw: bytes) -> str:
    return f"'\\x{raw.hex()}'::bytea"


POSTGRESQL: list[Draw] = [
    _pg("text", lambda d, n: literal(text_of(d, n))),
    _pg("varchar(200)", lambda d, n: literal(text_of(d, n))),
    _pg("bytea", lambda d, n: _hex(bytes_of(d, n))),
    _pg("bytea", lambda d, n: _hex(bytes_of(d, n))),
    _pg("int8", lambda d, n: d.choice(["", "-"]) + n),
    _pg("numeric", lambda d, n: d.choice([n, f"-{n}", f"{n}.50", f"0.{n}"])),
    _pg("float8", lambda d, n: n),
    _pg("money", lambda d, n: f"{n}::numeric::money"),
    _pg("uuid", lambda d, n: f"'{uuid_of(d, n)}'::uuid"),
    _pg("varbit", lambda d, n: f"B'{bits_of(d, n)}'::varbit"),
    _pg(
        "jsonb",
        lambda d, n: d.choice([f"'{{\"n\": {n}}}'", f'\'[{{"x": ["{n}"]}}]\'', f"'[{n[0]}.{n[1:]}e9]'"]) + "::jsonb",
    ),
    _pg("json", lambda d, n: f"'{_power_in_json(n)}'::json"),
    _pg("int8range", lambda d, n: f"int8range({n}, {int(n) + 5})"),
    _pg("nummultirange", lambda d, n: f"nummultirange(numrange({n}, NULL))"),
    _pg("tsvector", lambda d, n: f"to_tsvector('simple', 'seen {n[:3]} {n[3:6]} {n[6:]} here')"),
    _pg("tsquery", lambda d, n: f"'{n}'::tsquery"),
    _pg("point", lambda d, n: f"point({n}, 1)"),
    _pg("polygon", lambda d, n: f"polygon '((1,{n}),(2,2))'"),
    _pg("xid8", lambda d, n: f"'{n}'::xid8"),
    _pg("macaddr", lambda d, n: "'" + ":".join(f"{n}ab"[at : at + 2] for at in range(0, 12, 2)) + "'::macaddr"),
    _pg("inet", lambda d, n: f"'{':'.join(n.encode().hex()[at : at + 4] for at in range(0, 20, 4))}::'::inet"),
    _pg("inet", lambda d, n: f"'ab:{n[:4]}:{n[4:8]}:{n[8:]}cd::'::inet"),
    _pg("name", lambda d, n: f"'{n}'::name"),
    _pg("text[]", lambda d, n: f"ARRAY[{', '.join(map(literal, split(d, n)))}]"),
    _pg("text[][]", lambda d, n: f"ARRAY[{', '.join(f'ARRAY[{literal(one)}]' for one in split(d, n))}]"),
    _pg("int[]", lambda d, n: f"ARRAY[{', '.join(n)}]"),
    _pg("bytea[]", lambda d, n: f"ARRAY[{', '.join(_hex(one.encode()) for one in split(d, n))}]"),
]


def _around_pg(dice: random.Random, inner: Value, name: str) -> Value:
    match dice.randrange(5):
        case 0:
            return Value(f"{inner.type.removesuffix('[]')}[]", f"ARRAY[{inner.literal}]", inner.made)
        case 1 | 2:
            return Value(
                f"public.{name}",
                f"ROW(7, {inner.literal})::public.{name}",
                (*inner.made, f"CREATE TYPE public.{name} AS (a INTEGER, b {inner.type})"),
            )
        case _:
            return Value(
                f"public.{name}",
                f"({inner.literal})::public.{name}",
                (*inner.made, f"CREATE DOMAIN public.{name} AS {inner.type}"),
            )


# ---- DuckDB ---------------------------------------------------------------------------------------------------------------


def _blob(raw: bytes) -> str:
    return f"from_hex('{raw.hex()}')"


DUCKDB: list[Draw] = [
    _pg("VARCHAR", lambda d, n: literal(text_of(d, n))),
    _pg("JSON", lambda d, n: f"'{_power_in_json(n)}'::JSON"),
    _pg("BLOB", lambda d, n: _blob(bytes_of(d, n))),
    _pg("BIT", lambda d, n: f"'{bits_of(d, n)}'::BIT"),
    _pg("UUID", lambda d, n: f"'{uuid_of(d, n)}'::UUID"),
    _pg("BIGINT", lambda d, n: d.choice(["", "-"]) + n),
    _pg("UBIGINT", lambda d, n: n),
    _pg("HUGEINT", lambda d, n: n),
    _pg("UHUGEINT", lambda d, n: n),
    _pg("DOUBLE", lambda d, n: n),
    _pg("DECIMAL(12,1)", lambda d, n: n),
    _pg("DECIMAL(38,12)", lambda d, n: d.choice([n, f"0.{n}"])),
    _pg("BIGNUM", lambda d, n: f"{n}::BIGNUM"),
    _pg("VARCHAR[]", lambda d, n: f"[{', '.join(map(literal, split(d, n)))}]"),
    _pg("VARCHAR[][]", lambda d, n: f"[{', '.join(f'[{literal(one)}]' for one in split(d, n))}]"),
    _pg("INTEGER[]", lambda d, n: f"[{', '.join(n)}]"),
    _pg("GEOMETRY", lambda d, n: f"'POINT({n} 1)'::GEOMETRY"),
]


def _around_duckdb(dice: random.Random, inner: Value, _name: str) -> Value:
    literal_ = f"CAST({inner.literal} AS {inner.type})"
    match dice.randrange(6):
        case 0:
            return Value(f"{inner.type}[]", f"[{literal_}]")
        case 1:
            return Value(f"{inner.type}[2]", f"array_value({literal_}, NULL)")
        case 2:
            return Value(f"STRUCT(a INTEGER, b {inner.type})", f"{{'a': 7, 'b': {literal_}}}")
        case 3:
            return Value(f"MAP(VARCHAR, {inner.type})", f"MAP {{'a': {literal_}}}")
        case 4:
            return Value(f"UNION(a DATE, b {inner.type})", f"union_value(b := {literal_})")
        case _:
            return inner


SQLITE: list[Draw] = [
    *(_pg(type_, lambda d, n: literal(text_of(d, n))) for type_ in ("", "TEXT", "BLOB", "odd type (3)", "DATE")),
    *(_pg(type_, lambda d, n: f"x'{bytes_of(d, n).hex()}'") for type_ in ("", "TEXT", "BLOB", "INTEGER")),
    *(_pg(type_, lambda d, n: d.choice([n, f"-{n}", f"{n}.0", f"{n}.5"])) for type_ in ("", "NUMERIC", "REAL", "ANY")),
]
OF = {
    "postgresql": (POSTGRESQL, _around_pg),
    "duckdb": (DUCKDB, _around_duckdb),
    "sqlite": (SQLITE, lambda _dice, inner, _name: inner),
}


def type_world(seed: int, kind: str, people: list[str], withheld: str, columns: int) -> TypeWorld:
    dice = random.Random(seed)
    draws, around = OF[kind]
    statements, types, values, said = list[str](), list[str](), list[str](), dict[str, str]()
    for at in range(columns):
        value = draws[(seed * columns + at) % len(draws)](dice, withheld)
        for level in range(dice.choice([0, 0, 1, 1, 2])):
            value = around(dice, value, f"t{at}_{level}")
        statements += value.made
        types.append(f"c{at} {value.type}")
        values.append(value.literal)
        said[f"c{at}"] = f"{value.type} {value.literal}"
    nothing = ", ".join("NULL" for _ in values)
    rows = [f"('{people[0]}', {', '.join(values)})", *(f"('{number}', {nothing})" for number in people[1:])]
    statements += [
        f"CREATE TABLE drawn (nhs_number TEXT, {', '.join(types)})",
        f"INSERT INTO drawn VALUES {', '.join(rows)}",
    ]
    return TypeWorld(statements, [f"c{at}" for at in range(columns)], said)

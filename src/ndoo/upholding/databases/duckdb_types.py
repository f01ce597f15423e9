"""The types of DuckDB from within: what stands at the bottom of each, and the same type with fewer values in its enumerations."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from ndoo.upholding.databases.column_types import kind_around, kind_of
from ndoo.upholding.databases.labels_that_go import TextPlace, literal, of_column
from ndoo.upholding.sql.dialects import TypeKind
from ndoo.upholding.sql.read_cells import quoted

_ENUM, _DECIMAL = "enum", "decimal"
_CONTAINERS = {"list", "array", "struct", "map", "union"}
_SIZE = "size"
"""What DuckDB calls the length of an array, which stands among its types."""


def kind_of_type(type_: Any) -> TypeKind:
    """What a column of this type may hold."""
    if type_.id == _DECIMAL and dict(type_.children)["scale"] == 0:
        return TypeKind.WHOLE
    if type_.id not in _CONTAINERS:
        return kind_of("duckdb", "json" if str(type_) == "JSON" else type_.id)
    return kind_around(kind_of_type(inside) for name, inside in type_.children if name != _SIZE)


def labels_of(type_: Any) -> tuple[str, ...]:
    """The values of an enumeration; none of another type."""
    return tuple(type_.children[0][1]) if type_.id == _ENUM else ()


def places_in(column: str, type_: Any) -> list[TextPlace]:
    """Every place in a column where values stand that are no containers."""
    return [
        TextPlace(column, f"SELECT CAST(text AS TEXT) AS text FROM ({query})", labels_of(inside))
        for query, inside in _bottom(of_column(column), type_)
    ]


def without(type_: Any, gone: Iterator[Collection[str]]) -> str:
    """The type as SQL says it, with fewer values in its enumerations.

    Args:
        gone: the values that are left out, for each of `places_in` in their order.
    """
    if type_.id == _ENUM:
        less = next(gone)
        labels = [label for label in labels_of(type_) if label not in less] or [""]  # it must list one
        return f"ENUM({', '.join(map(literal, labels))})"
    if type_.id not in _CONTAINERS:
        next(gone)
        return str(type_)
    said = [(name, without(inside, gone)) for name, inside in _inside(type_)]
    match type_.id:
        case "list":
            return f"{said[0][1]}[]"
        case "array":
            return f"{said[0][1]}[{dict(type_.children)[_SIZE]}]"
        case "map":
            return f"MAP({', '.join(inside for _, inside in said)})"
        case _:
            return f"{type_.id}({', '.join(f'{quoted(name)} {inside}' for name, inside in said)})"


def _inside(type_: Any) -> list[tuple[str, Any]]:
    """The types of which a container is made, each with its name."""
    children = (
        type_.children[1:] if type_.id == "union" else type_.children
    )  # the first of a union says which one it is
    return [(name, inside) for name, inside in children if name != _SIZE]


def _bottom(query: str, type_: Any) -> Iterator[tuple[str, Any]]:
    """The types at the bottom of one, each with the query for the values there, of which `query` gives the whole."""
    if type_.id not in _CONTAINERS:
        yield query, type_
        return
    for at, (name, inside) in enumerate(_inside(type_)):
        match type_.id:
            case "list":
                part = "UNNEST(text)"
            case "array":
                part = f"UNNEST(CAST(text AS {inside}[]))"
            case "map":
                part = f"UNNEST({('map_keys', 'map_values')[at]}(text))"
            case _:
                part = f"{type_.id}_extract(text, {literal(name)})"
        yield from _bottom(f"SELECT {part} AS text FROM ({query})", inside)

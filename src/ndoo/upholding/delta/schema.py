"""The columns of a Delta table: which types they may have, and how a log writes them down."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from ndoo.columnar.layouts import type_refused

_NAMES = {
    pa.string(): "string",
    pa.int64(): "long",
    pa.int32(): "integer",
    pa.int16(): "short",
    pa.int8(): "byte",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.binary(): "binary",
    pa.date32(): "date",
    pa.timestamp("us", "UTC"): "timestamp",
    pa.timestamp("us"): "timestamp_ntz",
}
_COMMENT = b"comment"


def plain_schema(schema: Any) -> Any:
    """The columns with their names, types and comments, and nothing else that the table said of them: no rules, no numbers of columns."""
    return pa.schema([_plain(field) for field in schema])


def schema_text(schema: Any) -> str:
    """How the log writes the columns down.

    Raises:
        UnfitData: a type that Delta tables do not have.
    """
    return json.dumps(_struct(schema, ""))


def has_local_times(schema: Any) -> bool:
    """Are there times without a zone? Readers must know them by name."""
    return "timestamp_ntz" in json.dumps([_type(field.type, field.name) for field in schema])


def _plain(field: Any) -> Any:
    kind = field.type
    if pa.types.is_struct(kind):
        kind = pa.struct([_plain(kind.field(at)) for at in range(kind.num_fields)])
    elif pa.types.is_list(kind):
        kind = pa.list_(_plain(kind.value_field))
    elif pa.types.is_map(kind):
        kind = pa.map_(_plain(kind.key_field), _plain(kind.item_field))
    comment = (field.metadata or {}).get(_COMMENT)
    return pa.field(field.name, kind, field.nullable, {_COMMENT: comment} if comment else None)


def _struct(fields: Any, top: str) -> dict[str, Any]:
    return {
        "type": "struct",
        "fields": [
            {
                "name": field.name,
                "type": _type(field.type, top or field.name),
                "nullable": field.nullable,
                "metadata": {
                    key.decode(): value.decode() for key, value in (field.metadata or {}).items() if key == _COMMENT
                },
            }
            for field in fields
        ],
    }


def _type(kind: Any, top: str) -> Any:
    """A type as the log names it. `top`: the column, for the sentence."""
    if kind in _NAMES:
        return _NAMES[kind]
    if pa.types.is_decimal128(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_struct(kind):
        return _struct([kind.field(at) for at in range(kind.num_fields)], top)
    if pa.types.is_list(kind):
        inner = kind.value_field
        return {"type": "array", "elementType": _type(inner.type, top), "containsNull": inner.nullable}
    if pa.types.is_map(kind):
        inner = kind.item_field
        return {
            "type": "map",
            "keyType": _type(kind.key_type, top),
            "valueType": _type(inner.type, top),
            "valueContainsNull": inner.nullable,
        }
    raise type_refused(top, kind)

"""Enters something into the ledger, as a leaf, in the transaction of the act that it tells of.

A leaf holds what anybody may read in clear (`payload`), and a commitment for each personal value. Values that stand
in a table of some room stay there: the opening says in which row. Others stand in the opening, until they are erased.
The leaf gets its place, and the log its next head, within seconds (`heads.py`).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from ndoo.evidence.ledger.commitment import commit, commit_all, new_salt, salts_from, written

_LEAVES = "INSERT INTO ledger_ledgerleaf (key, kind, body)"
_OPENINGS = 'INSERT INTO ledger_ledgeropening (key, source, "where", fields)'
_ROWS = 200
"""Rows of one statement: a database takes so many values and no more."""
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,39}")


class CommittedValues(list[Any]):
    """Many values under one commitment, of which each can be opened or erased by itself."""


@dataclass(frozen=True, slots=True, repr=False)
class NewLeaf:
    """What is to be entered; it does not print."""

    kind: str
    """A dotted name: `choice`, `audit`, `decision`, `review`, `manifest`."""
    payload: Mapping[str, Any]
    """For everybody's eyes: nothing personal. JSON."""
    personal: Mapping[str, Any] = field(default_factory=dict)
    """By name; only commitments to these enter the leaf. JSON."""
    source: str = ""
    """Where the personal values stand already (`sources.py`); empty: the opening keeps them."""
    where: Any = None
    """In which row there."""


def append(kind: str, payload: Mapping[str, Any], *, personal: Mapping[str, Any] | None = None) -> str:
    """Enter one leaf; the key by which it can be found again.

    Raises:
        RuntimeError: there is no transaction, so the act could stand without its leaf.
        ValueError: the kind is no dotted name of at most 40 letters, or JSON cannot hold the payload.
    """
    return append_all([NewLeaf(kind, payload, personal or {})])[0]


def append_all(new: Iterable[NewLeaf]) -> list[str]:
    """Enter several at once, in this order; their keys. Raises as `append` does."""
    if not connection.in_atomic_block:
        raise RuntimeError("a leaf of the ledger is written in the transaction of the act that it tells of")
    leaves: list[tuple[str, ...]] = []
    openings: list[tuple[str, ...]] = []
    for one in new:
        if not _KIND.fullmatch(one.kind):
            raise ValueError("a kind of leaf is a dotted name")
        key = secrets.token_hex(16)
        salts = {name: new_salt() for name in one.personal}
        body = {
            "key": key,
            "kind": one.kind,
            "payload": one.payload,
            "personal": {name: committed(salts[name], value).hex() for name, value in one.personal.items()},
        }
        leaves.append((key, one.kind, written(body).decode("ascii")))
        if one.personal:
            openings.append((key, one.source, json.dumps(one.where), json.dumps(_fields(one, salts))))
    with connection.cursor() as cursor:
        for rows, into in ((leaves, _LEAVES), (openings, _OPENINGS)):
            for at in range(0, len(rows), _ROWS):
                _insert(cursor, into, rows[at : at + _ROWS])
    return [leaf[0] for leaf in leaves]


def _insert(cursor: Any, into: str, rows: Sequence[tuple[str, ...]]) -> None:
    """In one statement, half of the time that Django's models take: this is part of every choice that is made."""
    places = ", ".join(f"({', '.join(['%s'] * len(row))})" for row in rows)
    cursor.execute(f"{into} VALUES {places}", [value for row in rows for value in row])


def committed(salt: bytes, value: Any) -> bytes:
    """The commitment to a value, or to many."""
    if isinstance(value, CommittedValues):
        return commit_all(map(commit, salts_from(salt, len(value)), value))
    return commit(salt, value)


def _fields(one: NewLeaf, salts: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    fields: dict[str, dict[str, Any]] = {name: {"salt": salt.hex()} for name, salt in salts.items()}
    if not one.source:
        for name, value in one.personal.items():
            fields[name]["value"] = value
    return fields

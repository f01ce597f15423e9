"""Lets a leaf speak for a personal value without holding it, by a keyed digest, whose key (the salt) can be erased.

A commitment is HMAC-SHA256 with a random salt of 16 bytes as its key. Whoever has the salt and the value can show
that this value was meant; once the salt is gone, nobody can tell which value it was, not by trying all of them
either, and the leaf and every proof above it stand as before.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable
from hashlib import shake_256
from typing import Any

from ndoo.evidence.ledger.tree import leaf_hash, root_of

SALT = 16
"""Bytes of a salt."""


def new_salt() -> bytes:
    """Random, and used once."""
    return secrets.token_bytes(SALT)


def written(value: Any) -> bytes:
    """The one way to write down a value that JSON can hold.

    Raises:
        TypeError, ValueError: JSON cannot hold it.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def commit(salt: bytes, value: Any) -> bytes:
    """The commitment to one value."""
    return hmac.digest(salt, written(value), "sha256")


def salts_from(salt: bytes, count: int) -> list[bytes]:
    """As many salts, all made of one: each can be erased by itself once this one is."""
    long = shake_256(salt).digest(SALT * count)
    return [long[at : at + SALT] for at in range(0, SALT * count, SALT)]


def commit_all(commitments: Iterable[bytes]) -> bytes:
    """One commitment that speaks for many, in their order."""
    return root_of(map(leaf_hash, commitments))


def holds(commitment: bytes, salt: bytes, value: Any) -> bool:
    """Was it this value?"""
    return hmac.compare_digest(commitment, commit(salt, value))

"""A JSON object as it is sealed and read back: each key once. Of two equal keys a person would read the first, and a seal cover the last."""

from __future__ import annotations

import json
from typing import Any


def parse_document(raw: bytes | str) -> dict[str, Any] | None:
    """The object; None where this is no JSON, no object, or one with a key that stands there twice."""
    try:
        document = json.loads(raw, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands there twice")
    return document

"""What a manifest that travels may say of what stayed behind: of the input and of every list a commitment, and never the digest.

Whoever holds the kept rows can search a plain digest: they put every row that may be missing back, or try every list of a few
people, until it fits. So each of these digests is covered by HMAC-SHA256, under a key that is made, for this manifest alone, of the
sealing key and a random nonce. It stays in the sender's data folder with the sealing key; `ndoo key open` takes it out for an auditor.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterator
from typing import Any

from ndoo.evidence.document import JsonObject

PURPOSE = b"digests that travel"
"""What the key is made for: see `Sealer.secret_for`."""
ALGORITHM = "HMAC-SHA256"
OF_TYPE1 = "type1/"
"""The places of coded entries begin so."""
TRAVELLING = ("uphold", "check")
"""Kinds of documents that lie beside what was released."""
_KEY = "commitments"
_DIGEST = "sha256"


def cover_digests(document: JsonObject, secret: bytes) -> JsonObject:
    """The document as it may travel. The only place where this is decided: everything that is sealed comes by here.

    Args:
        secret: made of the sealing key, for `PURPOSE`.
    """
    if document.get("kind") not in TRAVELLING or _KEY in document:
        return document
    nonce = secrets.token_hex(16)
    covered: dict[str, Any] = json.loads(json.dumps(document))  # in which no record stands for two
    key = opening(secret, nonce)
    for place, record in _records(covered):
        if isinstance(record, dict) and isinstance(record.get(_DIGEST), str):
            record[_DIGEST] = _commitment(key, place, record[_DIGEST])
    return covered | {_KEY: {"algorithm": ALGORITHM, "nonce": nonce}}


def opening(secret: bytes, nonce: str) -> bytes:
    """The key that opens the digests of the manifest with this nonce, and of no other."""
    return hmac.digest(secret, nonce.encode(), "sha256")


def nonce_of(document: JsonObject) -> str | None:
    """None where digests are plain, as in manifests of before November 2026. What it says may be forged."""
    said = document.get(_KEY)
    return str(said.get("nonce")) if isinstance(said, dict) else None


def staying(document: JsonObject) -> dict[str, str | None]:
    """What the document says of everything that stayed behind, by its place in it: a commitment, in older ones a plain digest."""
    said = {place: record.get(_DIGEST) for place, record in _records(document) if isinstance(record, dict)}
    return {place: one if isinstance(one, str) else None for place, one in said.items()}


def places_of(document: JsonObject, digest: str | None, key: bytes | None) -> list[str]:
    """Where the document speaks of what has this plain digest.

    Args:
        digest: None where nobody made one, which is nothing's.
        key: see `opening`; None where digests are plain, or nobody can open them.
    """
    return [
        place
        for place, said in staying(document).items()
        if digest and said and said == (digest if key is None else _commitment(key, place, digest))
    ]


def _commitment(key: bytes, place: str, digest: str) -> str:
    """The place is in it, so that of two equal files nobody sees that they are."""
    return hmac.digest(key, f"{place}\0{digest}".encode(), "sha256").hex()


def _records(document: JsonObject) -> Iterator[tuple[str, Any]]:
    """Every record of something that stayed behind. Tables and files may have any name, so no name is looked for."""
    yield "input", document.get("input")
    for kind in ("tables", "files"):
        for name, one in _inner(document.get(kind)):
            yield f"{kind}/{name}/input", _part(one, "input")
            for at, piece in _inner(_part(one, "files")):
                yield f"{kind}/{name}/files/{at}/input", _part(piece, "input")
    yield from _lists("list", document.get("list"))
    for at, source in _inner(_part(_part(document.get("type1"), "status"), "sources")):
        yield f"{OF_TYPE1}{at}", source


def _lists(place: str, said: Any) -> Iterator[tuple[str, Any]]:
    yield place, said
    for at, one in _inner(_part(said, "lists")):
        yield from _lists(f"{place}/{at}", one)


def _part(said: Any, name: str) -> Any:
    return said.get(name) if isinstance(said, dict) else None


def _inner(said: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(said, dict):
        yield from said.items()
    elif isinstance(said, list):
        yield from ((str(at), one) for at, one in enumerate(said))

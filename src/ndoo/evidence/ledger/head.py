"""What a head of the ledger says: that a log had so many leaves, and this root, at that moment; sealed with the house's key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ndoo import __version__
from ndoo.domain.errors import UnfitData
from ndoo.evidence.document import JsonObject
from ndoo.evidence.seal import Sealer, check_seal

KIND = "ledger-head"
_LOG = re.compile(r"[0-9a-f]{32}")
_ROOT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Head:
    """A head whose seal fits. `log` is the log's own random name (32 hexadecimal digits)."""

    log: str
    size: int
    root: bytes
    at: datetime
    sealed_by: str
    """The public key, base64."""
    document: dict[str, Any]
    """As it was sealed."""


def sealed_head(log: str, size: int, root: bytes, at: datetime, sealer: Sealer) -> JsonObject:
    """The document, with its seal."""
    said: JsonObject = {
        "ndoo": __version__,
        "kind": KIND,
        "log": log,
        "size": size,
        "root": root.hex(),
        "at": at.isoformat(),
    }
    return sealer.seal(said)


def read_head(document: Any) -> Head:
    """A head, its shape and its seal checked.

    Raises:
        UnfitData: it is no head of this version, or it was changed after it was sealed.
    """
    if not isinstance(document, dict) or not _well_formed(document):
        raise UnfitData("ledger-head", "This is not a ledger head that this version can read.")
    try:
        key = check_seal(document)
    except UnfitData:
        raise UnfitData("ledger-head-seal", "A head of the ledger was changed after it was sealed.") from None
    moment = datetime.fromisoformat(document["at"])
    return Head(document["log"], document["size"], bytes.fromhex(document["root"]), moment, key, document)


def _well_formed(document: dict[str, Any]) -> bool:
    try:
        return bool(
            document["kind"] == KIND
            and _LOG.fullmatch(document["log"])
            and type(document["size"]) is int
            and document["size"] >= 0
            and _ROOT.fullmatch(document["root"])
            and datetime.fromisoformat(document["at"]).tzinfo is not None
        )
    except (LookupError, TypeError, ValueError):
        return False

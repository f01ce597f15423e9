"""How far the last check that found nothing had come, in the data folder, sealed; so that the next one can go on from there.

It says nothing of what happens to older rows afterwards: only a check of everything reads them again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndoo.domain.errors import NdooError
from ndoo.domain.settings import data_folder
from ndoo.evidence.document import JsonObject
from ndoo.evidence.private_files import put_anew
from ndoo.evidence.seal import check_seal, load_sealer, own_public_keys

if TYPE_CHECKING:
    from ndoo.service.ledger.check_ledger import LedgerReport

LAST_CHECK = "ledger-checked.json"
KIND = "ledger-checked"
_LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What was checked, and found as it was recorded."""

    log: str
    size: int
    root: bytes
    peaks: tuple[bytes, ...]
    """With these the tree grows on (`GrowingTree.peaks`)."""
    spoken: Mapping[str, int]
    """By table: rows for which these leaves speak."""
    whole_at: datetime
    """When all of the log was last read."""


def read_last_check() -> LastCheck | None:
    """None where there was none from this data folder, or where what is there is not ours: everything is read then."""
    try:
        with _path().open("rb") as file:
            document = json.loads(file.read(_LARGEST))
        return _understood(document) if check_seal(document) in own_public_keys(data_folder()) else None
    except (OSError, NdooError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def write_last_check(report: LedgerReport, whole_at: datetime) -> None:
    """Keep how far a check that found nothing has come; where this account has no key yet or may not write, nothing is kept, and the next
    check reads everything."""
    document: JsonObject = {
        "kind": KIND,
        "log": report.log,
        "size": report.judged.size,
        "root": report.judged.root.hex(),
        "peaks": [peak.hex() for peak in report.peaks],
        "spoken": dict(report.spoken),
        "whole_at": whole_at.isoformat(),
    }
    with suppress(OSError, NdooError):
        if own_public_keys(data_folder()):
            put_anew(_path(), json.dumps(load_sealer(data_folder()).seal(document), sort_keys=True).encode("ascii"))


def _understood(document: Mapping[str, Any]) -> LastCheck:
    """Raises ValueError, or what a wrong shape raises, where it is another document of this account's."""
    if document["kind"] != KIND:
        raise ValueError("another document")
    return LastCheck(
        document["log"],
        document["size"],
        bytes.fromhex(document["root"]),
        tuple(map(bytes.fromhex, document["peaks"])),
        document["spoken"],
        datetime.fromisoformat(document["whole_at"]),
    )


def _path() -> Path:
    return data_folder() / LAST_CHECK

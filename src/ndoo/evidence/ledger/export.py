"""The form of an export of the ledger: a line with its newest head, and then each leaf's entry on a line.

No entry holds a personal value, so an export may be given to whoever is to check it: a commitment says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.evidence.ledger.head import Head, read_head

KIND = "ledger-export"
_LONGEST = 1 << 24


def first_line(document: dict[str, Any]) -> bytes:
    """The line that names the format, with the head that the leaves below it must give."""
    return json.dumps({"kind": KIND, "head": document}, sort_keys=True).encode("ascii") + b"\n"


@dataclass(frozen=True, slots=True)
class LedgerExport:
    """An export that is being read: its head, and its entries, once."""

    head: Head
    entries: Iterator[bytes]


@contextmanager
def opened(path: Path) -> Iterator[LedgerExport]:
    """Read an export; whether it may be believed is for `verifier.judge` to say.

    Raises:
        UsageFault: there is no such file, or it may not be read.
        UnfitData: it is no export, its head does not fit its seal, or its last line was cut off.
    """
    try:
        file = path.open("rb")
    except OSError:
        raise UsageFault(
            "no-such-file", f"{masked(str(path))} cannot be opened (the export of the ledger). Check the path."
        ) from None
    with file:
        yield LedgerExport(_head(file.readline(_LONGEST)), _entries(file))


def _head(line: bytes) -> Head:
    try:
        document = json.loads(line)
        head = document["head"] if document["kind"] == KIND else None
    except (ValueError, TypeError, LookupError, RecursionError):
        head = None
    if head is None:
        raise UnfitData("ledger-export", "This file is not a ledger export that this version can read.")
    return read_head(head)


def _entries(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(_LONGEST):
        if not line.endswith(b"\n"):
            raise UnfitData("ledger-export-cut", "The ledger export was cut off. Export it again.")
        yield line[:-1]

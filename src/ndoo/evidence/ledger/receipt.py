"""Shows, without the log, that one thing was recorded:
a leaf, its path to a sealed head, and, for whoever may know them, the values to which the leaf commits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.evidence.document import JsonObject
from ndoo.evidence.ledger.commitment import holds
from ndoo.evidence.ledger.head import Head, read_head
from ndoo.evidence.ledger.tree import leaf_hash
from ndoo.evidence.ledger.verifier import is_included

KIND = "ledger-receipt"
_LARGEST = 1 << 24


@dataclass(frozen=True, slots=True, repr=False)
class LedgerReceipt:
    """A receipt of the right shape; it does not print."""

    head: Head
    index: int
    """The leaf's place, from 0."""
    proof: tuple[bytes, ...]
    entry: bytes
    leaf: Mapping[str, Any]
    opened: Mapping[str, tuple[bytes, Any]]
    """By name: salt and value."""

    @property
    def included(self) -> bool:
        """Does the path lead from the leaf to the head?"""
        return is_included(leaf_hash(self.entry), self.index, self.head.size, self.proof, self.head.root)

    @property
    def not_opened(self) -> list[str]:
        """The values that are not those to which the leaf commits."""
        said = self.leaf["personal"]
        return [
            name
            for name, (salt, value) in self.opened.items()
            if name not in said or not holds(bytes.fromhex(said[name]), salt, value)
        ]


def receipt_document(
    head: JsonObject, index: int, proof: Sequence[bytes], entry: bytes, opened: Mapping[str, JsonObject]
) -> JsonObject:
    """The receipt as it is written to a file; `opened` has the salt (hexadecimal) and the value by name."""
    path = [one.hex() for one in proof]
    return {"kind": KIND, "head": head, "index": index, "proof": path, "entry": entry.decode("ascii"), "opened": opened}


def receipt_in(path: Path) -> LedgerReceipt | None:
    """The receipt in this file; None where it is something else, such as an export.

    Raises:
        UsageFault: there is no such file, or it may not be read.
        UnfitData: it is no receipt of this version, or its head was changed after it was sealed.
    """
    try:
        with path.open("rb") as file:
            document = json.loads(file.readline(_LARGEST))
    except OSError:
        raise UsageFault(
            "no-such-file", f"{masked(str(path))} cannot be opened (the export of the ledger). Check the path."
        ) from None
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        return None
    head = read_head(document.get("head"))
    try:
        entry = document["entry"].encode("ascii")
        opened = {name: (bytes.fromhex(one["salt"]), one["value"]) for name, one in document["opened"].items()}
        proof = tuple(map(bytes.fromhex, document["proof"]))
        leaf = json.loads(entry)
        if type(document["index"]) is not int or not isinstance(leaf["kind"], str):
            raise TypeError
        {name: bytes.fromhex(one) for name, one in leaf["personal"].items()}
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UnfitData("ledger-receipt", "This is not a ledger receipt that this version can read.") from None
    return LedgerReceipt(head, document["index"], proof, entry, leaf, opened)

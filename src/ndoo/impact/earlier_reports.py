"""What earlier reports on the same cohort showed: kept in the data folder, because two reports can be subtracted from each other.

The cohort is known by the bytes of the two tables, under a key that is made of the sealing key. Kept is only what a report shows: its
columns, and the groups that are not hidden.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.evidence.document import JsonObject, parse_document
from ndoo.evidence.manifest import written
from ndoo.evidence.private_files import put_anew
from ndoo.evidence.seal import check_seal, load_keys
from ndoo.impact.groups import KINDS, Grouping

FOLDER = "impact"
_PURPOSE = b"reports on a cohort"


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of an earlier report, and the groups of it that were shown."""

    grouping: Grouping
    shown: frozenset[str]


class EarlierReports:
    """What was shown of one cohort.

    Raises:
        NotPermitted: a record was changed, or the data folder may not be used.
    """

    def __init__(self, data: Path, before: Path, after: Path) -> None:
        keys = load_keys(data)
        self._sealer = keys[-1].sealer
        self.columns: list[ShownColumn] = []
        try:
            cohort = b"".join(_digest(path) for path in (before, after))
            for key in keys:  # what was shown before the key was changed was shown
                name = hmac.digest(key.sealer.secret_for(_PURPOSE), cohort, "sha256").hex()
                self._path = data / FOLDER / f"{name}.json"
                self._path.parent.mkdir(mode=0o700, exist_ok=True)
                if self._path.exists():
                    self.columns += self._read(self._path.read_bytes(), key.sealer.public_key)
        except OSError as error:
            raise explained(error, "the records of earlier reports") from None

    def keep(self, columns: Sequence[ShownColumn]) -> None:
        """Write down what is shown now, beside what was shown before.

        Raises:
            NotPermitted, Fault: the data folder may not be written, or is full.
        """
        every = {(one.grouping.column, one.grouping.kind, one.grouping.on): one for one in (*columns, *self.columns)}
        document: JsonObject = {
            "kind": "impact-shown",
            "columns": [
                {"column": column, "grouping": kind, "on": on.isoformat(), "shown": sorted(one.shown)}
                for (column, kind, on), one in sorted(every.items())
            ],
        }
        try:
            put_anew(self._path, written(self._sealer.seal(document)))
        except OSError as error:
            raise explained(error, "the records of earlier reports") from None

    def _read(self, raw: bytes, own: str) -> list[ShownColumn]:
        try:
            document = parse_document(raw) or {}
            if check_seal(document) != own or document["kind"] != "impact-shown":
                raise ValueError
            return [_column(one["column"], one["grouping"], one["on"], one["shown"]) for one in document["columns"]]
        except (UnfitData, LookupError, TypeError, ValueError):
            raise NotPermitted(
                "impact-records",
                f"The record of earlier reports on this cohort ({self._path}) was changed, or was made with another key. It cannot be worked out what this report would give away beside them. Restore the data folder.",
            ) from None


def _column(name: str, kind: str, on: str, shown: list[str]) -> ShownColumn:
    if kind not in KINDS:
        raise ValueError
    return ShownColumn(Grouping(name, kind, date.fromisoformat(on)), frozenset(shown))


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()

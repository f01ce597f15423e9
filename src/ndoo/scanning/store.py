"""What earlier scans found: findings under the fingerprints of tables, so that a table that did not change is not read again.

Kept are places (as keyed digests), fingerprints (sizes, times, counters), findings and times. Nothing of the data, and no
digest of it: a digest of one number gives the number away.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import closing
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from ndoo.domain.errors import Fault, NdooError
from ndoo.domain.machine_faults import explained
from ndoo.scanning.kinds import ColumnKind, edition
from ndoo.scanning.scan_result import ColumnFinding, Limb, ScanVerdict, TableFinding

FILE = "scans.sqlite3"
"""In the data folder."""
_SCHEMA = """
create table if not exists key (salt blob not null);
create table if not exists verdict (
  place text not null, fingerprint text not null, edition text not null, found_at text not null, finding text not null);
create index if not exists verdict_place on verdict (place, found_at);
"""


class Store:
    """A small database of its own; every verdict stays, the newest of a place counts. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / FILE
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, timeout=30)
            self._database.executescript(_SCHEMA)
            with self._database:
                self._database.execute(
                    "insert into key select ? where not exists (select * from key)", (secrets.token_bytes(32),)
                )
            (self._salt,) = self._database.execute("select salt from key").fetchone()
        except OSError as error:
            raise explained(error, "what earlier scans found") from None
        except sqlite3.Error:
            raise _broken() from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def known(self, place: str, fingerprint: str) -> TableFinding | None:
        """What was found there, if neither the table nor the rules have changed since."""
        try:
            row = self._database.execute(
                "select fingerprint, edition, found_at, finding from verdict where place = ? order by rowid desc limit 1",
                (self._digest(place),),
            ).fetchone()
        except sqlite3.Error:
            raise _broken() from None
        if row is None or row[:2] != (fingerprint, edition()):
            return None
        return _read(json.loads(row[3]), since=row[2])

    def keep(self, place: str, fingerprint: str, finding: TableFinding, now: datetime) -> None:
        """Remember a finding."""
        try:
            with self._database:
                self._database.execute(
                    "insert into verdict values (?, ?, ?, ?, ?)",
                    (
                        self._digest(place),
                        fingerprint,
                        edition(),
                        now.isoformat(timespec="seconds"),
                        json.dumps(finding.told()),
                    ),
                )
        except sqlite3.Error:
            raise _broken() from None

    def history(self, place: str) -> list[tuple[str, TableFinding]]:
        """When the place was read and what was found, oldest first."""
        with closing(
            self._database.execute(
                "select found_at, finding from verdict where place = ? order by rowid", (self._digest(place),)
            )
        ) as rows:
            return [(found_at, _read(json.loads(finding), since=found_at)) for found_at, finding in rows]

    def _digest(self, place: str) -> str:
        return blake2b(place.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).hexdigest()


def _read(entry: dict[str, Any], *, since: str) -> TableFinding:
    columns = tuple(
        ColumnFinding(
            c["name"],
            ColumnKind(c["kind"]),
            c["share"],
            c["confidence"],
            c["because"],
            tuple(map(ColumnKind, c["holds"])),
            tuple(map(ColumnKind, c["suspected"])),
        )
        for c in entry["columns"]
    )
    first, second, third = (Limb(ScanVerdict(limb["answer"]), limb["because"]) for limb in entry["limbs"].values())
    return TableFinding(
        entry["name"],
        entry["rows"],
        entry["sampled"],
        entry["rows_read_for_nhs_numbers"],
        ScanVerdict(entry["confidential_patient_information"]),
        entry["because"],
        columns,
        (first, second, third),
        tuple(entry["notes"]),
        since,
        entry.get("is_release", False),
    )


def _broken() -> NdooError:
    return Fault("scan-store", f"{FILE} in the data folder is damaged or in use. Move it away, or use --afresh.")

"""Stops a release that, beside earlier ones of the same asset, would tell who opted out: see `release_differences`.

Of each release the people of each column are kept, and of the extract behind it, encrypted with a key that lies beside the settings of the
account and not in the data folder. How many records there are is known there too, so that one that is missing is missed.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.domain.operating_system import lock as hold
from ndoo.domain.operating_system import open_file
from ndoo.domain.settings_files import user_file
from ndoo.evidence.document import JsonObject
from ndoo.evidence.private_files import put_anew, put_new
from ndoo.evidence.release_record import AssetRecord, Warned
from ndoo.evidence.seal import check_seal
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.decision.people_by_column import ColumnPeople
from ndoo.upholding.decision.people_by_row import PeopleByRow, unpacked
from ndoo.upholding.safeguards.release_differences import Compared, Released, not_by_row, tell

KEY_FILE = "assets.key"
_KEY, _NONCE, _LENGTH = 32, 12, 8
_ROWS = b" rows"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")


@dataclass(frozen=True, slots=True)
class _Packed:
    """An earlier release, as it was kept."""

    columns: Mapping[str, tuple[bytes, bytes]]
    """By column: who was in it, and who was in the extract behind it."""
    rows: Mapping[str, tuple[Sequence[str], bytes, bytes]] = field(default_factory=dict)
    """By table: the columns of the people of a row, the rows that stayed, and all others."""

    def has_rows_of(self, tables: Mapping[str, Sequence[str]]) -> bool:
        """Those of each of these tables, by two at least of the columns of its people?"""
        return all(name in self.rows and len({*self.rows[name][0]} & {*own}) > 1 for name, own in tables.items())


@dataclass(slots=True)
class Asset:
    """The releases of one asset. Use `opened`: inside, no other run releases it.

    Args:
        folder: where the records of all assets lie.
        own_keys: the public keys of this account, one of which sealed each record.
        settings: where the key and the number of records lie: not in the data folder.
        released_by: the second person who releases although a difference tells, as the caller names them: nobody
            has checked who they are, or that they agreed. None: nobody does.
    """

    name: str
    folder: Path
    own_keys: frozenset[str]
    released_by: str | None = None
    dry_run: bool = False
    """Is nothing to be left behind, not even the asset's folder?"""
    settings: Path = field(default_factory=lambda: user_file().parent)
    released_all_the_same: bool = False
    """Did the second person release it although a difference tells? Known once it was judged."""
    not_by_row: tuple[str, ...] = ()
    """The tables whose rows could not be compared with those of each earlier release. Known once it was judged."""
    _key: bytes = b""
    _earlier: list[_Packed] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or names_somebody(self.name) or self.name.endswith((".", " ")):
            raise UsageFault(
                "asset-name",
                "An asset's name is 1 to 80 letters, digits, spaces, dots, hyphens and underscores, and no number of a person.",
            )

    @property
    def _own(self) -> Path:
        return self.folder / self.folded

    @property
    def folded(self) -> str:
        """One name, however it is written: without capitals, and with one space for every space, dot, hyphen and underscore."""
        return re.sub(r"[ ._-]+", " ", self.name.lower()).strip()

    @property
    def target(self) -> Path:
        """Where the record of this release goes."""
        return self._own / f"{len(self._earlier) + 1:06}.json"

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Read every earlier release.

        Raises:
            NotPermitted: a record is missing, was changed, or is not this account's. Fault: another run releases the asset.
        """
        new = [folder for folder in (self._own, *self._own.parents) if not folder.exists()]
        try:
            self._own.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = open_file(self._own / ".lock", os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise explained(error, "the records of the asset") from None
        try:
            hold(lock, wait=False)
            self._load()
            yield
        except BlockingIOError:
            raise Fault("asset-busy", "Another run is releasing this asset. Wait for it, and run again.") from None
        finally:
            os.close(lock)
            if self.dry_run and new:
                (self._own / ".lock").unlink(missing_ok=True)
                for folder in new:
                    with suppress(OSError):
                        folder.rmdir()

    def _load(self) -> None:
        try:
            self._key, expected = self._load_key(), self._expected()
        except (OSError, ValueError):
            raise _not_whole() from None
        found = sorted(self._own.glob("*.json"))
        if len(found) < expected or len(self._key) != _KEY:
            raise _not_whole()
        self._earlier = [self._read(at, path) for at, path in enumerate(found, start=1)]

    def judged(
        self, created: datetime, people: Mapping[str, ColumnPeople], rows: Mapping[str, PeopleByRow] | None = None
    ) -> tuple[AssetRecord, JsonObject]:
        """What the manifest says of the asset, and the record of this release, both not yet sealed.

        Args:
            people: in the release and beside it, by the columns that name them; rows: who of them stand together, by table.

        Raises:
            NotPermitted: beside an earlier release this one would tell who opted out, and no second person releases it.
        """
        tables = {name: of_table.columns for name, of_table in (rows or {}).items() if not of_table.is_empty}
        rows = {table: of_table for table, of_table in (rows or {}).items() if of_table.whole}
        now = Released({name: Compared(column.kept, column.everybody()) for name, column in people.items()}, rows)
        telling = tell(now, map(_unpacked, self._earlier))
        self.not_by_row = not_by_row(
            now, [*tables], (_unpacked(one) for one in self._earlier if not one.has_rows_of(tables))
        )
        if telling and not self.released_by:
            raise NotPermitted(
                "asset-difference",
                "Beside an earlier release of this asset, this one would tell who opted out: few people differ, or they differ by "
                "their choice alone. Nothing was written. Wait until more has changed, or let a second person release it: "
                "--released-by NAME.",
            )
        self.released_all_the_same = telling
        at = len(self._earlier) + 1
        return AssetRecord(self.name, at - 1), {
            "kind": "asset-release",
            "asset": self.folded,
            "release": at,
            "created": created.isoformat(timespec="seconds"),
            "released_by": self.released_by if telling else None,
            "columns": self._encrypted(at, now),
            **({"rows": self._rows_encrypted(at, rows)} if rows else {}),
        }

    @property
    def warned(self) -> tuple[Warned, ...]:
        """What to say once it was judged."""
        if not self.not_by_row:
            return ()
        named = ", ".join(masked(repr(table)) for table in self.not_by_row if table)
        return (
            Warned(
                "rows-not-compared",
                f"Rows that name several people{f' (of {named})' if named else ''} were compared with an earlier release of this asset by "
                "their people alone: there are more than a million different ones, that release kept none, or columns or tables have other "
                "names there and few of the same people. Where many left, somebody who opted out and with whom a row is shared may be told. Let a "
                "second person compare the two.",
            ),
        )

    def published(self) -> None:
        """The record of this release has its name: from now on it is missed where it is missing.

        Raises:
            NotPermitted, Fault: the folder of the settings may not be written, or is full.
        """
        try:
            put_anew(self._count_file, b"%d\n" % (len(self._earlier) + 1))
        except OSError as error:
            raise explained(error, "the number of the asset's records") from None

    @property
    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)

    def _encrypted(self, at: int, released: Released) -> str:
        sets = {name: (one.kept.packed(), one.everybody.packed()) for name, one in released.columns.items()}
        form = json.dumps({name: [len(one) for one in packed] for name, packed in sets.items()}).encode()
        return self._sealed(_joined(form, *(one for packed in sets.values() for one in packed)), self._place(at))

    def _rows_encrypted(self, at: int, rows: Mapping[str, PeopleByRow]) -> str:
        packed = {table: of_table.packed() for table, of_table in rows.items()}
        form = {table: (rows[table].columns, len(kept), len(others)) for table, (kept, others) in packed.items()}
        parts = [one for both in packed.values() for one in both]
        return self._sealed(_joined(json.dumps(form).encode(), *parts), self._place(at) + _ROWS)

    def _sealed(self, plain: bytes, place: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, place)).decode("ascii")

    def _opened(self, sealed: str, place: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        raw = base64.b64decode(sealed, validate=True)
        try:
            return bytes(self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], place))
        except InvalidTag:
            raise ValueError("of another key") from None

    def _decrypted(self, at: int, document: Mapping[str, str]) -> _Packed:
        plain = self._opened(document.get("columns") or document["people"], self._place(at))
        start = _LENGTH + int.from_bytes(plain[:_LENGTH])
        if "columns" not in document:  # of before 29 November 2026: the length is that of the people who were kept
            return _Packed({"": (plain[_LENGTH:start], plain[start:])})
        sets = dict[str, tuple[bytes, bytes]]()
        for name, (kept, everybody) in json.loads(plain[_LENGTH:start]).items():
            middle, end = start + kept, start + kept + everybody
            sets[name], start = (plain[start:middle], plain[middle:end]), end
        if "rows" not in document:
            return _Packed(sets)
        plain = self._opened(document["rows"], self._place(at) + _ROWS)
        start = _LENGTH + int.from_bytes(plain[:_LENGTH])
        rows = dict[str, tuple[Sequence[str], bytes, bytes]]()
        for table, (columns, kept, others) in json.loads(plain[_LENGTH:start]).items():
            middle, end = start + kept, start + kept + others
            rows[table], start = (columns, plain[start:middle], plain[middle:end]), end
        return _Packed(sets, rows)

    def _place(self, at: int) -> bytes:
        return f"{self.folded} {at}".encode()

    @property
    def _count_file(self) -> Path:
        return self.settings / f"asset {self.folded}.count"

    def _load_key(self) -> bytes:
        """Made on first use; a dry run makes none. Where records are there already, another key opens none of them."""
        path = self.settings / KEY_FILE
        if not path.exists():
            if self.dry_run:
                return bytes(_KEY)
            self.settings.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):  # another run was first: its key is the key
                put_new(path, secrets.token_bytes(_KEY))
        if path.stat().st_mode & 0o077:
            raise NotPermitted("key-exposed", f"Others may read the key {path}. Make it private: chmod 600.")
        return path.read_bytes()

    def _expected(self) -> int:
        """How many records there must be at least."""
        return int(self._count_file.read_text()) if self._count_file.exists() else 0

    def _read(self, at: int, path: Path) -> _Packed:
        try:
            document = json.loads(path.read_bytes())
            whole = check_seal(document) in self.own_keys
            whole = whole and (document["asset"], document["release"], path.stem) == (self.folded, at, f"{at:06}")
            release = self._decrypted(at, document)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, UnfitData, OSError):
            whole = False
        if not whole:
            raise _not_whole()
        return release


def _not_whole() -> NotPermitted:
    return NotPermitted(
        "asset-records",
        "The records of this asset's earlier releases are not whole: one is missing, was changed, or was made with another "
        "key. It cannot be worked out what this release would give away. Restore the data folder, and the key beside your settings.",
    )


def _unpacked(packed: _Packed) -> Released:
    rows = {table: unpacked(*of_table) for table, of_table in packed.rows.items()}
    columns = {name: Compared(_set(kept), _set(everybody)) for name, (kept, everybody) in packed.columns.items()}
    return Released(columns, rows)


def _joined(form: bytes, *parts: bytes) -> bytes:
    return b"".join((len(form).to_bytes(_LENGTH), form, *parts))


def _set(packed: bytes) -> NumberSet:
    made = NumberSet()
    made.add_packed(packed)
    return made

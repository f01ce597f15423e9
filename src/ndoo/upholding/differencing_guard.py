"""Judges whether a release, beside earlier ones of the same asset, would tell who opted out.

Whoever holds two releases can subtract one from the other. So those who went and those who came are judged apart: where they are one to
nine, or where fewer than ten of them are there or not for another reason than a choice, they stand out, and whoever joined is no
cover for whoever left. Releases can be put together too: this one is judged beside each earlier one, each two, and all of them.

Of each release the people are kept, and of the extract behind it, encrypted with a key that lies beside the settings of the account and
not in the data folder. How many records there are is known there too, so that one that is missing is missed.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.operating_system import lock as hold
from ndoo.domain.operating_system import open_file
from ndoo.domain.settings_files import user_file
from ndoo.evidence.private_files import put_anew, put_new
from ndoo.evidence.seal import check_seal
from ndoo.numbers.number_set import NumberSet

FEWEST = 10
"""Differences from which on nobody stands out: 1 to 9 are held (attack 2 of the catalogue)."""
MANY = 100_000
"""People who differ, up to which releases are put together: among more nobody stands out for having come or gone elsewhere."""
KEY_FILE = "assets.key"
_KEY, _NONCE, _LENGTH = 32, 12, 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
People = frozenset[bytes]


@dataclass(frozen=True, slots=True)
class _Release:
    """Who was in an earlier release, and who was in the extract behind it, packed."""

    kept: bytes
    everybody: bytes


@dataclass(frozen=True, slots=True)
class _Side:
    """Who is in one of two releases and not in the other, and who of them for another reason than a choice."""

    differ: NumberSet
    otherwise: NumberSet

    @property
    def tells(self) -> bool:
        """Do they stand out?"""
        return _stand_out(self.differ.count(), self.otherwise.count())

    def people(self) -> tuple[People, People] | None:
        """One by one; None where they are too many for that."""
        return None if self.differ.count() > MANY else (_people(self.differ), _people(self.otherwise))


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
    _key: bytes = b""
    _earlier: list[_Release] = field(default_factory=list)

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

    def judged(self, created: datetime, kept: NumberSet, *others: NumberSet) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the manifest says of the asset, and the record of this release, both not yet sealed.

        Args:
            kept: the people in the release; others: sets that hold everybody else who was in the extract.

        Raises:
            NotPermitted: beside an earlier release this one would tell who opted out, and no second person releases it.
        """
        everybody = _united(kept, *others)
        telling = self._tells(kept, everybody)
        if telling and not self.released_by:
            raise NotPermitted(
                "asset-difference",
                "Beside an earlier release of this asset, this one would tell who opted out: few people differ, or they differ by "
                "their choice alone. Nothing was written. Wait until more has changed, or let a second person release it: "
                "--released-by NAME.",
            )
        self.released_all_the_same = telling
        at = len(self._earlier) + 1
        return {"name": self.name, "compared_with": at - 1, "released_by": None}, {
            "kind": "asset-release",
            "asset": self.folded,
            "release": at,
            "created": created.isoformat(timespec="seconds"),
            "released_by": self.released_by if telling else None,
            "people": self._encrypted(at, kept.packed(), everybody.packed()),
        }

    def published(self) -> None:
        """The record of this release has its name: from now on it is missed where it is missing.

        Raises:
            NotPermitted, Fault: the folder of the settings may not be written, or is full.
        """
        try:
            put_anew(self._count_file, b"%d\n" % (len(self._earlier) + 1))
        except OSError as error:
            raise explained(error, "the number of the asset's records") from None

    def _tells(self, kept: NumberSet, everybody: NumberSet) -> bool:
        gone, came = list[tuple[People, People]](), list[tuple[People, People]]()
        for earlier in self._earlier:
            then, all_then = _unpacked(earlier.kept), _unpacked(earlier.everybody)
            sides = _apart(then, kept, everybody), _apart(kept, then, all_then)
            if any(side.tells for side in sides):
                return True
            for side, told in zip(sides, (gone, came), strict=True):
                if (people := side.people()) is not None:
                    told.append(people)
        return _tell_together(gone, came)

    @property
    def _cipher(self) -> Any:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)

    def _encrypted(self, at: int, kept: bytes, everybody: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE)
        plain = len(kept).to_bytes(_LENGTH) + kept + everybody
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain, self._place(at))).decode("ascii")

    def _decrypted(self, at: int, text: str) -> _Release:
        from cryptography.exceptions import InvalidTag

        raw = base64.b64decode(text, validate=True)
        try:
            plain = self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], self._place(at))
        except InvalidTag:
            raise ValueError("of another key") from None
        end = _LENGTH + int.from_bytes(plain[:_LENGTH])
        return _Release(plain[_LENGTH:end], plain[end:])

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

    def _read(self, at: int, path: Path) -> _Release:
        try:
            document = json.loads(path.read_bytes())
            whole = check_seal(document) in self.own_keys
            whole = whole and (document["asset"], document["release"], path.stem) == (self.folded, at, f"{at:06}")
            release = self._decrypted(at, document["people"])
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


def _stand_out(differ: int, otherwise: int) -> bool:
    """Would so many people, so many of them for another reason than a choice, be known to have chosen?"""
    return differ > 0 and min(differ, otherwise) < FEWEST


def _tell_together(gone: Sequence[tuple[People, People]], came: Sequence[tuple[People, People]]) -> bool:
    """Does this release tell with another, or with all others, what it does not tell alone?

    Put together, few people who came and went are met all the time; they tell only where one of them did so by choice.
    """
    together = [(one - other, otherwise - other) for (one, otherwise), (other, _) in permutations(gone, 2)]
    together += [(one & other, otherwise & as_well) for (one, otherwise), (other, as_well) in combinations(came, 2)]
    if came:
        one, otherwise = (frozenset.intersection(*people) for people in zip(*came, strict=True))
        together.append((one, otherwise))
    return any(len(one) > len(otherwise) and _stand_out(len(one), len(otherwise)) for one, otherwise in together)


def _apart(people: NumberSet, others: NumberSet, behind: NumberSet) -> _Side:
    """Who is not among the others. `behind`: who was in the extract behind these, and is not there by choice."""
    differ = _united(people)
    differ.discard_all(others)
    otherwise = _united(differ)
    otherwise.discard_all(behind)
    return _Side(differ, otherwise)


def _united(*sets: NumberSet) -> NumberSet:
    made = NumberSet()
    for one in sets:
        made.add_all(one)
    return made


def _unpacked(packed: bytes) -> NumberSet:
    made = NumberSet()
    made.add_packed(packed)
    return made


def _people(some: NumberSet) -> People:
    return frozenset(b"".join(some.lines()).split())

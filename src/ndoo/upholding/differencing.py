"""Would this release, beside an earlier one of the same asset, tell who opted out?

Whoever holds two releases can subtract one from the other. Where they differ by one to nine people, and where everybody who
is in one but not in the other is there or not because of a choice, the difference names people who opted out or came back.

Earlier releases are kept as sealed tags: keyed digests of small ranges of the set of people, without their places. Without the
key, which lives in the data folder, they say nothing; no number is in them. As many tags differ as ranges do, and these
are never more than the people: so what is held for few differences is never let through, and seldom held for nothing.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import names_somebody
from ndoo.evidence.seal import Sealer, check_seal
from ndoo.numbers.number_set import NumberSet

FEWEST = 10
"""Differences from which on nobody stands out: 1 to 9 are held (attack 2 of the catalogue)."""
_PIECE = 512
_TAG = 8
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}")
Tags = frozenset[bytes]


def tags(key: bytes, purpose: bytes, people: NumberSet, *others: NumberSet) -> Tags:
    """A keyed digest of every range of 4,096 possible people in which anybody of these sets is."""
    return frozenset(
        hashlib.blake2b(place.to_bytes(4) + piece, digest_size=_TAG, key=key, person=purpose).digest()
        for place, piece in people.pieces(_PIECE, *others)
    )


def different(one: Tags, other: Tags) -> int:
    """At least so many people are in one of two sets and not in the other; 0 only where they are the same."""
    return max(len(one - other), len(other - one))


@dataclass(frozen=True, slots=True)
class _Release:
    """Who was in an earlier release, and who was in the extract behind it."""

    kept: Tags
    everybody: Tags


@dataclass(slots=True)
class Asset:
    """The releases of one asset. Use `opened`: inside, no other run releases it.

    Args:
        folder: where the records of all assets lie.
        released_by: the second person who releases although a difference tells, as the caller names them: nobody
            has checked who they are, or that they agreed. None: nobody does.
    """

    name: str
    folder: Path
    sealer: Sealer
    released_by: str | None = None
    dry_run: bool = False
    """Is nothing to be left behind, not even the asset's folder?"""
    _earlier: list[_Release] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or names_somebody(self.name) or self.name.endswith((".", " ")):
            raise UsageFault(
                "asset-name", "An asset's name is 1 to 80 letters, digits, spaces, dots, hyphens and underscores, and no number of a person."
            )  # fmt: skip

    @property
    def _own(self) -> Path:
        return self.folder / self.name

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
            lock = os.open(self._own / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise explained(error, "the records of the asset") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._earlier = [self._read(at, path) for at, path in enumerate(sorted(self._own.glob("*.json")), start=1)]
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

    def judged(self, created: datetime, kept: NumberSet, *others: NumberSet) -> tuple[dict[str, Any], dict[str, Any]]:
        """What the manifest says of the asset, and the record of this release, both not yet sealed.

        Args:
            kept: the people in the release; others: sets that hold everybody else who was in the extract.

        Raises:
            NotPermitted: beside an earlier release this one would tell who opted out, and no second person releases it.
        """
        key = self.sealer.secret_for(b"asset releases")
        now = _Release(tags(key, b"kept", kept), tags(key, b"everybody", kept, *others))
        telling = any(_tells(earlier, now) for earlier in self._earlier)
        if telling and not self.released_by:
            raise NotPermitted(
                "asset-difference",
                "Beside an earlier release of this asset, this one would tell who opted out: few people differ, or they differ by "
                "their choice alone. Nothing was written. Wait until more has changed, or let a second person release it: "
                "--released-by NAME.",
            )
        told = {
            "name": self.name,
            "compared_with": len(self._earlier),
            "released_by": self.released_by if telling else None,
        }
        return told, {
            "kind": "asset-release",
            "asset": self.name,
            "release": len(self._earlier) + 1,
            "created": created.isoformat(timespec="seconds"),
            "kept": _packed(now.kept),
            "everybody": _packed(now.everybody),
        }

    def _read(self, at: int, path: Path) -> _Release:
        try:
            document = json.loads(path.read_bytes())
            whole = check_seal(document) == self.sealer.public_key
            whole = whole and (document["asset"], document["release"], path.stem) == (self.name, at, f"{at:06}")
            release = _Release(_unpacked(document["kept"]), _unpacked(document["everybody"]))
        except (ValueError, TypeError, LookupError, RecursionError, UnfitData, OSError):
            whole = False
        if not whole:
            raise NotPermitted(
                "asset-records",
                "The records of this asset's earlier releases are not whole: one is missing, was changed, or was sealed by another "
                "key. Nobody can say what this release would tell. Restore the data folder.",
            )
        return release


def _tells(earlier: _Release, now: _Release) -> bool:
    differ = different(earlier.kept, now.kept)
    return differ > 0 and min(differ, different(earlier.everybody, now.everybody)) < FEWEST


def _packed(found: Tags) -> str:
    return base64.b64encode(b"".join(sorted(found))).decode("ascii")


def _unpacked(text: str) -> Tags:
    raw = base64.b64decode(text, validate=True)
    return frozenset(raw[at : at + _TAG] for at in range(0, len(raw), _TAG))

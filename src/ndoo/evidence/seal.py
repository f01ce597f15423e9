"""Shows who made a manifest, and that it has not changed. An Ed25519 seal with a key that only its owner can read."""

from __future__ import annotations

import base64
import contextlib
import errno
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked
from ndoo.evidence.digest_commitments import PURPOSE, cover_digests, nonce_of, opening
from ndoo.evidence.document import JsonObject
from ndoo.evidence.private_files import put_anew, put_new

ALGORITHM = "Ed25519"
KEY_FILE = "seal.key"
"""One key in base64; once it was changed, JSON with every key that sealed here, the newest last."""

_KEY_BYTES = 32
_KEYS = "sealing-keys"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_PRIME = 2**255 - 19
_EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_NOBODYS_KEYS = frozenset((0, 1, _EIGHTH, _PRIME - _EIGHTH, _PRIME - 1, _PRIME, _PRIME + 1))
"""The public keys of small order (their y), under which some signatures fit any document, with no private key at all."""


def canonical(document: JsonObject) -> bytes:
    """The bytes that are sealed: JSON with sorted keys and no spaces, `seal` left out."""
    body = {key: value for key, value in document.items() if key != "seal"}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


@dataclass(frozen=True, slots=True, repr=False)
class Sealer:
    """Holds the private key and signs; it does not print."""

    _secret: bytes

    def seal(self, document: JsonObject) -> dict[str, Any]:
        """The document with its `seal`: algorithm, public key and signature, the last two in base64.

        What it says of an input or a list is covered first: see `digest_commitments`.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self._secret)
        document = cover_digests(document, self.secret_for(PURPOSE))
        return {
            **document,
            "seal": {
                "algorithm": ALGORITHM,
                "public_key": base64.b64encode(key.public_key().public_bytes_raw()).decode("ascii"),
                "signature": base64.b64encode(key.sign(canonical(document))).decode("ascii"),
            },
        }

    def secret_for(self, purpose: bytes) -> bytes:
        """32 bytes for one other purpose, from which nobody learns this key or that of another purpose."""
        return hmac.digest(self._secret, b"ndoo " + purpose, "sha256")

    def opening_of(self, document: JsonObject) -> bytes | None:
        """What opens the digests that this key covered in a manifest; None where it covered none."""
        nonce, seal = nonce_of(document), document.get("seal")
        own = isinstance(seal, dict) and seal.get("public_key") == self.public_key
        return opening(self.secret_for(PURPOSE), nonce) if own and nonce is not None else None

    def written(self) -> str:
        """The private key itself, for the file of keys alone."""
        return base64.b64encode(self._secret).decode("ascii")

    @property
    def public_key(self) -> str:
        """The public half, base64: what a recipient compares the seal with."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(self._secret).public_key()
        return base64.b64encode(key.public_bytes_raw()).decode("ascii")


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key that seals here, or that did until the next one took its place."""

    sealer: Sealer
    since: datetime | None
    """None: it is the first, and nobody wrote down when it was made."""


def check_seal(document: JsonObject) -> str:
    """The public key (base64) whose owner sealed this document.

    Raises:
        UnfitData: there is no seal, it is of another algorithm, or it does not fit.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    seal = document.get("seal")
    if not isinstance(seal, dict) or seal.get("algorithm") != ALGORITHM:
        raise UnfitData("seal-missing", "The manifest carries no Ed25519 seal.")
    try:
        if set(seal) != {"algorithm", "public_key", "signature"}:
            raise ValueError("the seal covers everything but itself, so it holds nothing else")
        public, signature = _plain(seal["public_key"]), _plain(seal["signature"])
        if _is_nobodys(public):
            raise ValueError("a key of small order")
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(document))
    except (TypeError, ValueError, RecursionError, InvalidSignature):
        raise UnfitData(
            "seal-broken", "The manifest was changed after it was sealed, or its seal is not its own."
        ) from None
    return str(seal["public_key"])


def is_public_key(text: object) -> bool:
    """Is this a public key of Ed25519 in base64, in its one proper spelling, and one that somebody can hold?"""
    try:
        raw = _plain(text) if isinstance(text, str) else b""
    except ValueError:
        return False
    return len(raw) == _KEY_BYTES and not _is_nobodys(raw)


def _is_nobodys(public: bytes) -> bool:
    return int.from_bytes(public, "little") & (2**255 - 1) in _NOBODYS_KEYS


def _plain(text: str) -> bytes:
    """Base64 in its one proper spelling: the decoder passes over stray bits at the end, which nobody could tell apart."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode("ascii") != text:
        raise ValueError("another spelling of the same bytes")
    return raw


def load_sealer(folder: Path) -> Sealer:
    """The key that seals now; made on first use, readable by its owner alone.

    Raises:
        NotPermitted, Fault: see `load_keys`.
    """
    return load_keys(folder)[-1].sealer


def load_keys(folder: Path) -> tuple[OwnKey, ...]:
    """Every key that seals here or once did, the current one last; the first is made on first use.

    Raises:
        NotPermitted: the folder or the key cannot be used, or others may read the key.
        Fault: the key file is damaged, or the disk has no room for a first one.
    """
    path = folder / KEY_FILE
    try:
        if not path.exists():
            _make(folder, path)
        if path.stat().st_mode & 0o077:
            raise NotPermitted("key-exposed", f"Others may read the sealing key {path}. Make it private: chmod 600.")
        text = path.read_bytes()
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise Fault(
                "disk-full", f"There is no room left to make the sealing key {path}. Nothing was written."
            ) from None
        raise NotPermitted(
            "key-not-usable",
            f"The sealing key {path} cannot be read or made. Set NDOO_DATA to a folder of your own.",
        ) from None
    try:
        return _parsed(text)
    except (ValueError, TypeError, LookupError, RecursionError):
        raise Fault(
            "key-damaged",
            f"The sealing key {path} is damaged. Restore it, or move it away to have a new one made.",
        ) from None


def own_keys(folder: Path) -> tuple[OwnKey, ...]:
    """As `load_keys`, and none where nothing was sealed here yet."""
    return load_keys(folder) if (folder / KEY_FILE).exists() else ()


def own_public_keys(folder: Path) -> frozenset[str]:
    """Whose seals are this account's own: those of the current key, and those of every earlier one.

    Raises:
        NotPermitted, Fault: see `load_keys`.
    """
    return frozenset(one.sealer.public_key for one in own_keys(folder))


def own_opening(document: JsonObject, keys: Sequence[OwnKey]) -> bytes | None:
    """What opens the digests that one of these keys covered in a manifest; None where none of them covered any."""
    return next((key for one in keys if (key := one.sealer.opening_of(document)) is not None), None)


def sealer_for_a_dry_run(folder: Path) -> Sealer:
    """The key in this data folder; where none was made yet, one that is forgotten with the run, because a dry run writes nothing.

    Raises:
        NotPermitted, Fault: see `load_sealer`.
    """
    return load_sealer(folder) if (folder / KEY_FILE).exists() else Sealer(secrets.token_bytes(_KEY_BYTES))


def back_up(folder: Path, target: Path) -> str:
    """Copy the keys of this data folder to a private file that is not there yet; the public half of the current one.

    Raises:
        UsageFault: nothing was sealed here yet, or the file is there. NotPermitted, Fault: see `load_keys`.
    """
    keys = own_keys(folder)
    if not keys:
        raise no_key_yet()
    try:
        put_new(target, (folder / KEY_FILE).read_bytes())
    except FileExistsError:
        raise UsageFault(
            "backup-there", f"{masked(str(target))} already exists, and a key never replaces a file. Give another name."
        ) from None
    except OSError as error:
        raise explained(error, "the backup") from None
    return keys[-1].sealer.public_key


def add_key(folder: Path, now: datetime) -> None:
    """Make a new key, which seals from now on; the earlier ones stay. One rename puts both into force, or neither.

    Only `rotate_key` calls it, which lets one run at a time.

    Raises:
        NotPermitted, Fault: see `load_keys`; or the machine refused.
    """
    new = OwnKey(Sealer(secrets.token_bytes(_KEY_BYTES)), now)
    try:
        put_anew(folder / KEY_FILE, _written((*load_keys(folder), new)))
    except OSError as error:
        raise explained(error, "the sealing key") from None


def no_key_yet() -> UsageFault:
    """The refusal to copy or to change what there is not."""
    return UsageFault(
        "key-missing", "There is no sealing key yet: it is made when something is sealed, or by ndoo key show."
    )


def _written(keys: Sequence[OwnKey]) -> bytes:
    told = [{"secret": one.sealer.written(), "since": one.since and one.since.isoformat()} for one in keys]
    return (json.dumps({"kind": _KEYS, "keys": told}, indent=2) + "\n").encode("ascii")


def _parsed(text: bytes) -> tuple[OwnKey, ...]:
    """Raises ValueError, TypeError or LookupError where it is no file of keys."""
    if not text.startswith(b"{"):
        return (OwnKey(_sealer(text), None),)
    document = json.loads(text)
    if document["kind"] != _KEYS:
        raise ValueError("of another kind")
    said = [(_sealer(one["secret"]), one["since"]) for one in document["keys"]]
    dates = [None if since is None else datetime.fromisoformat(since) for _, since in said]
    keys = tuple(OwnKey(*pair) for pair in zip((sealer for sealer, _ in said), dates, strict=True))
    if not keys or len({one.sealer.public_key for one in keys}) != len(keys):
        raise ValueError("no key, or one twice")
    return keys


def _sealer(text: bytes | str) -> Sealer:
    secret = base64.b64decode(text, validate=True)
    if len(secret) != _KEY_BYTES:
        raise ValueError("of another length")
    return Sealer(secret)


def _make(folder: Path, path: Path) -> None:
    """Write a new key whole before it gets its name, so that no other run can see half of it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):  # another run was first: its key is the key
        put_new(path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)))

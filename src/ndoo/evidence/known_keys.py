"""Whose seals count here: this account's own, and those of the keys that it was told to trust, each under a name."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ndoo.domain.errors import Fault, NotPermitted, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.domain.operating_system import lock, open_file
from ndoo.evidence.private_files import put_anew
from ndoo.evidence.seal import add_key, is_public_key, no_key_yet, own_keys

TRUSTED_FILE = "trusted_keys.json"
OWN = "this account"
"""The name of the key that seals here, and the beginning of those of its former ones."""
_LOCK = ".trusted_keys.lock"
_NAME = re.compile(r"[^\W_][\w .()&'/@-]{0,63}")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A public key (base64) whose seals count here, and the name by which it is known."""

    name: str
    public_key: str
    own: bool = False
    """Does this account hold its private half?"""
    since: datetime | None = None
    """From when on it has sealed here; None: nobody wrote it down, or it is somebody else's."""
    until: datetime | None = None
    """When another key of this account took its place; None: it is the current one, or somebody else's."""

    @property
    def current(self) -> bool:
        """Does it seal here now?"""
        return self.own and self.until is None


def known_own_keys(folder: Path) -> tuple[KnownKey, ...]:
    """The key that seals here, and then those that did before it, the newest first; none where nothing was sealed yet.

    Raises:
        NotPermitted, Fault: see `load_keys`.
    """
    found, until = list[KnownKey](), None
    for at, one in reversed(list(enumerate(own_keys(folder), start=1))):
        name = OWN if until is None else f"{OWN} (former key {at})"
        found.append(KnownKey(name, one.sealer.public_key, own=True, since=one.since, until=until))
        until = one.since
    return tuple(found)


def rotate_key(folder: Path, now: datetime) -> tuple[KnownKey, ...]:
    """From now on a new key seals here; all that this account has, as `known_own_keys`. Seals of the earlier ones count as before, and what they covered can be opened.

    Raises:
        UsageFault: nothing was sealed here yet. NotPermitted, Fault: the machine refused; the old key goes on sealing.
    """
    if not own_keys(folder):
        raise no_key_yet()
    with _locked(folder):
        add_key(folder, now)
    return known_own_keys(folder)


def trusted_keys(folder: Path) -> tuple[KnownKey, ...]:
    """The keys of others that are trusted here, in the order in which they were named.

    Raises:
        NotPermitted: others may write the file that says so. Fault: it is damaged, or cannot be read.
    """
    path = folder / TRUSTED_FILE
    try:
        if path.stat().st_mode & 0o022:
            raise NotPermitted(
                "trusted-keys-exposed",
                f"Others may change {path}, which says whose seals count. Make it private (chmod 600) and look it through: ndoo key list.",
            )
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise explained(error, "the file of trusted keys") from None
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    try:
        found = tuple(KnownKey(one["name"], one["public_key"]) for one in document["keys"])
        names = {one.name for one in found}
        if (
            len(names) != len(found)
            or not all(map(_is_name, names))
            or not all(is_public_key(k.public_key) for k in found)
        ):
            raise ValueError
    except (TypeError, ValueError, LookupError):
        raise _damaged(path) from None
    return found


def known_keys(folder: Path) -> tuple[KnownKey, ...]:
    """All of them, this account's own first: the current one, then the former ones."""
    return (*known_own_keys(folder), *trusted_keys(folder))


def known_as(public_key: str, folder: Path) -> str | None:
    """The name under which a key is known here; None: it is not."""
    return next((one.name for one in known_keys(folder) if one.public_key == public_key), None)


def key_named(said: str, folder: Path) -> str:
    """The public key that is meant by a key, or by the name of one that is known here.

    Raises:
        UsageFault: there is no such name, and it is no key either.
    """
    if is_public_key(said):
        return said
    found = next((one.public_key for one in known_keys(folder) if one.name == said), None)
    if found is None:
        raise UsageFault(
            "key-unknown",
            "--signed-by names neither a public key (44 characters, as `ndoo key show` prints it) nor a key that is trusted here "
            "(`ndoo key list`).",
        )
    return found


def trust(name: str, public_key: str, folder: Path) -> bool:
    """From now on the seals of this key count here. False where they did already, under that name.

    Raises:
        UsageFault: it is no name, or no key; the name or the key is taken. NotPermitted, Fault: the machine refused.
    """
    if not _is_name(name) or name.startswith(OWN):
        raise UsageFault(
            "key-name",
            "NAME is up to 64 letters, digits, spaces and marks such as - . ' ( ), begins with a letter or digit, and holds no NHS number.",
        )
    if not is_public_key(public_key):
        raise UsageFault("key-none", "KEY is not a public key: it has 44 characters, as `ndoo key show` prints them.")
    with _locked(folder):
        found = trusted_keys(folder)
        if KnownKey(name, public_key) in found:
            return False
        if any(one.name == name for one in found):
            raise UsageFault(
                "key-name-taken",
                "Another key is trusted under that name. Run `ndoo key distrust NAME` first, or give this one another name.",
            )
        if known_as(public_key, folder) is not None:
            raise UsageFault("key-known", "That key is known here already, under another name: ndoo key list.")
        _put((*found, KnownKey(name, public_key)), folder)
    return True


def distrust(name: str, folder: Path) -> None:
    """From now on the seals of the key of that name do not count any more.

    Raises:
        UsageFault: no key is trusted under it. NotPermitted, Fault: the machine refused.
    """
    with _locked(folder):
        found = trusted_keys(folder)
        left = [one for one in found if one.name != name]
        if len(left) == len(found):
            near = did_you_mean(name, [one.name for one in found])
            raise UsageFault(
                "key-name-unknown",
                f"No key is trusted under the name {masked(name)!r}.{near} See the names with `ndoo key list`.",
            )
        _put(left, folder)


def _put(keys: Sequence[KnownKey], folder: Path) -> None:
    document = {"kind": "trusted-keys", "keys": [{"name": one.name, "public_key": one.public_key} for one in keys]}
    try:
        put_anew(folder / TRUSTED_FILE, (json.dumps(document, indent=2) + "\n").encode())
    except OSError as error:
        raise explained(error, "the file of trusted keys") from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One run at a time changes the keys, or whom to trust."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = open_file(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise explained(error, "the data folder") from None
    try:
        lock(handle)
        yield
    finally:
        os.close(handle)


def _is_name(name: object) -> bool:
    return (
        isinstance(name, str) and bool(_NAME.fullmatch(name)) and not names_somebody(name) and not is_public_key(name)
    )


def _damaged(path: Path) -> Fault:
    return Fault(
        "trusted-keys-damaged", f"{path}, which says whose seals count, is damaged. Restore it, or move it away."
    )

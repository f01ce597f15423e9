"""The note in the data folder that says to which registers it belongs: each by its log, with the key that seals its heads.

Heads are copied where an old backup cannot reach them, and the key lies in the data folder; both can be lost or exchanged while
the database stays, and the database while they stay. The note is what makes either show (`freshness.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from ndoo.domain.errors import NotPermitted, NoUsableList
from ndoo.domain.settings import data_folder
from ndoo.evidence.private_files import put_anew
from ndoo.evidence.seal import load_sealer

NOTE_FILE = "register.json"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class RegisterNote:
    """What the data folder knows of its registers."""

    sealed_by: Mapping[str, str] = field(default_factory=dict)
    """By the name of the log: the public key that sealed its heads from here."""


def read_note() -> RegisterNote | None:
    """The note of this data folder; None where no register was ever made or used from it.

    Raises:
        NotPermitted: it cannot be read. NoUsableList: it is damaged.
    """
    path = data_folder() / NOTE_FILE
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_LARGEST))["sealed_by"]
        if not all(isinstance(word, str) for pair in said.items() for word in pair):
            raise ValueError("not of this form")
    except FileNotFoundError:
        return None
    except OSError:
        raise _unusable() from None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise NoUsableList(
            "register-note-damaged",
            "The file register.json in the data folder, which says to which register it belongs, is damaged. Restore it, or move "
            "it away and run `ndoo ledger accept`.",
        ) from None
    return RegisterNote(said)


def write_note(note: RegisterNote) -> None:
    """Whole or not at all.

    Raises:
        NotPermitted: the data folder cannot be used.
    """
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_anew(folder / NOTE_FILE, _written(note))
    except OSError:
        raise _unusable() from None


def _written(note: RegisterNote) -> bytes:
    return json.dumps({"sealed_by": dict(note.sealed_by)}, sort_keys=True).encode("ascii")


EMPTY_NOTE = _written(RegisterNote())
"""What stands in a data folder from which no register was used."""


def note_first_use() -> None:
    """No register was used from this data folder before, and from now on there is a note. Where there is one, nothing changes.

    Raises:
        As `read_note` and `write_note`.
    """
    if read_note() is None:
        write_note(RegisterNote())


def note_log(log: str) -> None:
    """From now on this data folder belongs to the register with this log, under the key that seals now; where it did, nothing changes."""
    known, current = (read_note() or RegisterNote()).sealed_by, load_sealer(data_folder()).public_key
    if known.get(log) != current:
        write_note(RegisterNote({**known, log: current}))


def key_before(log: str) -> str | None:
    """The public key that sealed the heads of this log from here until another took its place; None where none did."""
    said = (read_note() or RegisterNote()).sealed_by.get(log)
    return None if said == load_sealer(data_folder()).public_key else said


def forget(*logs: str) -> None:
    """A person has given up these logs, or what was known of their keys and heads."""
    known = (read_note() or RegisterNote()).sealed_by
    write_note(RegisterNote({log: key for log, key in known.items() if log not in logs}))


def _unusable() -> NotPermitted:
    return NotPermitted("data-folder", "The data folder cannot be used. Set NDOO_DATA to a folder of your own.")

"""The sealed record that `ndoo check` writes beside a cleaned list: of which bytes, checked when.

Whoever sealed it, it is worth more than a date that is typed: it goes with these bytes and no others. Where there is one, it
must fit, and nothing that is said on the command line may contradict it.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.domain.london import instant, london_date, spoken
from ndoo.domain.operating_system import open_file
from ndoo.evidence.document import parse_document
from ndoo.evidence.manifest import SUFFIX
from ndoo.evidence.seal import check_seal

KIND = "check"
_LARGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class ListRecord:
    """What the record says of its list, and the public key that sealed it."""

    checked_at: datetime | date
    sha256: str | None
    """None for a list of one person, or of nobody."""
    bytes: int
    sealed_by: str

    def judge_polarity(self, polarity: Polarity) -> None:
        """Raises NoUsableList where the list is taken for one of those who must go."""
        if polarity is not Polarity.ALLOWED:
            raise NoUsableList(
                "list-is-cleaned",
                "This is a cleaned list: the record beside it says that it names those who may stay. Give it with --allowed.",
            )

    def judge_day(self, checked_at: datetime | date | None) -> None:
        """Raises NoUsableList where another day was named as that of the check."""
        if checked_at is not None and london_date(checked_at) != london_date(self.checked_at):
            raise NoUsableList(
                "list-date-contradicted",
                f"The record beside the list says that it was checked at {spoken(self.checked_at)}, and --checked-at names another "
                "day. Leave --checked-at out.",
            )

    def judge_bytes(self, sha256: str, size: int) -> None:
        """Raises NoUsableList where the list is not the one that the record was sealed for."""
        if size != self.bytes or self.sha256 not in (None, sha256):
            raise NoUsableList(
                "list-not-its-record",
                "The list is not the one of the record beside it: it was changed, cut off or replaced after its check. Get both again; or, if it is another list, move it to a folder of its own.",
            )


def record_beside(path: Path) -> ListRecord | None:
    """The record of the check that this list came from; None where none stands beside it.

    Raises:
        NoUsableList: what stands there cannot be read, was changed after it was sealed, or says that nobody was checked.
    """
    raw = _raw(path)
    if raw is None:
        return None
    document = parse_document(raw)
    if document is not None and document.get("kind") not in (None, KIND):
        return None  # the manifest of a release says nothing of a check
    if document is None or not isinstance(output := document.get("output"), dict):
        raise _unreadable()
    try:
        sealed_by = check_seal(document)
    except UnfitData:
        raise NoUsableList(
            "list-record-broken",
            "The record beside the list was changed after it was sealed. Get the list and its record again.",
        ) from None
    if document.get("checked_at") is None:
        raise NoUsableList(
            "list-never-checked",
            "The record beside the list says that no one on it was checked, because the opt-out did not apply to the flow that it "
            "was made for. It is not a cleaned list: ask for a check.",
        )
    try:
        checked_at, sha256, size = instant(str(document["checked_at"])), output["sha256"], output["bytes"]
    except (ValueError, LookupError):
        raise _unreadable() from None
    if type(size) is not int or not (sha256 is None or isinstance(sha256, str)):
        raise _unreadable()
    return ListRecord(checked_at, sha256, size, sealed_by)


def _raw(path: Path) -> bytes | None:
    """What stands beside the list, or beside the file that a link to it leads to; None where nothing does."""
    for place in dict.fromkeys((path, Path(os.path.realpath(path)))):
        try:
            with os.fdopen(open_file(place.with_name(place.name + SUFFIX), os.O_RDONLY), "rb") as file:
                return file.read(_LARGEST)
        except (FileNotFoundError, NotADirectoryError, ValueError):  # the last for a path without a name, such as .
            continue
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG:
                raise _unreadable() from None
    return None


def _unreadable() -> NoUsableList:
    return NoUsableList(
        "list-record-unreadable",
        "The record beside the list (its name, and .manifest.json) cannot be read as one of ndoo's. Get the list and its record again.",
    )

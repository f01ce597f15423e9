"""No NHS number in anything that is said, named or recorded: the check that every command run in the suite passes."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from ndoo.domain.nhs_number import NHSNumber, read

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_HEXADECIMAL = re.compile(f"(?<![0-9a-f])(?:[0-9a-f]{{64}}|[0-9a-f]{{32}}|{_UUID})(?![0-9a-f])", re.IGNORECASE)
_TEN_DIGITS = re.compile(r"(?<![0-9])([0-9]{3})[ _-]?([0-9]{3})[ _-]?([0-9]{4})(?![0-9])")


def numbers_in(text: str) -> int:
    """How many valid NHS numbers stand in a text, in any of the forms that people write.

    SHA-256 digests and random names of 32 hexadecimal digits, UUIDs and MESH's message ids among them, are left aside: one in a hundred digests and one in three
    hundred names have ten digits in a row that pass the check by chance.
    """
    return sum(
        isinstance(read("".join(groups)), NHSNumber) for groups in _TEN_DIGITS.findall(_HEXADECIMAL.sub("", text))
    )


def nobodys_name() -> str:
    """A random name of letters alone: among hundreds with digits, one would hold what is a valid NHS number by chance."""
    return secrets.token_hex(12).translate({ord("0") + at: ord("g") + at for at in range(10)})


def assert_silent(text: str, where: str) -> None:
    """Fails, without repeating the number, where one stands in `text`."""
    assert numbers_in(text) == 0, f"an NHS number stands in {where}"


def assert_folder_silent(folder: Path) -> None:
    """No number in a file's name, in a manifest, or in what a run that ended should not have left."""
    for path in folder.rglob("*"):
        assert_silent(path.name, "a file's name")
        assert not path.name.endswith((".part", ".ndoo-lock")), "a draft or a lock was left behind"
        if path.name.endswith(".manifest.json"):
            assert_silent(path.read_text(encoding="ascii"), "a manifest")

"""No real person and no machine of ours is in the repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ndoo.domain.nhs_number import NHSNumber, check_digit, range_of, read
from tests.conftest import ROOT

TEN_DIGITS = re.compile(r"(?<![0-9A-Za-z])([0-9]{3})[ _-]?([0-9]{3})[ _-]?([0-9]{4})(?![0-9A-Za-z])")
HOMES = re.compile(
    "|".join([r"/(?:home|Users)" + r"/[a-z]", "/wo" + "rk/", "/ro" + "ot/", r"[A-Z]:\\\\?Users\\\\?[A-Za-z]"])
)
NEVER_ISSUED = "never issued"


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def issued(text: str) -> list[int]:
    """The lines on which a valid number stands that may be a living person's."""
    lines = []
    for found in TEN_DIGITS.finditer(text):
        number = read("".join(found.groups()))
        if isinstance(number, NHSNumber):
            owner = range_of(number)
            if owner is not None and not owner.use.startswith(NEVER_ISSUED) and found[1][0] != "0":
                lines.append(text.count("\n", 0, found.start()) + 1)
    return lines


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): path.read_bytes().decode("utf-8", "replace") for path in tracked()}


def test_nobody_s_number_is_in_the_repository(texts: dict[str, str]) -> None:
    assert {name: lines for name, text in texts.items() if (lines := issued(text))} == {}


def test_no_file_is_named_after_a_person(texts: dict[str, str]) -> None:
    assert [name for name in texts if issued(name.replace("/", " "))] == []


def test_no_path_of_a_machine_is_in_the_repository(texts: dict[str, str]) -> None:
    found = {name: match.group() for name, text in texts.items() if (match := HOMES.search(text))}
    assert found == {}


@pytest.mark.parametrize("nine", ["485777345", "612345678", "712345679"])
def test_the_search_would_find_one(nine: str) -> None:
    number = nine + str(check_digit(nine))
    for text in (
        number,
        f"{nine[:3]} {nine[3:6]} {number[6:]}",
        f"nhs={number};",
        f"'{nine[:3]}-{nine[3:6]}-{number[6:]}'\n",
    ):
        assert issued("line 1\n" + text) == [2]
    assert issued(f"a{number}f") == []


@pytest.mark.parametrize(
    "path", ["/home" + "/ann/x", "see /Users" + "/ann", "C:\\Users" + "\\Ann", "/wo" + "rk/x", "/ro" + "ot/.cache"]
)
def test_the_search_would_find_a_path(path: str) -> None:
    assert HOMES.search(path)

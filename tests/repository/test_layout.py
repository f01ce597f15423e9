"""Whoever changes a module finds its tests: `tests/unit/` mirrors `src/ndoo`, and where it does not, this says where and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

TESTS, UNIT, SOURCE = ROOT / "tests", ROOT / "tests" / "unit", ROOT / "src" / "ndoo"
AT_THE_TOP = {"__init__.py", "conftest.py", "soak.py"}
"""What pytest wants there, and the program behind `make soak`. Everything that tests share is in `tests/support`."""
_IMPORT = re.compile(r"(?m)^ *from (tests(?:\.\w+)*) import ")
ELSEWHERE = {
    "": ("a frame of Spark is upheld as in a notebook", "engines/test_spark_frames.py"),
    "assets": (
        "a register, its statement and its record are made as wholes, and each form of them is read",
        "unit/assets",
    ),
    "checking": (
        "a list, a snapshot and an exchange are read as wholes, and the exchange in a simulator with faults",
        "mesh",
    ),
    "cli": ("a command is run as a person types it, with what is behind it", "unit/cli"),
    "columnar": ("files are read as wholes, healthy and damaged", "unit/columnar/test_reader_hostile_files.py"),
    "domain": ("values, errors and settings are tried through who uses them", "unit/domain"),
    "evidence": ("a manifest is made, tampered with and verified as a whole", "attack/test_manifest_tampered.py"),
    "impact": (
        "a table, its picture and its page are made of one cohort, and worked out by hand",
        "spec/test_impact.py",
    ),
    "library": ("a frame is upheld and verified as a user does it", "unit/library"),
    "numbers": ("the kernel is held to the plain validator, number by number", "unit/numbers"),
    "policy": ("a rule is tried through decisions on flows, every path of them", "spec/test_totality.py"),
    "scanning": ("a detector is tried through what a scan says of tables", "spec/test_scan_corpus.py"),
    "service": (
        "a page, a form and a record are tried through requests, with the audit that they leave",
        "unit/service",
    ),
    "statistics": ("a publication is made as a whole, and attacked", "spec/test_statistics.py"),
    "type1": ("entries are read as wholes and compared with a procedure by hand", "spec/test_type1.py"),
    "upholding": ("every engine is held to the reference, on generated data", "engines"),
}
"""Rooms, and for their modules that have no test of their own: why, and where they are tried instead."""


def modules() -> Iterator[Path]:
    """Every module of `src/ndoo` with something in it to test."""
    for path in SOURCE.rglob("*.py"):
        if path.name != "__init__.py" and "migrations" not in path.parts:
            yield path.relative_to(SOURCE)


def own_tests(module: Path) -> list[Path]:
    """The tests at the module's own place: `test_NAME.py`, or `test_NAME_AND_ITS_HARM.py`."""
    folder = UNIT / module.parent
    return [*folder.glob(f"test_{module.stem}.py"), *folder.glob(f"test_{module.stem}_*.py")]


def is_of_a_module(test: Path) -> bool:
    """Does the test's name begin with a module or a room that is at this place in `src/ndoo`?"""
    words = test.stem.removeprefix("test_").split("_")
    here = SOURCE / test.parent.relative_to(UNIT)
    names = ("_".join(words[:many]) for many in range(1, len(words) + 1))
    return any((here / f"{name}.py").is_file() or (here / name / "__init__.py").is_file() for name in names)


def test_every_unit_test_is_at_the_place_of_the_module_it_is_about() -> None:
    astray = [str(test.relative_to(ROOT)) for test in UNIT.rglob("test_*.py") if not is_of_a_module(test)]
    assert astray == [], "name it test_MODULE.py or test_MODULE_AND_THE_HARM.py, in the module's own folder"


def test_every_module_has_a_test_at_its_place_or_its_room_says_where_it_is_tried() -> None:
    without = [module for module in modules() if not own_tests(module)]
    rooms = {module.parts[0] if len(module.parts) > 1 else "" for module in without}
    assert rooms == set(ELSEWHERE), "a room without a reason, or a reason without need"
    assert [where for _, where in ELSEWHERE.values() if not (TESTS / where).exists()] == []


def test_what_tests_share_is_in_one_place() -> None:
    assert {path.name for path in TESTS.glob("*.py")} == AT_THE_TOP
    assert [path.name for path in (TESTS / "support").glob("test_*.py")] == []


def test_no_test_imports_what_has_moved() -> None:
    astray = set()
    for path in (*TESTS.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "examples").rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for name in _IMPORT.findall(path.read_text(encoding="utf-8")):
            place = ROOT.joinpath(*name.split("."))
            if not place.with_suffix(".py").is_file() and not (place / "__init__.py").is_file():
                astray.add(f"{path.relative_to(ROOT)}: {name}")
    assert astray == set()

"""Nothing is installed that nobody can account for, from an address that nobody else has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

REQUIREMENT = re.compile(r"^\s*\"?(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(\[[^]]*\])?\s*[<>=!~]=?")
INPUTS = sorted((ROOT / "requirements").glob("*.in"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def name_of(requirement: str) -> str:
    found = REQUIREMENT.match(requirement)
    assert found, requirement
    return found["name"].lower().replace("_", "-")


def why(line: str) -> str:
    return line.partition("#")[2].strip()


TABLES = {
    "dependencies": PROJECT["project"]["dependencies"],
    **PROJECT["project"]["optional-dependencies"],
}
"""What the package needs, and what each of its extras does, by the name that its table has in pyproject.toml."""
RUNTIME = {name_of(requirement) for table in TABLES.values() for requirement in table}
DECLARED = [
    (path.name, line)
    for path in INPUTS
    for line in path.read_text(encoding="utf-8").splitlines()
    if REQUIREMENT.match(line)
]


@pytest.mark.parametrize("table", TABLES)
def test_every_dependency_of_the_package_says_why_it_is_there(table: str) -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index(f"{table} = [")
    block = lines[start + 1 : lines.index("]", start)]
    assert {name_of(line) for line in block} == {name_of(requirement) for requirement in TABLES[table]}
    for line in block:
        assert len(why(line).split()) >= 3, line


@pytest.mark.parametrize(("file", "line"), DECLARED, ids=lambda value: value.split()[0])
def test_every_tool_says_why_it_is_there(file: str, line: str) -> None:
    assert name_of(line) in RUNTIME or len(why(line).split()) >= 2, "runtime dependencies say it in pyproject.toml"


def test_whoever_runs_the_service_installs_what_it_needs_and_nothing_else() -> None:
    """The container once had the tools of the tests in it."""
    asked = {name_of(line) for file, line in DECLARED if file in {"run.in", "service.in"}}
    tables = ("dependencies", "service", "postgresql")
    assert asked == {name_of(requirement) for table in tables for requirement in TABLES[table]}
    tried, installed = (
        set(
            re.findall(
                r"^[A-Za-z0-9._-]+==[^\s;\\]+", (ROOT / "requirements" / f"{name}.lock").read_text("utf-8"), re.M
            )
        )
        for name in ("dev", "service")
    )
    assert installed <= tried, "at the versions with which it was tested"
    assert "requirements/service.lock" in (ROOT / "deploy" / "Containerfile").read_text("utf-8")


def test_what_the_package_needs_is_in_the_environment_too() -> None:
    assert {name_of(line) for file, line in DECLARED if file in {"dev.in", "spark.in"}} >= RUNTIME


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_exact_versions_with_their_digests_and_no_address(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text.replace("# https://", ""), "a lock that names a registry works on one network only"
    assert not re.search(r"--(extra-)?index-url|--find-links|file:|/simple", text)
    entries = re.split(r"\n(?=[A-Za-z0-9])", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    entries = [entry for entry in entries if entry.strip()]
    assert len(entries) >= sum(file == path.with_suffix(".in").name for file, _ in DECLARED) > 0
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._-]+(\[[^]]*\])?==[^\s;]+", entry.strip()), entry.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), entry.splitlines()[0]


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.name)
def test_a_lock_holds_what_its_input_asks_for(path: Path) -> None:
    locked = {
        name_of(line)
        for line in path.with_suffix(".lock").read_text(encoding="utf-8").splitlines()
        if REQUIREMENT.match(line)
    }
    assert {name_of(line) for file, line in DECLARED if file == path.name} <= locked

"""One module knows on which operating system it runs; everything else is imported, and does the main job, where Linux is not."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, TODAY
from tests.support.numbers import some

ROOM = "domain/operating_system.py"
OWN = {"numbers/touched.py": {"/proc"}}
"""What another module may name, which asks first whether this is Linux."""
MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "msvcrt", "winreg"}
NAMES = {
    "memfd_create",
    "fchmod",
    "readv",
    "pread",
    "O_DIRECTORY",
    "O_BINARY",
    "F_FULLFSYNC",
    "geteuid",
    "getuid",
    "fork",
}
FOLDERS = {"memory": {"MAP_PRIVATE", "MAP_ANONYMOUS", "MAP_NORESERVE"}}
SOURCES = {
    path.relative_to(ROOT / "src/ndoo").as_posix(): path
    for path in sorted((ROOT / "src/ndoo").rglob("*.py"))
    if not path.is_relative_to(ROOT / "src/ndoo/service")
}
"""The service runs on Linux; the library and the command line on every platform."""


def known_of(tree: ast.AST) -> set[str]:
    """What a module knows of an operating system."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} & MODULES
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (NAMES | FOLDERS["memory"])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("/proc"):
            found.add("/proc")
    return found


def test_no_other_module_knows_the_operating_system() -> None:
    known = {name: known_of(ast.parse(path.read_text("utf-8"))) for name, path in SOURCES.items() if name != ROOM}
    assert {name: found for name, found in known.items() if found - OWN.get(name, set())} == {}
    assert known_of(ast.parse("import fcntl\nos.fchmod(1, 2)\nopen('/proc/self/maps')")) == {"fcntl", "fchmod", "/proc"}


ELSEWHERE = """
import fcntl, importlib, mmap, os, pathlib, sys, types
import click, cryptography, duckdb, ibis, pandas, polars, pyarrow.csv, pyarrow.dataset, pyarrow.parquet, sqlalchemy, zstandard
import mesh_client, highspy, openpyxl, python_calamine, ibis.backends.duckdb, ibis.backends.sqlite

flock = fcntl.flock
bytes_ = types.ModuleType("msvcrt")
bytes_.LK_LOCK, bytes_.LK_NBLCK = fcntl.LOCK_EX, fcntl.LOCK_EX | fcntl.LOCK_NB
bytes_.locking = lambda handle, mode, _: flock(handle, mode)
for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules[name] = None
sys.modules["msvcrt"] = bytes_
for name in ("memfd_create", "readv", "pread", "fchmod", "geteuid", "getuid", "O_DIRECTORY", "O_NONBLOCK", "preadv"):
    delattr(os, name)
for name in ("MAP_PRIVATE", "MAP_ANONYMOUS", "MAP_NORESERVE"):
    vars(mmap).pop(name, None)
for name in sys.argv[3:]:
    importlib.import_module(name)
from ndoo.cli.main import main
by = ["--opted-out", "go.txt", "--checked-at", sys.argv[1]]
for words in (["uphold", "in.csv", "-o", "out.csv", *by], ["verify", "out.csv", *by], ["show", "out.csv"]):
    status = main.main(words, standalone_mode=False)
    assert not status, (words, status)
"""


def test_every_module_is_imported_and_the_main_job_done_where_linux_is_not(tmp_path: Path) -> None:
    people = some(12)
    content = "nhs_number,a\r\n" + "".join(f"{one},\x1ax\r\n" for one in people)
    (tmp_path / "in.csv").write_text(content, newline="")
    (tmp_path / "go.txt").write_text(people[0] + "\n")
    names = [name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in SOURCES]
    modules = ["ndoo" if name == "__init__" else f"ndoo.{name}" for name in names if "spark" not in name]
    run = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, TODAY, "-", *modules],
        cwd=tmp_path,
        env=os.environ | {"NDOO_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    with (tmp_path / "out.csv").open(newline="") as released:
        assert released.read() == content.replace(f"{people[0]},\x1ax\r\n", "")


@pytest.mark.parametrize("name", [ROOM, *OWN])
def test_the_exceptions_are_there(name: str) -> None:
    assert name in SOURCES

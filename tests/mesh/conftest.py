"""A sandbox for each worker, mailboxes emptied for each test, and both sides as a person would run them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.profile import read_profile
from tests.conftest import TODAY, Ndoo, Said
from tests.mesh.sandbox import Sandbox, running
from tests.support.forked_ndoo import started


@pytest.fixture(scope="session")
def one_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("mesh")) as sandbox:
        yield sandbox


@dataclass(frozen=True)
class Exchange:
    """Both sides in one folder, each with a data folder of its own."""

    sandbox: Sandbox
    folder: Path
    ndoo: Ndoo
    monkeypatch: pytest.MonkeyPatch

    def put(self, name: str, numbers: list[str], end: str = "\n") -> Path:
        path = self.folder / name
        path.write_bytes("".join(number + end for number in numbers).encode())
        return path

    def asks(self, *arguments: object, timeout: float = 0, options: tuple[object, ...] = ()) -> Said:
        """`ndoo check … --mesh trust`; by default one round and no waiting."""
        self._as("trust")
        return self.ndoo(
            "check",
            "numbers.dat",
            "-o",
            "cleaned.dat",
            "--mesh",
            "trust",
            "--timeout",
            timeout,
            "--json",
            *arguments,
            *options,
        )

    def answers(self, *arguments: object) -> Said:
        """`ndoo mesh respond --once`, from `gone.dat`."""
        self._as("national")
        checked = () if "--checked-at" in arguments else ("--checked-at", TODAY)
        return self.ndoo(
            "mesh",
            "respond",
            "--profile",
            "national",
            "--once",
            "--opted-out",
            "gone.dat",
            *checked,
            "--json",
            *arguments,
        )

    def trust(self, *arguments: object) -> Said:
        """`ndoo …` on the asking side."""
        self._as("trust")
        return self.ndoo(*arguments)

    def mesh(self, *arguments: object) -> Said:
        """`ndoo mesh …` on the asking side."""
        self._as("trust")
        return self.ndoo("mesh", *arguments)

    def mailbox(self, name: str) -> NetworkMailbox:
        """The mailbox of a profile, to be used by hand."""
        return NetworkMailbox(read_profile(name))

    def cleaned(self) -> list[str]:
        return [line.rstrip(",") for line in (self.folder / "cleaned.dat").read_text().split()]

    def _as(self, side: str) -> None:
        self.monkeypatch.setenv("NDOO_DATA", str(self.folder / f"data-{side}"))


@pytest.fixture
def exchange(one_sandbox: Sandbox, tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> Exchange:
    monkeypatch.setenv("NDOO_CONFIG", str(tmp_path))
    (tmp_path / "ndoo.toml").write_text(one_sandbox.toml())
    for name in ("trust", "national"):
        with NetworkMailbox(read_profile(name)) as mailbox:
            for id in list(mailbox.waiting("")):
                mailbox.acknowledge(id)
    one_sandbox.steer(forget_calls=True)
    return Exchange(one_sandbox, tmp_path, ndoo, monkeypatch)


def as_process(folder: Path, data: Path, *arguments: Any) -> subprocess.Popen[str]:
    """`ndoo` in a process of its own, running beside the test."""
    environment = {**os.environ, "NDOO_DATA": str(data)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return started(*arguments, cwd=folder, text=True, env=environment, **streams)

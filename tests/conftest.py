"""What every test may use: a way to run `ndoo` as a person would, watched for NHS numbers in what it says."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from ndoo.cli import main as cli
from ndoo.cli import progress_line
from tests.support.canary import assert_folder_silent, assert_silent

pytest_plugins = ["tests.support.coverage_scope", "tests.support.registers"]

# No test judges how fast this machine is; the same examples everywhere, and new ones each time in `make soak`.
hypothesis.settings.register_profile("ndoo", deadline=None, derandomize="NDOO_EXPLORE" not in os.environ)
hypothesis.settings.load_profile("ndoo")

ROOT = Path(__file__).parent.parent
DATA = ROOT / "examples" / "data"
TODAY = datetime.now(UTC).astimezone().date().isoformat()


@dataclass(frozen=True)
class Said:
    """What one run of the command line came to."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> str:
        """What people read, on both streams; with --json that is all on stderr."""
        return self.err if self.out.startswith("{") else self.out + self.err

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


Ndoo = Callable[..., Said]


_places = count(1)


def _place(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A new folder. Counted here: pytest looks for the next number among all folders, of which there are thousands."""
    return tmp_path_factory.mktemp(f"{name}-{next(_places)}", numbered=False)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Each test has a folder of its own."""
    return _place(tmp_path_factory, re.sub(r"\W", "_", request.node.name)[:30])


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test has keys and settings of its own."""
    folder = _place(tmp_path_factory, "ndoo-data")
    monkeypatch.setenv("NDOO_DATA", str(folder / "data"))
    monkeypatch.setenv("NDOO_CONFIG", str(folder))
    monkeypatch.delenv("NDOO_LIST_LIMIT_DAYS", raising=False)
    return folder / "data"


@pytest.fixture
def ndoo(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Ndoo:
    """Runs `ndoo ARGUMENTS` in the test's own folder; whatever it says, logs or leaves there holds no NHS number.

    It never says how long it has been at work, or else what it says would be another thing on a busy machine.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress_line, "LOGGED", 1e6)

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["ndoo", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.run()
        out, err = capsys.readouterr()
        assert_silent(out, "what was printed")
        assert_silent(err, "what was said")
        assert_silent(caplog.text, "a log")
        assert_folder_silent(tmp_path)
        return Said(int(stop.value.code or 0), out, err)

    return run


@pytest.fixture
def demonstration(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service as a demonstration: its messages stay here. Nobody waits for a search longer than it takes."""
    from ndoo.service.choices.identity.limits import limits

    settings.NDOO = replace(settings.NDOO, demo=True, messages="demo")
    monkeypatch.setitem(limits(), "answer_step_seconds", replace(limits()["answer_step_seconds"], value=0))

"""Whoever backs up, restores, moves or upgrades a register as the page says ends where the page says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.canary import assert_silent
from tests.support.forked_ndoo import ended
from tests.support.numbers import some

PAGE = ROOT / "docs" / "how-to" / "back-up-the-register.md"
PLAIN = re.compile(r"ndoo [^$&|<>*]+")
"""One command, which means to bash what it says."""
STEP = re.compile(r"^    (?P<command>\S.*?)(?:\s+# exit status (?P<status>\d): (?P<code>[a-z-]+))?$", re.MULTILINE)


def test_the_page_is_walked(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("walk")
    environment = {name: value for name, value in os.environ.items() if name != "NDOO_DATABASE_URL"}
    environment |= {
        "NDOO_DATA": str(folder / "data"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DJANGO_SETTINGS_MODULE": "ndoo.service.settings",
    }
    steps = list(STEP.finditer(PAGE.read_text(encoding="utf-8")))
    assert len(steps) >= 14
    for step in steps:
        said = {"cwd": folder, "env": environment, "input": some(1)[0] + "\n", "timeout": 600}
        if PLAIN.fullmatch(step["command"]):
            done = ended(*shlex.split(step["command"])[1:], **said)
        else:
            done = subprocess.run(["bash", "-c", step["command"]], text=True, capture_output=True, check=False, **said)
        assert done.returncode == int(step["status"] or 0), (step["command"], done.stderr)
        assert f'"{step["code"]}"' in done.stdout or not step["code"], step["command"]
        assert_silent(done.stdout + done.stderr, step["command"])

"""A service that is put on the network has nothing left open that Django knows of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_djangos_own_deployment_checks_find_nothing(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "NDOO_"))}
    settings = {"DJANGO_SETTINGS_MODULE": "ndoo.service.settings", "NDOO_DATA": str(tmp_path), "NDOO_HTTPS": "on"}
    told = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"],
        env=bare | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert "no issues" in told.stdout

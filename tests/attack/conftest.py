"""Where is an attack played? In a folder of its own, with both lists ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.upholding.text import delimited
from tests.attack.scene import GO, MUST_GO, STAY, Scene, row, table
from tests.conftest import Ndoo
from tests.engines.databases import place, postgresql

__all__ = ["place", "postgresql", "released", "scene"]


@pytest.fixture
def scene(ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The two lists are there; the extract is for the test to write. Blocks are small, so that rows cross their edges."""
    monkeypatch.setattr(delimited, "BLOCK", 1 << 14)
    scene = Scene(tmp_path, ndoo)
    scene.put_lists()
    return scene


@pytest.fixture
def released(scene: Scene) -> Scene:
    """A release that verifies, with somebody removed and somebody held."""
    scene.put(table([*map(row, STAY), row(GO[0], MUST_GO), row("", MUST_GO)]))
    scene.upholds(6)
    assert scene.verify().status == 0
    return scene

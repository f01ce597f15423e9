"""Where is an attack played? In a folder of its own, with both lists ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.scene import Scene
from tests.conftest import Ndoo


@pytest.fixture
def scene(ndoo: Ndoo, tmp_path: Path) -> Scene:
    """The two lists are there; the extract is for the test to write."""
    scene = Scene(tmp_path, ndoo)
    scene.put_lists()
    return scene

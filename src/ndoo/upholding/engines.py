"""The registry of engines: the one place that knows which engine upholds what."""

from __future__ import annotations

from pathlib import Path

from ndoo.upholding.engine import Engine
from ndoo.upholding.files.engine import FILES
from ndoo.upholding.linked.engine import LINKED

ENGINES: tuple[Engine, ...] = (LINKED, FILES)
"""In the order in which they are asked whether they recognise a source."""


def engine_for(location: Path) -> Engine:
    """The engine that upholds what lies there."""
    return next(engine for engine in ENGINES if engine.recognises(location))

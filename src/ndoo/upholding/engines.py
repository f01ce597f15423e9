"""The registry of engines: the one place that knows which engine upholds what."""

from __future__ import annotations

from typing import Any

from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.databases.engine import SCHEMAS, TABLES
from ndoo.upholding.delta.engine import DELTA
from ndoo.upholding.engine import Engine
from ndoo.upholding.fhir.engine import FHIR
from ndoo.upholding.files.engine import FILES
from ndoo.upholding.linked_tables.engine import LINKED
from ndoo.upholding.request import Location
from ndoo.upholding.spark.engine import SPARK

ENGINES: tuple[Engine[Any], ...] = (SCHEMAS, TABLES, SPARK, DELTA, FHIR, LINKED, FILES)
"""In the order in which they are asked whether they recognise a source."""


def engine_of(kind: ReleaseKind) -> Engine[Any]:
    """The engine whose releases are of this kind."""
    return next(engine for engine in ENGINES if engine.kind is kind)


def engine_for(source: Location, asked: ReleaseKind | None) -> Engine[Any]:
    """The engine that is asked for, or the first that recognises the source."""
    if asked is not None:
        return engine_of(asked)
    return next(engine for engine in ENGINES if engine.recognises(source))

"""One Spark for all tests of a worker, on the Java of the package registry."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="Spark is not installed: make .venv/.spark")
    from ndoo.upholding.spark.session import session

    before = os.environ.pop("JAVA_HOME", None)
    one = session(**{"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g",
                     "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1"})  # fmt: skip
    yield one
    one.stop()
    os.environ.pop("JAVA_HOME")
    if before:
        os.environ["JAVA_HOME"] = before

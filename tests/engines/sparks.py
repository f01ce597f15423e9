"""One Spark for all tests of a worker, on the Java of the package registry; and what stands in for it where only files count."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

import pytest


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="Spark is not installed: make .venv/.spark")
    from ndoo.upholding.spark.session import session

    before = os.environ.pop("JAVA_HOME", None)
    settings = {
        "spark.master": "local[2]",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "1g",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(_free_port()),
    }
    one = session(**settings)
    yield one
    one.stop()
    os.environ.pop("JAVA_HOME")
    if before:
        os.environ["JAVA_HOME"] = before


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Answer(NamedTuple):
    """A row, as Spark gives it back."""

    at: int
    status: int
    code: str
    sentence: str


class OneMachine:
    """Runs here what Spark's executors run. Held to the same test as Spark by `test_spark_folders`."""

    def __init__(self, table: Any = None) -> None:
        self._table = table

    def createDataFrame(self, table: Any) -> OneMachine:
        return OneMachine(table)

    def repartitionByRange(self, _parts: int, _by: str) -> Self:
        return self

    def mapInArrow(self, function: Callable[[Iterator[Any]], Iterator[Any]], _schema: str) -> OneMachine:
        import pyarrow as pa

        return OneMachine(pa.Table.from_batches(function(iter(self._table.to_batches()))))

    def collect(self) -> list[Answer]:
        return [Answer(**row) for row in self._table.to_pylist()]

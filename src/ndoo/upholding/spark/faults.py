"""Says in a sentence without data what Spark raised: of what kind it is, and in which file, but nothing of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import PurePosixPath
from typing import Any

from ndoo.domain.errors import Fault, NdooError
from ndoo.domain.nhs_number import masked

_CONDITION = re.compile(r"[A-Z][A-Z_]*(\.[A-Z_]+)*")
_ABSENT = "No module named 'ndoo"


@contextmanager
def guarded() -> Iterator[None]:
    """What Spark says of a fault may hold a patient's row, so only its kind is shown, by the names that Spark itself has for these."""
    kinds: tuple[type[Exception], ...] = (ConnectionError,)  # where its Java is gone
    with suppress(ImportError):  # session.py says what is missing
        from pyspark.errors import PySparkException

        kinds += (PySparkException,)
    with suppress(ImportError):  # a client of Spark Connect alone does not bring it
        from py4j.protocol import Py4JError

        kinds += (Py4JError,)
    try:
        yield
    except NdooError:
        raise
    except kinds as error:
        if _ABSENT in str(error):
            raise Fault(
                "executors-lack-ndoo",
                "The Python of Spark's executors has no ndoo. Install the same version there, and say with PYSPARK_PYTHON which Python that is.",
            ) from None
        raise Fault("spark-fault", f"Spark failed ({_kind(error)}). Nothing was published.") from None


def _kind(error: Any) -> str:
    """The exception's name, Spark's own name for what happened, and the file's, as far as it says so."""
    kind = type(error).__name__
    for condition, parameters in _said(error):
        if _CONDITION.fullmatch(condition or ""):
            kind = f"{kind}, {condition}"
        if path := (parameters or {}).get("path"):
            kind = f"{kind}, in the file {masked(PurePosixPath(path).name)!r}"
    return kind


def _said(error: Any) -> list[tuple[str | None, Any]]:
    """Spark's names for a fault and for its causes, each with what it says in its text."""
    told: list[tuple[str | None, Any]] = []
    with suppress(Exception):  # where Java is gone, it says nothing more
        cause = getattr(error, "java_exception", error)
        while cause is not None:
            with suppress(Exception):  # this is no fault of Spark's own
                told.append((cause.getCondition(), cause.getMessageParameters()))
            cause = None if cause is error else cause.getCause()
    return told

"""What may stand in a log: no NHS number, and no foreign exception's words, which quote the data.

Lines are text, or with the setting `log` one JSON object each; either way they carry the id of the request that they are about.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from ndoo.domain.nhs_number import masked

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request that this thread answers; empty where it answers none."""
_SERVER = logging.getLogger("ndoo.server")


class NoNumbers(logging.Filter):
    """The last line of defence: masks numbers, and leaves of an exception its type and its place."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_no_path(one) for one in record.args)
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            record.msg = f"{record.msg} ({_named(kind, trace)})"
            record.exc_info = record.exc_text = None
        record.stack_info = None
        record.__dict__["request_id"] = masked(REQUEST_ID.get())
        return True


class Lines(logging.Formatter):
    """A line of text: when, how grave, which part, which request, what."""

    def format(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request_id", "")
        about = f"[{request}] " if request else ""
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        said = f"{about}{record.getMessage()} {facts}".rstrip()
        return f"{_moment(record)} {record.levelname} {record.name} {_one_line(said)}"


class Objects(logging.Formatter):
    """The same as one JSON object on a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := getattr(record, "request_id", ""):
            said["request"] = request
        return json.dumps(said | _facts(record))


def watch_over_faults() -> None:
    """What nobody caught is told as every other line is: Python's own way prints the exception's words."""

    def unseen(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            _SERVER.critical("A fault that nobody expected ended this process (%s)", _named(kind, trace))

    def unseen_in_thread(said: threading.ExceptHookArgs) -> None:
        _SERVER.critical("A fault that nobody expected ended a thread (%s)", _named(said.exc_type, said.exc_traceback))

    sys.excepthook = unseen
    threading.excepthook = unseen_in_thread


def _named(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    """An exception's type, and the place where it was raised."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else ""
    return f"{kind.__name__ if kind else 'error'}{place}"


def _no_path(said: object) -> object:
    """Django names the path of a request that failed: whatever somebody typed after our address."""
    return "a page" if isinstance(said, str) and said.startswith("/") else said


def _facts(record: logging.LogRecord) -> dict[str, str | int]:
    """What a line says beside its sentence; our own words and counts only."""
    facts: dict[str, str | int] = getattr(record, "facts", {})
    return facts


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _one_line(text: str) -> str:
    """Nobody who can put a line's end into a message writes a line of their own."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)

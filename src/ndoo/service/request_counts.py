"""Counts requests over all web processes of this machine: one small file in the data folder, added to under a lock.

A process that dies takes no counts with it, and what is counted is by area, kind of status and time only: nothing that was asked.
"""

from __future__ import annotations

import os
import platform
import re
import struct
import threading
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ndoo.domain.errors import NdooError
from ndoo.domain.operating_system import lock, open_file
from ndoo.domain.settings import data_folder


class Area(Enum):
    """A part of the service."""

    PUBLIC = "public"
    PATIENT = "patient"
    STAFF = "staff"
    API = "api"
    STATIC = "static"
    WATCH = "watch"


CLASSES = ("2xx", "3xx", "4xx", "5xx")
BOUNDS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Seconds: the upper ends of the first buckets; the last has none."""
_WIDTH = len(CLASSES) + len(BOUNDS) + 2  # and the bucket without an end, and microseconds in all
_ROWS = struct.Struct(f"<{_WIDTH * len(Area)}Q")
_VERSION = 1
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Counted:
    """The requests to one area.

    Attributes:
        by_class: of each of `CLASSES`.
        by_time: within each of `BOUNDS`, and slower; each request is in one of them.
        seconds: all of them together took.
    """

    by_class: tuple[int, ...]
    by_time: tuple[int, ...]
    seconds: float


def count(area: Area, status: int, seconds: float) -> None:
    """One request more. Where the file cannot be used, or a setting says of none, nothing is counted, and nobody's page fails."""
    at = list(Area).index(area) * _WIDTH
    with suppress(OSError, NdooError, struct.error), _turn:
        handle = open_file(_path(), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            lock(handle)
            counts = list(_read(handle))
            counts[at + min(max(status // 100 - 2, 0), len(CLASSES) - 1)] += 1
            counts[at + len(CLASSES) + bisect_left(BOUNDS, seconds)] += 1
            counts[at + _WIDTH - 1] += round(seconds * 1_000_000)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, _ROWS.pack(*counts))
        finally:
            os.close(handle)


def counted() -> dict[Area, Counted]:
    """What was counted on this machine since the file was made."""
    try:
        handle = open_file(_path(), os.O_RDONLY)
    except FileNotFoundError:
        counts: tuple[int, ...] = (0,) * (_WIDTH * len(Area))
    else:
        try:
            counts = _read(handle)
        finally:
            os.close(handle)
    found = {}
    for nth, area in enumerate(Area):
        row = counts[nth * _WIDTH : (nth + 1) * _WIDTH]
        found[area] = Counted(row[: len(CLASSES)], row[len(CLASSES) : -1], row[-1] / 1_000_000)
    return found


def _read(handle: int) -> tuple[int, ...]:
    said = os.read(handle, _ROWS.size)
    return _ROWS.unpack(said if len(said) == _ROWS.size else bytes(_ROWS.size))


def _path() -> Path:
    """The file of this machine: several may share a data folder."""
    machine = re.sub(r"[^a-z0-9]+", "-", platform.node().lower())
    return data_folder() / f"requests-{machine}-{_VERSION}.counts"

"""Where a job's files stand, and under which names: in private folders in the data folder, one for each job."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from datetime import datetime
from pathlib import Path

from ndoo.domain.settings import data_folder
from ndoo.service.uphold_jobs.limits import ABANDONED

INPUT, LIST, RESULT, PEOPLE = "input", "list", "result", "people"
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]+")
_LONGEST = 100
_FORMATS = (".csv", ".tsv", ".txt", ".psv", ".parquet", ".arrow", ".feather", ".dat")
_PACKED = (".gz", ".zst")


def safe_name(said: str) -> str:
    """The name of an uploaded file without its folder, or anything that a shell, a disk or a header could take amiss."""
    name = _UNSAFE.sub("_", said.replace("\\", "/").rpartition("/")[2]).strip(" .-")
    return name[-_LONGEST:].lstrip(" .-") or "extract"


def result_name(name: str) -> str:
    """visits.csv.gz becomes visits-upheld.csv.gz."""
    stem, endings = name, ""
    for ends in (_PACKED, _FORMATS):
        for ending in ends:
            if stem.lower().endswith(ending) and len(stem) > len(ending):
                stem, endings = stem[: -len(ending)], stem[-len(ending) :] + endings
                break
    return f"{stem}-upheld{endings}"


def incoming() -> Path:
    """Where uploads stand until they are a job's."""
    return _private(_root() / "incoming")


def folder(job: uuid.UUID, part: str) -> Path:
    """A folder of the job's own."""
    _private(_root() / str(job))
    return _private(_root() / str(job) / part)


def only_file(job: uuid.UUID, part: str, name: str) -> Path:
    """The path of a file of that job."""
    return folder(job, part) / name


def throw_away(job: uuid.UUID, *parts: str) -> None:
    """Delete these parts of a job's files, or all of them."""
    for path in [_root() / str(job) / part for part in parts] or [_root() / str(job)]:
        shutil.rmtree(path, ignore_errors=True)


def throw_away_abandoned(now: datetime) -> None:
    """Delete uploads of which no job was made."""
    for path in incoming().iterdir():
        if now.timestamp() - path.stat().st_mtime > ABANDONED.total_seconds():
            path.unlink(missing_ok=True)


def room_for(size: int) -> bool:
    """Has the disk room for an upload of that many bytes and its result?"""
    return shutil.disk_usage(incoming()).free > 2 * size + (64 << 20)


def _root() -> Path:
    return _private(data_folder() / "jobs")


def _private(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(path, 0o700)  # noqa: PTH101  also where somebody had made it
    return path

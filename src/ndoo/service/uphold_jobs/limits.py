"""How large, how long and how often jobs may be: the owner's settings for jobs, with their defaults.

| setting | meaning |
| --- | --- |
| `NDOO_UPLOAD_LIMIT_MB` | the largest file that may be uploaded, in MB; default 2,048 |
| `NDOO_RESULT_HOURS` | how long a result waits to be downloaded before it is deleted; default 24 |
| `NDOO_VIRUS_SCANNER` | the command that sees each upload first (`scan_for_viruses.py`); default none |
| `NDOO_JOB_MINUTES` | how long a job may take before it is stopped; default 120 |
"""

from __future__ import annotations

import re
from datetime import timedelta

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting

_NUMBER = re.compile(r"[1-9][0-9]{0,6}")

BEAT = timedelta(seconds=5)
"""How often a running job says that it is alive."""
SILENT = timedelta(seconds=60)
"""After that, its worker is taken for dead."""
WAITED = timedelta(minutes=10)
"""After that, a job that nobody began is offered to the workers again."""
ATTEMPTS = 3
"""Times that a job is begun, before it has failed."""
DEATHS = 2
"""Times that a job may end the process that reads its extract."""
ABANDONED = timedelta(hours=6)
"""After that, an upload of which nothing came is thrown away."""


def upload_limit() -> int:
    """In bytes."""
    return _whole("upload_limit_mb", 2_048) * 1_000_000


def memory_limit() -> int:
    """Of one job, in bytes."""
    return _whole("job_memory_mb", 4_096) << 20


def kept() -> timedelta:
    """How long a result waits."""
    return timedelta(hours=_whole("result_hours", 24))


def longest() -> timedelta:
    """How long a job may take."""
    return timedelta(minutes=_whole("job_minutes", 120))


def _whole(name: str, default: int) -> int:
    said = setting(name)
    if said is None:
        return default
    if not _NUMBER.fullmatch(said):
        raise UsageFault("setting", f"The setting {name} must be a whole number from 1 on.")
    return int(said)

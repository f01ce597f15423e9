"""Lets the owner's virus scanner see an uploaded file before anything else reads it.

The setting `virus_scanner` is its command, to which the path is added. It says by its exit status what it found: 0 nothing, 1 a virus
(as ClamAV's `clamdscan` and `clamscan` do). Whatever else it says, the file was not scanned, and is not read.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.domain.settings import setting
from ndoo.service.uphold_jobs.limits import longest


def has_scanner() -> bool:
    """Must a file be scanned before it is read?"""
    return bool(setting("virus_scanner"))


def scan_for_viruses(path: Path) -> None:
    """Return where nothing was found, or where no scanner is set.

    Raises:
        UnfitData: a virus was found. NotPermitted: the scanner did not do its work.
    """
    said = setting("virus_scanner")
    if not said:
        return
    try:
        status = subprocess.run(
            [*shlex.split(said), str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=longest().total_seconds(),
            check=False,
        ).returncode
    except (OSError, ValueError, subprocess.TimeoutExpired):
        status = -1
    if status == 1:
        raise UnfitData("job-virus", "The virus scanner found something in this file. Nothing was read or released.")
    if status != 0:
        raise NotPermitted(
            "job-not-scanned",
            "The virus scanner did not scan this file, so it was not read. Nothing was released. "
            "Whoever looks after the service must see to it.",
        )

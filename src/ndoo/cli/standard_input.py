"""`-` as INPUT: what comes from standard input lies in a private folder until the run ends.

It is read several times, and what was read is compared at the end, so a pipe alone would not do. A run that is killed leaves the
folder behind, locked by nobody; the next run that reads standard input sweeps it.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ndoo.cli.output_options import STANDARD
from ndoo.domain.errors import NdooError, UnfitData
from ndoo.domain.machine_faults import explained
from ndoo.domain.operating_system import lock, open_file, open_folder

NAME = "stdin"
"""What the manifest calls the input."""
_FOLDER = ".ndoo-stdin-"


@contextmanager
def read_input(source: str) -> Iterator[str]:
    """The name under which the input can be read; a private copy where it is standard input.

    Raises:
        UnfitData: nothing came. Fault, NotPermitted: there is no room for it, or no place.
    """
    if source != STANDARD:
        yield source
        return
    from ndoo.upholding.publication.publish import sweep

    try:
        folder = Path(tempfile.mkdtemp(prefix=_FOLDER))
        handle = open_folder(folder)
    except OSError as error:
        raise explained(error, "what came from standard input") from None
    try:
        lock(handle)
        sweep(folder.parent, f"{_FOLDER}{{}}", open_folder, shutil.rmtree)
        copy = folder / NAME
        try:
            with os.fdopen(open_file(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
                size = file.tell()
        except OSError as error:
            raise explained(error, "what came from standard input") from None
        if not size:
            raise UnfitData("input-empty", "Nothing came from standard input.")
        try:
            yield str(copy)
        except NdooError as error:  # the copy is nothing that anybody named
            error.sentence = error.sentence.replace(str(copy), "standard input")
            error.args = (error.sentence,)
            raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)

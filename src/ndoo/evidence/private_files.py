"""Writes a file that its owner alone may read, whole before it has its name, as keys and what says whom to trust must be."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ndoo.domain.operating_system import flush_file, flush_folder, open_file


@contextmanager
def private_draft(target: Path, content: bytes) -> Iterator[Path]:
    """The content in a file beside the target, on the disk; gone afterwards, unless it was given a name.

    Raises:
        OSError: the machine refused.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    handle = open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            flush_file(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def put_new(target: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        FileExistsError: it is. OSError: the machine refused.
    """
    with private_draft(target, content) as draft:
        os.link(draft, target)
        flush_folder(target.parent)


def put_anew(target: Path, content: bytes) -> None:
    """Write a file, in the place of an older one.

    Raises:
        OSError: the machine refused.
    """
    with private_draft(target, content) as draft:
        draft.rename(target)
        flush_folder(target.parent)

"""What a file of held rows shows, of whatever format, so that no other private file, such as a copy of a key, is taken for one."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path

_LOOKED_AT = 1 << 20
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def showing(*marks: str) -> Callable[[Path], bool]:
    """Does a file hold all of these texts, as its first and its last bytes tell, or nothing but white space?"""
    wanted = [mark.encode() for mark in marks]

    def shows(path: Path) -> bool:
        from zstandard import ZstdError

        try:
            said = _said(path).replace(b"\0", b"")  # as in UTF-16
        except (OSError, zlib.error, ZstdError):
            return False
        return not said.strip() or all(mark in said for mark in wanted)

    return shows


def _said(path: Path) -> bytes:
    from zstandard import ZstdDecompressor

    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
        if head.startswith(_GZIP):
            return zlib.decompressobj(wbits=31).decompress(head, _LOOKED_AT)
        if head.startswith(_ZSTD):
            return ZstdDecompressor().decompressobj().decompress(head)
        file.seek(max(len(head), os.fstat(file.fileno()).st_size - _LOOKED_AT))
        return head + file.read()

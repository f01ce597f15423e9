"""Which pages of a piece of memory were ever used? So that counting a few people does not read 125 MB of nothing.

The system is asked, not whoever wrote there, so no writer can forget to say so; where it does not answer, all of it counts
as used.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

_PAGEMAP = Path("/proc/self/pagemap")
"""Linux, `Documentation/admin-guide/mm/pagemap.rst`: eight bytes a page."""
_SOMEWHERE = 62
"""From this bit on: the page is in swap (62) or in memory (63). A page that was never used is in neither."""


def runs(address: int, length: int) -> Iterator[tuple[int, int]]:
    """Begin and length of each run of used pages among `length` bytes from `address` on, which begins a page."""
    pages = -(-length // mmap.PAGESIZE)
    begin = None
    for page, used in enumerate((*_used(address // mmap.PAGESIZE, pages), False)):
        if used and begin is None:
            begin = page * mmap.PAGESIZE
        elif not used and begin is not None:
            yield begin, min(page * mmap.PAGESIZE, length) - begin
            begin = None


def _used(first: int, pages: int) -> list[bool]:
    try:
        with _PAGEMAP.open("rb", buffering=0) as entries:
            entries.seek(8 * first)
            raw = entries.read(8 * pages)
    except OSError:
        raw = b""
    if len(raw) != 8 * pages:
        return [True] * pages
    return [bool(entry >> _SOMEWHERE) for entry in memoryview(raw).cast("Q")]

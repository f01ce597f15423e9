"""The pages of a piece of memory that were ever used, so that counting a few people does not read 125 MB of nothing.

The system is asked, not whoever wrote there, so no writer can forget to say so. It is believed only where it says of a page that
was just written that it is used: a system that hides its answer would make a full set look empty. Otherwise all of it counts as used.
"""

from __future__ import annotations

import mmap
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ndoo.domain.operating_system import memory, read_at
from ndoo.numbers.kernel import address_of

_PAGEMAP = Path("/proc/self/pagemap")
"""Linux, `Documentation/admin-guide/mm/pagemap.rst`: eight bytes a page."""
_HIGHEST = 7 if sys.byteorder == "little" else 0
_USED = re.compile(rb"[\x40-\xff]+", re.DOTALL)
"""Of the highest bytes of entries: the page is in swap (bit 62) or in memory (63). A page that was never used is in neither."""
_WRITTEN = memory(mmap.PAGESIZE)


def runs(address: int, length: int) -> Iterator[tuple[int, int]]:
    """Begin and length of each run of used pages among `length` bytes from `address` on, which begins a page."""
    pages = -(-length // mmap.PAGESIZE)
    for run in _USED.finditer(_tops(address // mmap.PAGESIZE, pages)):
        begin = run.start() * mmap.PAGESIZE
        yield begin, min(run.end() * mmap.PAGESIZE, length) - begin


def _tops(first: int, pages: int) -> bytes:
    """The highest byte of each page's entry."""
    raw = known = b""
    if sys.platform == "linux":  # elsewhere another file may stand there, that says something else
        with suppress(OSError), _PAGEMAP.open("rb", buffering=0) as entries:
            known = read_at(entries.fileno(), 8, 8 * _page_in_use())
            raw = read_at(entries.fileno(), 8 * pages, 8 * first)
    believed = _USED.match(known[_HIGHEST::8]) and len(raw) == 8 * pages
    return raw[_HIGHEST::8] if believed else b"\xff" * pages


def _page_in_use() -> int:
    """The number of a page that is used for certain: it is written now."""
    _WRITTEN[0] = 1
    return address_of(memoryview(_WRITTEN)) // mmap.PAGESIZE

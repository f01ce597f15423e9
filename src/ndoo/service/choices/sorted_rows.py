"""Puts the packed rows of an import into their order, however many there are: what does not fit into memory waits in a file.

That file lies in the data folder, as the register does, has no name, and is gone with the process, however that ends.
"""

from __future__ import annotations

import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator
from heapq import merge
from itertools import pairwise
from typing import IO
from weakref import finalize

from ndoo.domain.errors import Fault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import Undecided
from ndoo.domain.settings import data_folder
from ndoo.service.choices.import_row import KEY_BYTES, Reason, Refused

HELD = 500_000
"""Rows that are in memory at once, some 30 MB."""
_READ = 1_000
"""Rows of each part that are read at once."""
_REASONS: tuple[Reason, ...] = (*Refused, *Undecided)
_PLACES = {reason: at for at, reason in enumerate(_REASONS)}
_REASON_BITS = 8


class SortedRows:
    """Packed rows (`import_row.packed`): first all are added, then they are gone through in their order, as often as one likes."""

    def __init__(self) -> None:
        self._held: list[int] = []
        self._parts: list[int] = []
        self._file: IO[bytes] | None = None

    def add(self, key: int) -> None:
        """Take one in.

        Raises:
            NdooError: the data folder has no room, or cannot be used.
        """
        self._held.append(key)
        if len(self._held) >= HELD:
            self._put_aside()

    def __iter__(self) -> Iterator[int]:
        self._held.sort()
        return merge(*map(self._part, range(len(self._parts))), self._held)

    def _put_aside(self) -> None:
        self._held.sort()
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=data_folder())  # noqa: SIM115  it lives as long as they do
                finalize(self, self._file.close)
            self._file.seek(0, 2)
            self._file.write(b"".join(key.to_bytes(KEY_BYTES, "big") for key in self._held))
            self._file.flush()
        except OSError as error:
            raise explained(error, "the rows of the import, in the data folder") from None
        self._parts.append(len(self._held))
        self._held.clear()

    def _part(self, part: int) -> Iterator[int]:
        assert self._file is not None  # noqa: S101  there are parts
        at, left = sum(self._parts[:part]) * KEY_BYTES, self._parts[part]
        while left:
            self._file.seek(at)
            size = min(left, _READ) * KEY_BYTES
            if len(read := self._file.read(size)) != size:
                raise Fault(
                    "import-not-readable", "The rows of the import could not be read back. Run the import again."
                )
            at, left = at + size, left - size // KEY_BYTES
            yield from (int.from_bytes(read[one : one + KEY_BYTES], "big") for one in range(0, size, KEY_BYTES))


class RefusedRows:
    """Rows that were not taken, each counted from 1 below the heading, and why; in eight bytes each."""

    def __init__(self) -> None:
        self._rows = array("Q")
        self.reasons: Counter[str] = Counter()
        """How many, by reason."""

    def add(self, row: int, reason: Reason) -> None:
        """Take one in."""
        self._rows.append(row << _REASON_BITS | _PLACES[reason])
        self.reasons[str(reason)] += 1

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[int, Reason]]:
        """In the order in which they were added."""
        for one in self._rows:
            yield one >> _REASON_BITS, _REASONS[one & (1 << _REASON_BITS) - 1]

    def sort(self) -> None:
        """Put them into the order of the rows, as those stand already that were refused while the file was read."""
        if any(one > after for one, after in pairwise(self._rows)):
            self._rows = array("Q", sorted(self._rows))

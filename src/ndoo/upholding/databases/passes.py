"""Tells how far the work in a database has come.

A database says nothing while a statement runs, so the rows that each statement went through are counted once it is done.
"""

from __future__ import annotations

from ndoo.domain.progress import Progress


class Passes:
    """The passes of one run over the rows of its tables."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = self._size = 0

    def plan(self, rows: int) -> None:
        """So many rows, at least, will still be gone through."""
        self._size = max(self._size, self._done + rows)

    def went_through(self, rows: int) -> None:
        """A statement went through so many rows."""
        self._done += rows
        self._progress(self._done, self._size)

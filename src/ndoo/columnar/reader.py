"""What every reader of columnar files has: rows in batches of bounded size that were validated before anybody touches them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ndoo.columnar.faults import faults
from ndoo.columnar.layouts import fields_of, readable, within
from ndoo.columnar.sizes import BYTES_AT_ONCE, ROWS_AT_ONCE, in_pieces
from ndoo.domain.errors import UnfitData


class Reader(ABC):
    """A columnar file.

    Args:
        path: where it lies.

    Raises:
        UnfitData: it is damaged, encrypted, or of a kind that is not read. UsageFault, NotPermitted, Fault: see `machine_faults`.
    """

    schema: Any
    """Its Arrow schema; all names in it can be written."""
    own_dictionaries: frozenset[str] = frozenset()
    """Columns that come as dictionaries because it was asked for them, not by their type: the order of their values says nothing."""
    read_share: float = 0.0
    """How much of the file `batches` has given out, from 0 to 1."""
    _come: float = 0.0
    """The same of what `_batches` has given out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with faults():
            self.schema = self._open()
        _refuse_unwritable(self.schema)
        self._columns = [at for at, field in enumerate(self.schema) if readable(field.type)]

    @property
    def unread(self) -> list[tuple[str, str]]:
        """The columns, and their types, that `batches` leaves out, because nobody knows how they lie in memory."""
        return [(field.name, str(field.type)) for at, field in enumerate(self.schema) if at not in self._columns]

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """Every row, in order, in record batches of bounded size, each of them sound.

        Args:
            columns: the names of those that are wanted, in this order; all that can be read where it is None.

        Raises:
            UnfitData: the file is damaged there, or holds what is not read here.
        """
        return self._sound(self._batches(columns), columns)

    def _sound(self, coming: Iterator[Any], columns: Sequence[str] | None) -> Iterator[Any]:
        self._come = 0.0
        while True:
            before = self._come
            with faults():
                if (whole := next(coming, None)) is None:
                    return
                whole = whole.select(list(columns) if columns is not None else self._columns)
                self._validate(whole)
            given_out = 0
            for piece in in_pieces(whole, ROWS_AT_ONCE, BYTES_AT_ONCE):
                given_out += piece.num_rows
                self.read_share = before + (self._come - before) * given_out / whole.num_rows
                yield piece

    @abstractmethod
    def _open(self) -> Any:
        """Open the file; its schema."""

    @abstractmethod
    def _batches(self, columns: Sequence[str] | None) -> Iterator[Any]:
        """Record batches that have at least these columns, as they come; `_come` is told before each."""

    @abstractmethod
    def _validate(self, batch: Any) -> None:
        """Raises pa.ArrowInvalid where anything that says how the batch lies in memory cannot be."""


def _refuse_unwritable(schema: Any) -> None:
    """A name that is no UTF-8 cannot be said, written or compared."""
    try:
        for field in schema:
            _names(field)
    except UnicodeDecodeError:
        raise UnfitData(
            "column-name", "The name of a column is not UTF-8: it cannot be said or written. Rename the column."
        ) from None


def _names(field: Any) -> None:
    field.name.encode()
    for part in within(field.type):
        for inner in fields_of(part):
            inner.name.encode()

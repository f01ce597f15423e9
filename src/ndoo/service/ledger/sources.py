"""Where the values stand that leaves commit to: each room that keeps its own says so here, when it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ndoo.service.ledger.append import NewLeaf

Found = Mapping[str, Any] | None
"""The personal values by name, as they stand now; None where nothing stands there any more."""


@dataclass(frozen=True, slots=True)
class ValueSource:
    """One kind of place for values."""

    table: str
    """What the rows are, for people: several sources may share one."""
    values: Callable[[Sequence[Any]], Sequence[Found]]
    """What stands at each of these places (`NewLeaf.where`), in their order."""
    rows: Callable[[], int]
    """How many rows there are, each of which must be spoken for; sources of one table count the same rows."""
    of_one: Callable[[Any], int] = lambda _: 1
    """How many of them one place speaks for."""
    older: Callable[[], Iterable[NewLeaf]] = lambda: ()
    """Leaves for all rows there are: asked once, where a register is older than its ledger."""


SOURCES: dict[str, ValueSource] = {}

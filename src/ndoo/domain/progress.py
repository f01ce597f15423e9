"""Tells whoever waits how far the work has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

_EVERY = 1_000
_Item = TypeVar("_Item")


class Progress(Protocol):
    """Told how far the work has come."""

    def __call__(self, done: int, size: int | None = None, /) -> object:
        """So many stored bytes of the input were read; or, with the `size` of the whole work, which only who reads a database says, so
        many rows were gone through, each as often as it is."""
        ...


def told_to_nobody(done: int, size: int | None = None, /) -> None:
    """Progress for which nobody waits."""


def told_of_each(items: Iterable[_Item], told: Callable[[int], object]) -> Iterator[_Item]:
    """The items; `told` is called with how many were done, once in a thousand and at the end."""
    done = 0
    for item in items:
        yield item
        done += 1
        if done % _EVERY == 0:
            told(done)
    told(done)

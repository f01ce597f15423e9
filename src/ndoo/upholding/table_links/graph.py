"""The order in which tables are walked: those that others lead to come first; those that lead to each other go together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ndoo.upholding.table_links.link import Link


class Linked(Protocol):
    """A table of a folder or of a database: what it is called, and what its keys lead to."""

    @property
    def name(self) -> str: ...
    @property
    def links(self) -> tuple[Link, ...]: ...


Table = TypeVar("Table", bound=Linked)


def leading(tables: Sequence[Linked], first: Collection[str]) -> set[str]:
    """The tables that lead to a person: the `first`, with numbers of people, and all that refer to one that leads."""
    found = set(first)
    while True:
        more = {t.name for t in tables if t.name not in found and any(link.target in found for link in t.links)}
        if not more:
            return found
        found |= more


@dataclass(frozen=True, slots=True)
class NobodysTables:
    """The tables that lead to nobody and of which rows go with those of people.

    Args:
        referred: tables that lead to people refer to these, over any number of links: a row goes with the rows that alone lead to it.
        trailing: these refer to one of `referred`, and no such table to them: a row goes with the rows to which it leads.
    """

    referred: frozenset[str]
    trailing: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return self.referred | self.trailing


def beside_people(tables: Sequence[Linked], lead: Collection[str], whole: Collection[str]) -> NobodysTables:
    """Which tables that lead to nobody stand beside those that lead to people.

    Args:
        lead: the tables that lead to people.
        whole: tables of which the caller said that they lead to nobody: they stay as they are.
    """
    targets = {table.name: {link.target for link in table.links} - {*lead, *whole} for table in tables}
    referred: set[str] = set()
    waiting = [*lead]
    while waiting:
        more = targets[waiting.pop()] - referred
        referred |= more
        waiting += more
    others = [table for table in tables if table.name not in {*lead, *whole}]
    return NobodysTables(frozenset(referred), frozenset(leading(others, referred) - referred))


def rounds(tables: Sequence[Table], lead: Collection[str]) -> list[list[Table]]:
    """The tables of `lead` in groups: each group refers to itself and to earlier ones only. A group of one that does not
    refer to itself is walked once; every other is a cycle."""
    targets = {
        t.name: sorted({link.target for link in t.links if link.target in lead}) for t in tables if t.name in lead
    }
    reach = {name: _reached(name, targets) for name in targets}
    left, groups = [table for table in tables if table.name in lead], list[list[Table]]()
    while left:
        first = next(
            t for t in left if all(t.name in reach[other] for other in reach[t.name] if other not in _done(groups))
        )
        group = [t for t in left if t is first or (t.name in reach[first.name] and first.name in reach[t.name])]
        groups.append(group)
        left = [t for t in left if t not in group]
    return groups


def is_cycle(group: Sequence[Linked]) -> bool:
    """Do the rows of this group lead to rows of the same group?"""
    names = {table.name for table in group}
    return any(link.target in names for table in group for link in table.links)


def _done(groups: Sequence[Sequence[Table]]) -> set[str]:
    return {table.name for group in groups for table in group}


def _reached(name: str, targets: Mapping[str, Sequence[str]]) -> set[str]:
    """Every table that this one leads to, over any number of links."""
    seen: set[str] = set()
    waiting = list(targets[name])
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += targets[here]
    return seen

"""What becomes of the rows of a schema that lead to nobody: they go with the rows of people that alone lead to them.

The rule is that of folders (`linked_tables.nobodys_rows`). Each table that it is about gets a temporary twin with three more columns: the
best of what the rows come to that lead to it, whether one of people's leads there at all, and what the row itself comes to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ndoo.upholding.databases.database import working_name
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import SchemaTable
from ndoo.upholding.table_links.graph import beside_people
from ndoo.upholding.table_links.levels import Level
from ndoo.upholding.table_links.link import Link

_UNLED = 99
"""Worse than any level: no row is known that leads here."""


@dataclass(frozen=True, slots=True)
class _ToldAlong:
    """Rows that lead to others by one key: the column that says what they come to; none where all of them stay."""

    source: str
    column: str
    link: Link


@dataclass(frozen=True, slots=True)
class Unled:
    """Rows of a table that lead to nobody, as `linked_tables.nobodys_rows.TableFate` counts them."""

    unused: int
    unreached: int


class NobodysTwins:
    """Of one schema, in the database's own transaction.

    Args:
        twins: of each table that leads to people, its twin.
        whole: tables that stay as they are, and so does what their rows lead to.
        prefix: with which no column of the schema begins.
    """

    def __init__(
        self,
        database: PostgreSQL,
        sheets: Sequence[SchemaTable],
        twins: Mapping[str, str],
        whole: Collection[str],
        prefix: str,
    ) -> None:
        self._database, self._twins, self._whole = database, twins, whole
        self._sheets = {sheet.name: sheet for sheet in sheets}
        self._beside = beside_people(sheets, twins, whole)
        self._made = {name: working_name() for name in sorted(self._beside.names)}
        self._best, self._led, self._level = (f"{prefix}{what}" for what in ("best", "led", "level"))

    def twin(self, name: str) -> str | None:
        """The twin of a table, whose column `level` says what a row comes to; None where all of them stay."""
        return self._made.get(name)

    def follow(self, sources: Mapping[str, str], levels: Mapping[str, str]) -> None:
        """Make every twin, once those of the tables are made that lead to people.

        Args:
            sources: what the rows of each table are read from, as SQL.
            levels: what a row of each comes to by itself, as SQL.
        """
        best, led, level = self._best, self._led, self._level
        for name, twin in self._made.items():
            self._database.run(
                f"CREATE TEMPORARY TABLE {twin} ON COMMIT DROP AS SELECT *, {_UNLED} AS {best}, {_UNLED} AS {led}, "
                f"{levels[name]} AS {level} FROM {sources[name]}"
            )
        of_people = [_ToldAlong(self._twins[name], level, link) for name, link in self._links(self._twins)]
        whole = [_ToldAlong(sources[name], "", link) for name, link in self._links(self._whole)]
        among = [_ToldAlong(self._made[name], best, link) for name, link in self._links(self._made)]
        self._handed_down([*of_people, *among])
        for name in self._beside.referred:
            self._database.run(
                f"UPDATE {self._made[name]} SET {led} = {best}, {best} = CASE WHEN {best} = {_UNLED} THEN 0 ELSE {best} END"
            )
        self._handed_down([*whole, *among])
        for name in self._beside.referred:
            self._database.run(f"UPDATE {self._made[name]} SET {level} = {best}")
        self._handed_up([(name, link) for name, link in self._links(self._beside.trailing)])

    def unled(self, name: str) -> Unled | None:
        """None where people do not lead to the table."""
        if name not in self._beside.referred:
            return None
        ((unused, unreached),) = self._database.run(
            f"SELECT COUNT(*) FILTER (WHERE {self._level} = {int(Level.STAYS)} AND {self._led} <> {int(Level.STAYS)}), "
            f"COUNT(*) FILTER (WHERE {self._led} = {_UNLED}) FROM {self._made[name]}"
        )
        return Unled(unused, unreached)

    def _links(self, names: Collection[str]) -> list[tuple[str, Link]]:
        """The keys of these tables that lead to tables of which rows go with others."""
        return [
            (name, link) for name in sorted(names) for link in self._sheets[name].links if link.target in self._made
        ]

    def _handed_down(self, ways: Sequence[_ToldAlong]) -> None:
        """The best of what rows come to, to those to which they lead, until nothing changes."""
        changing = True
        while changing:
            changing = False
            for way in ways:
                better = f"p.{way.column}" if way.column else str(int(Level.STAYS))
                where = f"{self._sheets[way.link.target].meets(way.link, 'd', 'p')} AND {better} < d.{self._best}"
                changing |= self._told(self._made[way.link.target], way.source, f"{self._best} = {better}", where)

    def _handed_up(self, links: Sequence[tuple[str, Link]]) -> None:
        """The worst of what rows lead to, to them, until nothing changes."""
        changing = True
        while changing:
            changing = False
            for name, link in links:
                where = f"{self._sheets[link.target].meets(link, 'p', 'd')} AND p.{self._level} > d.{self._level}"
                there = self._made[link.target]
                changing |= self._told(self._made[name], there, f"{self._level} = p.{self._level}", where)

    def _told(self, twin: str, source: str, what: str, where: str) -> bool:
        """Was there anything to tell?"""
        if not self._database.run(f"SELECT 1 FROM {twin} AS d, {source} AS p WHERE {where} LIMIT 1"):
            return False
        self._database.run(f"UPDATE {twin} AS d SET {what} FROM {source} AS p WHERE {where}")
        return True

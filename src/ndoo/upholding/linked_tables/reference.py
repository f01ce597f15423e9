"""What is right for linked tables: the slow and obvious engine: for each row, everything that it leads to, one step at a time.

The fast walk is held to it in `tests/engines`. It keeps everything in memory and looks at it again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ndoo.domain.answers import Answer
from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.upholding.table_links.levels import Level
from ndoo.upholding.table_links.link import Link

Ask = Callable[[NHSNumber], "Answer | Undecided"]
Row = tuple[str, int]
"""A table's name and the place of a row in it."""


@dataclass(frozen=True, slots=True)
class ReferenceTable:
    """One table: its rows, by column; the columns of NHS numbers, the one that says whose a row is first, if one does."""

    rows: Sequence[Mapping[str, str]]
    own: str | None = None
    also: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    nulls: tuple[str, ...] = ()


@dataclass(slots=True)
class World:
    """All tables, which of them says who everybody is, and who may stay."""

    sheets: Mapping[str, ReferenceTable]
    person_table: str
    ask: Ask
    keep_missing: bool = False
    whole: frozenset[str] = frozenset()
    """Tables that lead to nobody and stay as they are."""
    _reached: dict[Row, set[Row]] = field(default_factory=dict)

    def levels(self) -> dict[str, list[Level]]:
        """What each row comes to."""
        best = self._best()
        for row in self.rows():  # nobody's, and no row of people's leads to it: it stays, and so does what it leads to
            if self.is_referred(row[0]) and row not in best:
                best.update(dict.fromkeys(self._nobodys_from(row), Level.STAYS))
        for row in self.rows():
            if row[0] in self.whole:
                best.update(dict.fromkeys(self._nobodys_from(row), Level.STAYS))
        return {
            name: [self._comes_to((name, at), best) for at in range(len(sheet.rows))]
            for name, sheet in self.sheets.items()
        }

    def rows(self) -> Iterator[Row]:
        """All rows of all tables."""
        return ((name, at) for name, sheet in self.sheets.items() for at in range(len(sheet.rows)))

    def unused(self, table: str) -> int | None:
        """Rows of nobody's that stay though no row of people's that stays leads to them; None where none may lead there."""
        if not self.is_referred(table):
            return None
        best, levels = self._best(), self.levels()[table]
        used = [best.get((table, at)) is Level.STAYS for at in range(len(levels))]
        return sum(level is Level.STAYS and not use for level, use in zip(levels, used, strict=True))

    def is_referred(self, table: str) -> bool:
        """Is this a table of nobody's, to which one of people's leads over tables that do not stay whole?"""
        if self.leads(table) or table in self.whole:
            return False
        return any(self.leads(other) and table in self._nobodys_tables_from(other) for other in self.sheets)

    def _comes_to(self, row: Row, best: Mapping[Row, Level]) -> Level:
        if self.leads(row[0]):
            return self._level(row)
        if row[0] in self.whole or row in best:
            return best.get(row, Level.STAYS)
        return max((best[other] for other in self._nobodys_from(row) if other in best), default=Level.STAYS)

    def _best(self) -> dict[Row, Level]:
        """Of each row of nobody's to which rows of people's lead, the best of what these come to."""
        best: dict[Row, Level] = {}
        for row in self.rows():
            if self.leads(row[0]):
                level = self._level(row)
                for other in self._nobodys_from(row) - {row}:
                    best[other] = min(level, best.get(other, level))
        return best

    def _nobodys_from(self, row: Row) -> set[Row]:
        """The row, and every row of nobody's to which it leads over such rows, but for tables that stay whole."""
        seen, waiting = {row}, [row]
        while waiting:
            here = waiting.pop()
            for link in self._links_to_nobody(here[0]):
                more = [other for other in self._there(link, here) if other not in seen]
                seen.update(more)
                waiting += more
        return seen

    def _nobodys_tables_from(self, table: str) -> set[str]:
        seen, waiting = set[str](), [table]
        while waiting:
            more = {link.target for link in self._links_to_nobody(waiting.pop())} - seen
            seen |= more
            waiting += more
        return seen

    def _links_to_nobody(self, table: str) -> list[Link]:
        return [
            link for link in self.sheets[table].links if not self.leads(link.target) and link.target not in self.whole
        ]

    def leads(self, table: str) -> bool:
        """Has this table, or one that it refers to over any number of links, numbers of people?"""
        return any(self.sheets[name].own or self.sheets[name].also for name in {table} | self._tables_from(table))

    def anchored(self, row: Row) -> bool:
        """Does it name somebody, or lead to a row that does?"""
        return any(isinstance(read(cell), NHSNumber) for here in self._from(row) for cell in self._numbers(here))

    def _level(self, row: Row) -> Level:
        return max(level for here in self._from(row) for level in self._own(here))

    def _own(self, row: Row) -> Iterator[Level]:
        """What a row comes to by itself."""
        yield Level.STAYS
        name, at = row
        sheet, cells = self.sheets[name], self.sheets[name].rows[at]
        for column in (sheet.own, *sheet.also):
            if column is not None:
                number = read(cells[column])
                if number is Undecided.MALFORMED and cells[column].strip(" ") in sheet.nulls:
                    number = Undecided.MISSING
                if number is Undecided.MISSING:
                    if (
                        column == sheet.own
                        and name == self.person_table
                        and (self.anchored(row) or not self.keep_missing)
                    ):
                        yield Level.MISSING
                    continue
                yield self._by_list(number)
        if not self.anchored(row) and not self.keep_missing:
            yield Level.MISSING
        if any(self._goes_nowhere(link, row) for link in self._leading_links(name)):
            yield Level.ORPHAN
        if self._contradicts(row):
            yield Level.AMBIGUOUS

    def _goes_nowhere(self, link: Link, row: Row) -> bool:
        blank = self._key(row, link.columns, self._by_person(link, row[0])) is None
        return not blank and not self._there(link, row)

    def _by_list(self, number: NHSNumber | Undecided) -> Level:
        answer = number if isinstance(number, Undecided) else self.ask(number)
        if answer is Answer.WITHHELD:
            return Level.REMOVED
        if answer is Answer.ALLOWED:
            return Level.STAYS
        return Level[(Undecided.NOT_COVERED if answer is Answer.UNKNOWN else answer).name]

    def _contradicts(self, row: Row) -> bool:
        """Its own number is somebody, and every link that leads to one person leads to another."""
        sheet = self.sheets[row[0]]
        own = read(sheet.rows[row[1]][sheet.own]) if sheet.own else None
        if row[0] == self.person_table or not isinstance(own, NHSNumber):
            return False
        led = [people for link in self._outward(row[0]) if (people := self._whose_there(link, row))]
        return bool(led) and all(people != {own.person} and len(people) == 1 for people in led)

    def whose(self, row: Row) -> set[int]:
        """Whose row is it: its own number's, else of those to whom it leads out of its cycle."""
        sheet = self.sheets[row[0]]
        own = read(sheet.rows[row[1]][sheet.own]) if sheet.own else None
        if isinstance(own, NHSNumber):
            return {own.person}
        if row[0] == self.person_table:
            return set()
        return {person for link in self._outward(row[0]) for person in self._whose_there(link, row)}

    def _whose_there(self, link: Link, row: Row) -> set[int]:
        return {person for other in self._there(link, row) for person in self.whose(other)}

    def _outward(self, table: str) -> list[Link]:
        return [
            link
            for link in self._leading_links(table)
            if table not in self._tables_from(link.target) and link.target != table
        ]

    def _leading_links(self, table: str) -> list[Link]:
        return [link for link in self.sheets[table].links if self.leads(link.target)]

    def _from(self, row: Row) -> set[Row]:
        """The row, and every row to which it leads over any number of links."""
        if row not in self._reached:
            seen, waiting = {row}, [row]
            while waiting:
                here = waiting.pop()
                for link in self._leading_links(here[0]):
                    for other in self._there(link, here):
                        if other not in seen:
                            seen.add(other)
                            waiting.append(other)
            self._reached[row] = seen
        return self._reached[row]

    def _there(self, link: Link, row: Row) -> list[Row]:
        """The rows that this one leads to by one link: all that have its key."""
        by_person = self._by_person(link, row[0])
        key = self._key(row, link.columns, by_person)
        if key is None:
            return []
        others = ((link.target, at) for at in range(len(self.sheets[link.target].rows)))
        return [other for other in others if self._key(other, link.target_columns, by_person) == key]

    def _key(self, row: Row, columns: Sequence[str], by_person: bool) -> tuple[str, ...] | None:
        """The cells of a key; None where one is blank. Where both sides are NHS numbers, it is the person that counts."""
        sheet = self.sheets[row[0]]
        cells = [sheet.rows[row[1]][column] for column in columns]
        if by_person:
            number = read(cells[0])
            return (str(number.person),) if isinstance(number, NHSNumber) else None
        plain = [cell.strip(" ") for cell in cells]
        return None if any(not cell or cell in sheet.nulls for cell in plain) else tuple(plain)

    def _by_person(self, link: Link, table: str) -> bool:
        here, there = self.sheets[table], self.sheets[link.target]
        return (
            len(link.columns) == 1
            and link.columns[0] in (here.own, *here.also)
            and link.target_columns[0] in (there.own, *there.also)
        )

    def _numbers(self, row: Row) -> list[str]:
        sheet = self.sheets[row[0]]
        return [sheet.rows[row[1]][column] for column in (sheet.own, *sheet.also) if column is not None]

    def _tables_from(self, table: str) -> set[str]:
        seen: set[str] = set()
        waiting = [table]
        while waiting:
            for link in self.sheets[waiting.pop()].links:
                if link.target not in seen:
                    seen.add(link.target)
                    waiting.append(link.target)
        return seen

"""What each row of a schema comes to: the worst of what it says itself and of what it leads to, over every foreign key.

Each table that leads to a person gets a temporary twin with three more columns: the row's level, whether it leads to
anybody at all, and to whom. Tables are taken after those that they refer to; in a circle, levels are handed on until nothing
changes any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.databases.database import working_name
from ndoo.upholding.databases.marked_rows import MarkedRows
from ndoo.upholding.databases.nobodys_rows import NobodysTwins, Unled
from ndoo.upholding.databases.postgresql import PostgreSQL
from ndoo.upholding.databases.read_schema import SchemaTable
from ndoo.upholding.databases.schema_choice import SchemaChoice
from ndoo.upholding.sql.decide_rows import HELD, KEPT, MENTIONS, SqlDecision
from ndoo.upholding.sql.list_table import rule_of
from ndoo.upholding.sql.read_cells import MISSING, VALID, prefix_for, script
from ndoo.upholding.table_links.graph import is_cycle, leading, rounds
from ndoo.upholding.table_links.levels import Level
from ndoo.upholding.table_links.link import Link

_LEVELS = {
    KEPT: Level.STAYS,
    **{fate: Level[reason.name] for fate, reason in HELD.items() if fate not in (MISSING, MENTIONS)},
}
"""What a fate comes to; one that removes a row is told apart by whose wish it is."""
_SEVERAL = -1
"""Instead of a number: the row leads to several people."""


class Follower:
    """Follows the keys of one schema, in the database's own transaction."""

    def __init__(
        self,
        database: PostgreSQL,
        sheets: Sequence[SchemaTable],
        choice: SchemaChoice,
        opt_outs: OptOuts,
        listed: str,
        *,
        keep_missing: bool,
    ) -> None:
        self._database = database
        self._choice = choice
        self._listed = listed
        self._keep_missing = keep_missing
        self._rule = rule_of(opt_outs, keep_missing=keep_missing)
        self._sheets = {sheet.name: sheet for sheet in sheets}
        self._twin = {sheet.name: working_name() for sheet in sheets}
        self._lead = leading(sheets, [name for name, keys in choice.keys.items() if keys])
        self._p = prefix_for([column for sheet in sheets for column in sheet.columns])
        self._marked: Mapping[str, MarkedRows] = {}
        self._nobodys = self._nobodys_rows(())

    def leads(self, sheet: SchemaTable) -> bool:
        """Does it have numbers of people, or refer to a table that leads?"""
        return sheet.name in self._lead

    def twin(self, name: str) -> tuple[str, str]:
        """The twin of a table that leads, and its column that says to whom a row leads; -1 there: to several."""
        return self._twin[name], f"{self._p}whose"

    def unled(self, sheet: SchemaTable) -> Unled | None:
        """See `NobodysTwins.unled`."""
        return self._nobodys.unled(sheet.name)

    def follow(self, marked: Mapping[str, MarkedRows], whole: Collection[str] = ()) -> None:
        """Make every twin.

        Args:
            marked: of tables in which rows are held for whom they mention.
            whole: tables that lead to nobody and stay as they are.

        Raises:
            NotPermitted: this account may make no table of the types that a table has.
        """
        self._marked = marked
        for sheet in self._sheets.values():
            self._database.refuse_making_alike(sheet.table)
        for group in rounds(list(self._sheets.values()), self._lead):
            circle = {sheet.name for sheet in group} if is_cycle(group) else set()
            for sheet in group:
                self._begun(sheet, circle)
            inner = [(sheet, link) for sheet in group for link in self._links(sheet) if link.target in circle]
            for sheet, link in inner:
                self._orphaned(sheet, link)
            self._handed_on(inner, "anchored", "p.{0} AND NOT d.{0}")
            for sheet in group:
                self._missing(sheet)
            self._handed_on(inner, "level", "p.{0} > d.{0}")
        self._nobodys = self._nobodys_rows(whole)
        others = [sheet for sheet in self._sheets.values() if not self.leads(sheet)]
        self._nobodys.follow(
            {sheet.name: self._source(sheet) for sheet in others},
            {sheet.name: self._mentions(sheet) for sheet in others},
        )

    def levels(self, sheet: SchemaTable) -> Mapping[tuple[int, bool], int]:
        """How many rows there are of each level, with and without a person."""
        if not self.leads(sheet):
            twin = self._nobodys.twin(sheet.name)
            said, source = (f"{self._p}level", twin) if twin else (self._mentions(sheet), self._source(sheet))
            level = f"SELECT {said} AS level FROM {source}"
            rows = self._database.run(f"SELECT level, COUNT(*) FROM ({level}) AS levels GROUP BY level")
            return {(said, True): count for said, count in rows}
        p = self._p
        rows = self._database.run(f"SELECT {p}level, {p}anchored, COUNT(*) FROM {self._twin[sheet.name]} GROUP BY 1, 2")
        return {(level, anchored): count for level, anchored, count in rows}

    def people(self) -> tuple[int, int, int, int]:
        """Everybody whose row there is, in any table: read, kept, removed, held; each counted once."""
        p = self._p
        every = " UNION ALL ".join(f"SELECT {p}own, {p}level FROM {self._twin[name]}" for name in self._choice.own)
        best = (
            f"SELECT MIN(CASE WHEN {p}level = 0 THEN 0 WHEN {p}level >= {int(Level.REMOVED_BY_TYPE1)} THEN 1 ELSE 2 END) AS fate "
            f"FROM ({every}) AS every WHERE {p}own IS NOT NULL GROUP BY {p}own"
        )
        ((read, kept, removed, held),) = self._database.run(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE fate = 0), COUNT(*) FILTER (WHERE fate = 1), "
            f"COUNT(*) FILTER (WHERE fate = 2) FROM ({best}) AS each"
        )
        return read, kept, removed, held

    def by_type1(self) -> dict[str, int]:
        """People with a Type 1 opt-out, in whatever table, and how many of them only that removes."""
        each = [
            f"SELECT {self._p}objector{n} AS who FROM {self._twin[name]}"
            for name, keys in self._choice.keys.items()
            for n in range(len(keys) if self._rule.type1 else 0)
        ]
        if not each:
            return {"removed": 0, "removed_by_it_alone": 0}
        ((removed, alone),) = self._database.run(
            f"SELECT COUNT(DISTINCT ABS(who)), COUNT(DISTINCT who) FILTER (WHERE who > 0) FROM ({' UNION ALL '.join(each)}) AS each"
        )
        return {"removed": removed, "removed_by_it_alone": alone}

    def rows(self, sheet: SchemaTable, names: str, *, held: bool = False) -> str:
        """The query for its rows that stay, or for those that are held."""
        twin = self._twin[sheet.name] if self.leads(sheet) else self._nobodys.twin(sheet.name)
        if twin is None:
            return f"SELECT {names} FROM {self._source(sheet)} WHERE {self._mentions(sheet)} {'>' if held else '='} 0"
        level, doubts = f"{self._p}level", f"BETWEEN {int(Level.MISSING)} AND {int(Level.REMOVED_BY_TYPE1) - 1}"
        return f"SELECT {names} FROM {twin} WHERE {level} {doubts if held else f'= {int(Level.STAYS)}'}"

    def _nobodys_rows(self, whole: Collection[str]) -> NobodysTwins:
        twins = {name: self._twin[name] for name in self._lead}
        return NobodysTwins(self._database, list(self._sheets.values()), twins, whole, self._p)

    def _source(self, sheet: SchemaTable) -> str:
        """What its rows are read from."""
        return self._marked[sheet.name].source if sheet.name in self._marked else sheet.table.quoted

    def _mentions(self, sheet: SchemaTable) -> str:
        """The level of a row by whom it mentions."""
        if sheet.name not in self._marked:
            return "0"
        return f"CASE WHEN {self._marked[sheet.name].mark} = 1 THEN {int(Level.MENTIONS)} ELSE 0 END"

    def _links(self, sheet: SchemaTable) -> list[Link]:
        return [link for link in sheet.links if link.target in self._lead]

    def _begun(self, sheet: SchemaTable, circle: set[str]) -> None:
        """The twin, with what the rows say themselves and what they lead to outside their circle."""
        p = self._p
        outer = [link for link in self._links(sheet) if link.target not in circle]
        joins = [
            f"LEFT JOIN {self._twin[link.target]} AS {p}p{n} ON {self._meets(link, f'{p}p{n}', 'o')}"
            for n, link in enumerate(outer)
        ]
        level = ["0", f"o.{p}says", *(f"COALESCE({p}p{n}.{p}level, 0)" for n in range(len(outer)))]
        level += [
            f"CASE WHEN {self._filled(link, 'o')} AND {p}p{n}.{p}level IS NULL THEN {int(Level.ORPHAN)} ELSE 0 END"
            for n, link in enumerate(outer)
        ]
        led = [f"{p}p{n}.{p}whose" for n in range(len(outer))]
        if led and sheet.name != self._choice.person_table:
            other = " AND ".join(f"COALESCE({one}, -2) NOT IN (o.{p}own, {_SEVERAL})" for one in led)
            level.append(
                f"CASE WHEN o.{p}own IS NOT NULL AND COALESCE({', '.join(led)}) IS NOT NULL AND {other} "
                f"THEN {int(Level.AMBIGUOUS)} ELSE 0 END"
            )
        anchored = " OR ".join([f"o.{p}valid", *(f"COALESCE({p}p{n}.{p}anchored, FALSE)" for n in range(len(outer)))])
        names = ", ".join(f"o.{_quoted(column.name)}" for column in sheet.columns)
        names += "".join(f", o.{name}" for name, _ in self._objectors(sheet, ""))
        self._database.run(
            f"CREATE TEMPORARY TABLE {self._twin[sheet.name]} ON COMMIT DROP AS {self._said(sheet)} "
            f"SELECT {names}, o.{p}own, o.{p}blank, GREATEST({', '.join(level)}) AS {p}level, {anchored} AS {p}anchored, "
            f"{self._whose(sheet, led)} AS {p}whose FROM {p}said AS o {' '.join(joins)}"
        )

    def _said(self, sheet: SchemaTable) -> str:
        """A common table `said`: each row with the level of its own numbers, its own number, and whether that is blank."""
        p, keys = self._p, self._choice.keys[sheet.name]
        if not keys:
            nothing = (
                f"{self._mentions(sheet)} AS {p}says, NULL::bigint AS {p}own, FALSE AS {p}valid, FALSE AS {p}blank"
            )
            return f"WITH {p}said AS (SELECT *, {nothing} FROM {self._source(sheet)})"
        deciding = SqlDecision(self._source(sheet), sheet.columns, keys, self._rule, self._listed)
        own = deciding.prefix
        says = [
            f"CASE WHEN {own}why{n} = {MISSING} THEN 0 "
            + " ".join(f"WHEN {own}answer{n} = {answer} THEN {int(level)}" for answer, level in _LEVELS.items())
            + (f" WHEN {own}lists{n} = 0 THEN {int(Level.REMOVED_BY_TYPE1)}" if self._rule.type1 else "")
            + f" ELSE {int(Level.REMOVED)} END"
            for n in range(len(keys))
        ]
        objectors = "".join(f", {said} AS {name}" for name, said in self._objectors(sheet, own))
        is_own = sheet.name in self._choice.own
        number = f"CASE WHEN {own}why0 = {VALID} THEN {own}number0 END" if is_own else "CAST(NULL AS BIGINT)"
        blank = f"{own}why0 = {MISSING}" if sheet.name == self._choice.person_table else "FALSE"
        valid = " OR ".join(f"{own}why{n} = {VALID}" for n in range(len(keys)))
        final = (
            f"SELECT *, GREATEST({self._mentions(sheet)}, {', '.join(says)}) AS {p}says, {number} AS {p}own, ({valid}) AS {p}valid, "
            f"({blank}) AS {p}blank{objectors} FROM {deciding.decided}"
        )
        head, _, tail = script(deciding.steps, final, "postgres").rpartition("\n")
        return f"{head}, {p}said AS ({tail})"

    def _objectors(self, sheet: SchemaTable, own: str) -> list[tuple[str, str]]:
        """For each column of numbers a column with that of whoever has a Type 1 opt-out, negative where the list withholds them too."""
        return [
            (
                f"{self._p}objector{n}",
                f"CASE WHEN {own}objects{n} = 1 THEN CASE WHEN {own}lists{n} = 1 THEN -{own}number{n} ELSE {own}number{n} END END",
            )
            for n in range(len(self._choice.keys[sheet.name]) if self._rule.type1 else 0)
        ]

    def _whose(self, sheet: SchemaTable, led: Sequence[str]) -> str:
        """Its own number, else the one to whom all that it leads to leads, else `_SEVERAL`."""
        own = f"o.{self._p}own"
        if sheet.name == self._choice.person_table or not led:
            return own
        return (
            f"COALESCE({own}, CASE WHEN LEAST({', '.join(led)}) = GREATEST({', '.join(led)}) THEN LEAST({', '.join(led)}) "
            f"WHEN COALESCE({', '.join(led)}) IS NOT NULL THEN {_SEVERAL} END)"
        )

    def _orphaned(self, sheet: SchemaTable, link: Link) -> None:
        p, there = self._p, self._twin[link.target]
        self._database.run(
            f"UPDATE {self._twin[sheet.name]} AS d SET {p}level = GREATEST({p}level, {int(Level.ORPHAN)}) "
            f"WHERE {self._filled(link, 'd')} AND NOT EXISTS (SELECT 1 FROM {there} AS p WHERE {self._meets(link, 'p', 'd')})"
        )

    def _missing(self, sheet: SchemaTable) -> None:
        """A row that leads to nobody; and a person's row without a number that leads to somebody."""
        p = self._p
        nobody = f"({p}blank AND {p}anchored)" if self._keep_missing else f"({p}blank OR NOT {p}anchored)"
        self._database.run(f"UPDATE {self._twin[sheet.name]} SET {p}level = 1 WHERE {p}level = 0 AND {nobody}")

    def _handed_on(self, inner: Sequence[tuple[SchemaTable, Link]], what: str, better: str) -> None:
        """Along the links of a circle, until nothing changes."""
        column = f"{self._p}{what}"
        changing = True
        while changing:
            changing = False
            for sheet, link in inner:
                mine, there = self._twin[sheet.name], self._twin[link.target]
                where = f"{self._meets(link, 'p', 'd')} AND {better.format(column)}"
                if self._database.run(f"SELECT 1 FROM {mine} AS d, {there} AS p WHERE {where} LIMIT 1"):
                    self._database.run(f"UPDATE {mine} AS d SET {column} = p.{column} FROM {there} AS p WHERE {where}")
                    changing = True

    def _meets(self, link: Link, there: str, here: str) -> str:
        return self._sheets[link.target].meets(link, there, here)

    def _filled(self, link: Link, here: str) -> str:
        """A key with a blank in it leads nowhere, as the database itself has it."""
        return " AND ".join(f"{here}.{_quoted(mine)} IS NOT NULL" for mine in link.columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

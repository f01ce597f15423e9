"""Every table once, in such an order that whatever a row leads to is settled before it; cycles twice, and what goes with others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ndoo.domain.errors import UnfitData
from ndoo.evidence.release_record import ByChance, Columns, Counts, FileRecord, Warned
from ndoo.numbers.key_index import KeyIndex, Naming
from ndoo.upholding.columns import Watch, refuse_unclassified
from ndoo.upholding.decision.row_decision import Decides
from ndoo.upholding.linked_tables import cycles
from ndoo.upholding.linked_tables.key_evidence import KeyEvidence
from ndoo.upholding.linked_tables.nobodys_rows import NobodysRows, SettledRows, TableFate
from ndoo.upholding.linked_tables.propagate import Following, Key, NumberColumn, TablePlan
from ndoo.upholding.linked_tables.tables import FolderChoice, Named, Opened, TableFile
from ndoo.upholding.other_cells.stray_numbers import MentionSearch, Sighting
from ndoo.upholding.table_links import graph, levels
from ndoo.upholding.table_links.hold_rows import refuse_holding
from ndoo.upholding.table_links.link import Link
from ndoo.upholding.table_links.people import People
from ndoo.upholding.table_links.undeclared import Nobodys, Undeclared
from ndoo.upholding.text.text_edges import refuse_lines_below


@dataclass(frozen=True, slots=True)
class Passed:
    """One file of a table that was read to its end."""

    path: str
    input: FileRecord
    kept: int
    """Rows."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What one table came to."""

    name: str
    leads_to_person: bool
    columns: Named
    files: tuple[Passed, ...]
    rows: Counts
    orphans: int = 0
    """Links to rows that are not there, each counted."""
    removed_by_type1_alone: int = 0
    mentioned: tuple[str, ...] = ()
    """Columns that nobody classified, in which rows that stay hold the number of somebody withheld."""
    ignored: tuple[Sighting, ...] = ()
    """What stands in columns that are ignored, each as TABLE.COLUMN, where that is looked at."""
    by_chance: tuple[ByChance, ...] = ()
    """As `MentionSearch.by_chance`, each column as TABLE.COLUMN."""
    naming: tuple[str, ...] = ()
    """Columns that hold NHS numbers in any way, whoever's, where that is looked for."""
    warned: tuple[Warned, ...] = ()
    """What else a person should look at."""
    unused: int | None = None
    """As `TableFate.unused`."""
    unreached: int | None = None
    """As `TableFate.unreached`."""


def mentioned_in(walked: Sequence[Walked]) -> list[str]:
    """See `Walked.mentioned`; over all tables, each column as TABLE.COLUMN."""
    return [f"{one.name}.{column}" for one in walked for column in one.mentioned]


Sinks = Callable[[TableFile], tuple[Any, Any]]
"""Where the kept and the held rows of a file go; None where nobody wants them."""


class _BytesOfFiles:
    """Tells how many bytes of all files were read, where each of them tells its own; `before` are those of the files that were read."""

    def __init__(self, progress: Callable[[int], object]) -> None:
        self._progress, self.before = progress, 0

    def __call__(self, of_file: int) -> None:
        self._progress(self.before + of_file)


class Counting(Decides, Protocol):
    """Decides, and knows what came of it."""

    def rows(self) -> Counts: ...


@dataclass(frozen=True, slots=True)
class Walk:
    """All tables of a folder past the list.

    Args:
        progress: told how many bytes of all files were read.
        watching: is a column of NHS numbers that nobody classified refused?
        ignored: columns that are ignored, each as TABLE.COLUMN, and looked at all the same.
        holding: columns, as TABLE.COLUMN, in which rows are held that mention somebody.
        nobodys: what leads to nobody, although it may look like a key. None: nobody looks for keys that were not declared.
        claimed: was it said that no NHS numbers are there? Then tables that lead to nobody are looked through for them.
    """

    tables: Sequence[Opened]
    choice: FolderChoice
    people: People
    progress: Callable[[int], object]
    watching: bool = True
    ignored: Collection[str] = ()
    holding: Sequence[str] = ()
    nobodys: Nobodys | None = None
    claimed: bool = False
    _read: _BytesOfFiles = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_read", _BytesOfFiles(self.progress))

    def through(self, sinks: Sinks) -> tuple[list[Walked], Undeclared]:
        """Walk; the tables come out in the descriptor's order, and beside them the keys that nobody declared.

        Raises:
            UnfitData: a table is damaged; see `row_faults`. UsageFault: a column of NHS numbers that nobody classified, or a table
                that was said to lead to nobody and leads to somebody. MentionsFault: see `refuse_holding`.
        """
        lead = self._leading()
        refuse_holding(
            self.holding, [one.table for one in self.tables], lead, {one.name: one.columns for one in self.tables}
        )
        indexes = self._indexes(lead)
        naming, done = Naming(), dict[str, Walked]()
        numbers = {one.name: self._named(one).columns for one in self.tables}
        evidence = KeyEvidence(self.tables, lead, numbers, self.nobodys)
        nobodys = self._nobodys_rows(lead, naming)
        by_name = {one.name: one for one in self.tables}
        for one in self.tables:
            if one.name not in lead:
                twice = nobodys.goes_with_others(one)
                counting = nobodys.gathering(one, evidence.sampling(one))
                came = self._of_nobody(one, counting, TableFate(), None if twice else sinks)
                if not twice:
                    done[one.name] = came
                evidence.went_past(one, counting.rows())
        for group in graph.rounds([one.table for one in self.tables], lead):
            members = [by_name[table.name] for table in group]
            plans = {one.name: self._plan(one, members, indexes, nobodys.refers(one)) for one in members}
            if cycle := graph.is_cycle(group):
                self._circle(members, plans, naming, indexes)
            for one in members:
                following = Following(plans[one.name], self.people, naming, tell=not cycle, sought=evidence.sought(one))
                files, mentions, warned = self._streamed(one, following, self._named(one).as_columns(), sinks)
                done[one.name] = Walked(
                    one.name,
                    True,
                    self._named(one),
                    files,
                    following.rows(),
                    following.orphans,
                    following.removed_by_type1_alone(),
                    *self._seen(one, mentions),
                    warned=warned,
                )
                evidence.went_past(one, following.rows())
        undeclared = evidence.judged()
        for name, fate in nobodys.settled().items():
            done[name] = self._of_nobody(by_name[name], SettledRows(fate), fate, sinks)
        return [done[one.name] for one in self.tables], undeclared

    def _nobodys_rows(self, lead: Collection[str], naming: Naming) -> NobodysRows:
        whole = self.nobodys.tables if self.nobodys else frozenset[str]()
        beside = graph.beside_people([one.table for one in self.tables], lead, whole)
        return NobodysRows(self.tables, naming, beside, whole)

    def _of_nobody(self, one: Opened, counting: Counting, fate: TableFate, sinks: Sinks | None) -> Walked:
        """A table that leads to nobody."""
        files, mentions, warned = self._streamed(one, counting, Columns(None, ""), sinks)
        mentioned, ignored, by_chance = self._seen(one, mentions)
        return Walked(
            one.name,
            False,
            self._named(one),
            files,
            counting.rows(),
            removed_by_type1_alone=counting.removed_by_type1_alone() if isinstance(counting, SettledRows) else 0,
            mentioned=mentioned,
            ignored=ignored,
            by_chance=by_chance,
            naming=mentions.columns_naming() if self.claimed else (),
            warned=warned,
            unused=fate.unused,
            unreached=fate.unreached,
        )

    def _leading(self) -> set[str]:
        """Without a list nobody is asked about, and every row of every table stays."""
        if self.choice.person_table is None:
            return set()
        with_people = [one.name for one in self.tables if self._named(one).columns]
        return graph.leading([one.table for one in self.tables], with_people)

    def _named(self, one: Opened) -> Named:
        return self.choice.named.get(one.name, Named())

    def _indexes(self, lead: set[str]) -> dict[tuple[str, tuple[str, ...], bool], KeyIndex]:
        """One index for each way in which a table that leads is referred to: table, columns, and whether by person."""
        links = [(one, link) for one in self.tables for link in one.table.links if link.target in lead]
        return {self._way(one, link): KeyIndex() for one, link in links}

    def _way(self, one: Opened, link: Link) -> tuple[str, tuple[str, ...], bool]:
        by_person = (
            len(link.columns) == 1
            and link.columns[0] in self._named(one).columns
            and link.target_columns[0] in self.choice.named[link.target].columns
        )
        return link.target, link.target_columns, by_person

    def _plan(
        self,
        one: Opened,
        members: Sequence[Opened],
        indexes: dict[tuple[str, tuple[str, ...], bool], KeyIndex],
        refers: tuple[Key, ...],
    ) -> TablePlan:
        cycle, named = {other.name for other in members}, self._named(one)
        says_who = one.name == self.choice.person_table
        blank = levels.BLANK_NAMES_NOBODY
        if says_who:
            blank = levels.BLANK_MAY_STAY if self.people.keep_missing else levels.BLANK_IS_A_DOUBT
        links = []
        for link in one.table.links:
            way = self._way(one, link)
            if way in indexes:
                inner = link.target in cycle
                links.append(Key(link.columns, indexes[way], way[2], inner, tells_whose=not inner and not says_who))
        return TablePlan(
            one.name,
            numbers=tuple(
                NumberColumn(name, name == named.own, blank if name == named.own else levels.BLANK_NAMES_NOBODY)
                for name in named.columns
            ),
            links=tuple(links),
            keys=tuple(Key(way[1], index, way[2]) for way, index in indexes.items() if way[0] == one.name),
            nulls=one.table.nulls,
            refers=refers,
        )

    def _circle(
        self,
        members: Sequence[Opened],
        plans: dict[str, TablePlan],
        naming: Naming,
        indexes: dict[tuple[str, tuple[str, ...], bool], KeyIndex],
    ) -> None:
        gathered: list[cycles.CycleRows] = []
        for one in members:
            gathering = cycles.Circling(plans[one.name], self.people, naming, gathered)
            self._streamed(one, gathering, self._named(one).as_columns(), None)
        names = {one.name for one in members}
        cycles.settle(gathered, [index for way, index in indexes.items() if way[0] in names])

    def _holds(self, one: Opened) -> MentionSearch | None:
        """What finds the rows of a table that are held for what they mention."""
        others = [name for name in one.columns if f"{one.name}.{name}" not in self.holding]
        return self.people.mentions(one.columns, others) if len(others) < len(one.columns) else None

    def _streamed(
        self, one: Opened, deciding: Counting, columns: Columns, sinks: Sinks | None
    ) -> tuple[tuple[Passed, ...], MentionSearch, tuple[Warned, ...]]:
        """One table past `deciding`, file after file: what was read, who is mentioned, and `Walked.warned`.

        Args:
            sinks: None on a first walk, when nobody knows yet which rows stay.
        """
        named = self._named(one).as_columns()
        known = [column for column in named.classified if f"{one.name}.{column}" not in self.ignored]
        mentions = self.people.mentions(one.columns, known)
        watch = Watch(one.columns, mentions if sinks else None, self._holds(one))
        files = []
        for piece in one.pieces:
            kept, held = sinks(piece) if sinks else (None, None)
            before = deciding.rows().kept
            try:
                read = self._read if sinks else _BytesOfFiles(lambda _: None)
                record = piece.dataset.stream(columns, deciding, watch, kept, held, read)
                read.before += record.bytes
                refuse_lines_below(watch.lines_below if kept is not None else 0)
            except UnfitData as error:
                raise one.of_piece(error, piece) from None
            files.append(Passed(piece.path, record, deciding.rows().kept - before))
        if self.watching:
            refuse_unclassified(watch, named, one.name)
        warned = tuple(Warned(told.code, f"Table {one.name!r}: {told.message}") for told in watch.warned)
        return tuple(files), mentions, warned

    def _seen(
        self, one: Opened, mentions: MentionSearch
    ) -> tuple[tuple[str, ...], tuple[Sighting, ...], tuple[ByChance, ...]]:
        """`mentioned`, `ignored` and `by_chance` of `Walked`."""
        names = {column: f"{one.name}.{column}" for column in one.columns}
        ignored = [column for column, name in names.items() if name in self.ignored]
        seen = tuple(replace(sighting, column=names[sighting.column]) for sighting in mentions.seen_in(ignored))
        explained = tuple(replace(met, column=names[met.column]) for met in mentions.by_chance)
        return tuple(column for column in mentions.found if column not in ignored), seen, explained

"""Generates the SQL that decides who stays, as `SqlDecision` does.

Numbers were read by `read_cells`; the list lies beside the table.

A row's fate is one number: kept, removed, or the reason why it is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ndoo.domain.nhs_number import Undecided, ranges
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.numbers.column import REASONS
from ndoo.upholding.sql.read_cells import MISSING, VALID, QueryStep, TableColumn, prefix_for, reading

KEPT, KEPT_WITHOUT, REMOVED = 0, 7, 8
NOT_COVERED, TYPE1_UNDECIDED, AMBIGUOUS, MENTIONS = 5, 6, 9, 10
HELD: dict[int, Undecided] = {
    **REASONS,
    TYPE1_UNDECIDED: Undecided.TYPE1_UNDECIDED,
    AMBIGUOUS: Undecided.AMBIGUOUS,
    MENTIONS: Undecided.MENTIONS,
}
"""Fates of held rows, in the contract's words."""
_ALL = (KEPT, *HELD, KEPT_WITHOUT, REMOVED)


@dataclass(frozen=True, slots=True)
class RowRule:
    """What a row is decided by: which of the list's columns there are, and what the caller wants."""

    allows: bool | None
    """Does the list name the allowed? None where only Type 1 is upheld."""
    asked: bool = False
    type1: bool = False
    keep_missing: bool = False
    disputed: bool = False
    """Does the list name people on whom the lists that it is made of differ?"""

    @property
    def sets(self) -> tuple[str, ...]:
        """The columns of the list's table, beside `number`: each is 1 or 0."""
        there = {
            "listed": self.allows is not None,
            "asked": self.asked,
            "disputed": self.disputed,
            **dict.fromkeys(("dissent", "unsettled", "known"), self.type1),
        }
        return tuple(name for name, wanted in there.items() if wanted)


@dataclass(frozen=True, slots=True)
class RowTally:
    """What the rows and the people came to."""

    rows: Counts
    people: PeopleCounts
    type1: dict[str, dict[str, int]]
    """As `SqlDecision.by_type1`."""


class SqlDecision:
    """The SQL that decides on one table.

    Args:
        keys: the columns of NHS numbers, the person's own first.
        mark: a column of the source that is 1 in rows which are held for whom they mention, if they would stay; None: there is none.
    """

    def __init__(
        self,
        source: str,
        columns: Sequence[TableColumn],
        keys: Sequence[TableColumn],
        rule: RowRule,
        listed: str,
        mark: str | None = None,
    ) -> None:
        self._rule = rule
        told = {AMBIGUOUS: rule.disputed, MENTIONS: mark is not None}
        self._codes = tuple(code for code in _ALL if told.get(code, True))
        self.prefix = prefix = prefix_for(columns)
        self._count = len(keys)
        self.fate = f"{prefix}fate"
        self.decided = f"{prefix}decided"
        self._nobody_goes = not rule.sets
        if not keys:
            nobody = f"SELECT *, {MISSING} AS {prefix}why0, 0 AS {prefix}number0, {KEPT} AS {self.fate} FROM {source}"
            self.steps = [QueryStep(self.decided, nobody)]
            return
        joins = (
            []
            if self._nobody_goes
            else [
                f"LEFT JOIN {listed} AS {prefix}list{n} ON {prefix}list{n}.number = {prefix}judged.{prefix}number{n}"
                for n in range(len(keys))
            ]
        )
        answers = [(f"{self._answer(n)} AS {prefix}answer{n}") for n in range(len(keys))]
        said = [
            f"CASE WHEN {self._valid(n)} AND {condition} THEN 1 ELSE 0 END AS {prefix}{word}{n}"
            for n in range(len(keys))
            for word, condition in (("objects", self._dissents(n)), ("lists", self._withheld(n)))
            if rule.type1
        ]
        self.steps = [
            *reading(source, keys, prefix),
            QueryStep(
                f"{prefix}answered",
                f"SELECT {prefix}judged.*, {', '.join((*answers, *said))} FROM {prefix}judged {' '.join(joins)}",
                fenced=True,
            ),
        ]
        fate = f"SELECT *, {self._fate()} AS {{}} FROM {prefix}answered"
        if mark is None:
            self.steps.append(QueryStep(self.decided, fate.format(self.fate)))
            return
        before = f"{prefix}before"
        held = f"CASE WHEN {mark} = 1 AND {before} IN ({KEPT}, {KEPT_WITHOUT}) THEN {MENTIONS} ELSE {before} END"
        self.steps += [
            QueryStep(f"{prefix}fated", fate.format(before)),
            QueryStep(self.decided, f"SELECT *, {held} AS {self.fate} FROM {prefix}fated"),
        ]

    def _valid(self, n: int) -> str:
        return f"{self.prefix}judged.{self.prefix}why{n} = {VALID}"

    def _has(self, n: int, word: str) -> str:
        return f"COALESCE({self.prefix}list{n}.{word}, 0) = 1"

    def _in_register(self, n: int) -> str:
        number = f"{self.prefix}judged.{self.prefix}number{n}"
        known = [f"{number} BETWEEN {int(r.first)} AND {int(r.last)}" for r in ranges() if r.in_national_register]
        return "(" + " OR ".join(known) + ")"

    def _dissents(self, n: int) -> str:
        return self._has(n, "dissent")

    def _withheld(self, n: int) -> str:
        """Does the list withhold this valid number?"""
        if self._rule.allows is None:
            return "1 = 0"
        if not self._rule.allows:
            return self._has(n, "listed")
        covered = f"{self._has(n, 'asked')} AND " if self._rule.asked else ""
        settled = f"NOT {self._has(n, 'disputed')} AND " if self._rule.disputed else ""
        return f"({covered}{settled}NOT {self._has(n, 'listed')})"

    def _answer(self, n: int) -> str:
        """0 may stay, 8 must go, else why nobody can say. A blank in another column names nobody."""
        why = f"{self.prefix}judged.{self.prefix}why{n}"
        whens = [f"WHEN {why} = {MISSING} THEN {VALID}"] if n else []
        whens += [f"WHEN {why} <> {VALID} THEN {why}", f"WHEN {self._withheld(n)} THEN {REMOVED}"]
        if self._rule.type1:
            whens.append(f"WHEN {self._dissents(n)} THEN {REMOVED}")
        if self._rule.allows and self._rule.asked:
            whens.append(f"WHEN NOT {self._has(n, 'asked')} THEN {NOT_COVERED}")
        if self._rule.disputed:
            whens.append(f"WHEN {self._has(n, 'disputed')} THEN {AMBIGUOUS}")
        if self._rule.allows is False:
            whens.append(f"WHEN NOT {self._in_register(n)} THEN {NOT_COVERED}")
        if self._rule.type1:
            whens.append(f"WHEN {self._has(n, 'unsettled')} THEN {TYPE1_UNDECIDED}")
            whens.append(f"WHEN NOT {self._has(n, 'known')} AND NOT {self._in_register(n)} THEN {NOT_COVERED}")
        return f"CASE {' '.join(whens)} ELSE {KEPT} END"

    def _fate(self) -> str:
        if self._nobody_goes:
            return str(KEPT)
        answers = [f"{self.prefix}answer{n}" for n in range(self._count)]
        if self._count == 1:  # its answer is the row's: said once, so that no engine works it out three times
            without = f"WHEN {self.prefix}why0 = {MISSING} THEN {KEPT_WITHOUT} "
            return f"CASE {without}ELSE {answers[0]} END" if self._rule.keep_missing else answers[0]
        whens = [f"WHEN {' OR '.join(f'{answer} = {REMOVED}' for answer in answers)} THEN {REMOVED}"]
        if self._rule.keep_missing:
            blank = " AND ".join(f"{self.prefix}why{n} = {MISSING}" for n in range(self._count))
            whens.append(f"WHEN {blank} THEN {KEPT_WITHOUT}")
        whens += [f"WHEN {answer} <> {KEPT} THEN {answer}" for answer in answers]
        return f"CASE {' '.join(whens)} ELSE {KEPT} END"

    def rows(self, names: Sequence[str], *, held: bool) -> str:
        """The final query: the kept rows, or the held ones, with these columns, quoted as DuckDB quotes them."""
        kept = f"IN ({KEPT}, {KEPT_WITHOUT})" if self._rule.keep_missing else f"= {KEPT}"
        stay = f"IN ({', '.join(str(code) for code in self._codes if code in HELD)})" if held else kept
        return f"SELECT {', '.join(names)} FROM {self.decided} WHERE {self.fate} {stay}"

    def tally(self) -> str:
        """The final query: one row of counts, which `counted` reads. Grouped by the rows' own person, NULL being nobody."""
        p, fate = self.prefix, self.fate
        own = f"CASE WHEN {p}why0 = {VALID} THEN {p}number0 END"
        inner = [f"SUM(CASE WHEN {fate} = {code} THEN 1 ELSE 0 END) AS {p}f{code}" for code in self._codes]
        if self._rule.type1:
            objects, lists = (" + ".join(f"{p}{word}{n}" for n in range(self._count)) for word in ("objects", "lists"))
            inner += [
                f"SUM(CASE WHEN {objects} > 0 THEN 1 ELSE 0 END) AS {p}t",
                f"MAX({p}objects0) AS {p}o",
                f"SUM(CASE WHEN {objects} > 0 AND {lists} = 0 THEN 1 ELSE 0 END) AS {p}ta",
                f"MAX(CASE WHEN {p}objects0 = 1 AND {p}lists0 = 0 THEN 1 ELSE 0 END) AS {p}oa",
            ]
        kept = f"{p}f{KEPT} + {p}f{KEPT_WITHOUT} > 0"
        outer = [f"SUM({p}f{code}) AS f{code}" for code in self._codes]
        somebody = f"{p}own IS NOT NULL"
        outer += [
            f"SUM(CASE WHEN {somebody} AND {kept} THEN 1 ELSE 0 END) AS kept",
            f"SUM(CASE WHEN {somebody} AND NOT {kept} AND {p}f{REMOVED} > 0 THEN 1 ELSE 0 END) AS removed",
            f"SUM(CASE WHEN {somebody} AND NOT {kept} AND {p}f{REMOVED} = 0 THEN 1 ELSE 0 END) AS held",
        ]
        if self._rule.type1:
            outer += [
                f"SUM({p}{word}) AS {name}"
                for word, name in (
                    ("t", "type1_rows"),
                    ("ta", "type1_rows_alone"),
                    ("o", "type1_people"),
                    ("oa", "type1_people_alone"),
                )
            ]
        grouped = f"SELECT {p}own, {', '.join(inner)} FROM (SELECT *, {own} AS {p}own FROM {self.decided}) AS {p}one GROUP BY {p}own"
        return f"SELECT {', '.join(outer)} FROM ({grouped}) AS {p}each"

    def counted(self, row: Sequence[int | None]) -> RowTally:
        """What `tally` said."""
        numbers = [int(value or 0) for value in row]
        fates: Mapping[int, int] = dict(zip(self._codes, numbers, strict=False))
        people_from, type1_from = len(fates), len(fates) + 3
        kept, removed, held = numbers[people_from:type1_from]
        by_reason = {str(reason): count for code, reason in HELD.items() if (count := fates.get(code, 0))}
        rows_kept = fates[KEPT] + fates[KEPT_WITHOUT]
        rows = Counts(
            rows_kept + fates[REMOVED] + sum(by_reason.values()),
            rows_kept,
            fates[REMOVED],
            by_reason,
            fates[KEPT_WITHOUT],
        )
        on_rows, alone, people, people_alone = numbers[type1_from:] or (0, 0, 0, 0)
        return RowTally(
            rows,
            PeopleCounts(kept + removed + held, kept, removed, held),
            {
                "rows": {"removed": on_rows, "removed_by_it_alone": alone},
                "people": {"removed": people, "removed_by_it_alone": people_alone},
            },
        )

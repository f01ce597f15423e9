"""One scan: every table of a target, each with its finding. What cannot be read is named, and is never *no*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import NdooError
from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.numbers.sight import in_text
from ndoo.scanning.column_verdict import judged
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.headings import shown
from ndoo.scanning.kinds import ColumnKind
from ndoo.scanning.scan_result import ColumnFinding, ScanVerdict, TableFinding
from ndoo.scanning.store import Store
from ndoo.scanning.survey import TableSurvey
from ndoo.scanning.table_verdict import limbs, together

_NAMED_BY_FILE = "The name of the file or the table holds an NHS number."


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The findings of one scan, in the order in which the tables were met."""

    target: str
    """As the caller named it, without user, password and options."""
    tables: tuple[TableFinding, ...]
    at: datetime
    """When it was made."""

    def told(self) -> dict[str, Any]:
        """The contract's document."""
        return {
            "target": self.target,
            "scanned_at": self.at.isoformat(timespec="seconds"),
            "tables": [table.told() for table in self.tables],
        }


def scan(
    target: str,
    *,
    now: datetime,
    store: Store | None = None,
    tell: Callable[[ExaminedTable], Progress] = lambda _: told_to_nobody,
) -> ScanReport:
    """Scan a file, a folder or a database.

    Args:
        target: a path, or a database's address (`postgresql://…`, any that SQLAlchemy knows).
        now: when this is.
        store: what earlier scans found; a table that did not change since is not read again.
        tell: called with each table before it is read; what it returns is told of what was read of it.

    Raises:
        NdooError: the target is not there, may not be read, or nothing of it can be.
    """
    return ScanReport(plain_target(target), tuple(_found(table, now, store, tell) for table in tables_at(target)), now)


def plain_target(target: str) -> str:
    """A target that can be shown to anybody."""
    if "://" in target:
        kind, _, rest = target.partition("://")
        target = f"{kind}://{rest.partition('?')[0].rpartition('@')[2]}"
    return "/".join(shown(part) for part in target.split("/"))


def tables_at(target: str) -> Iterator[ExaminedTable]:
    """The tables of a target, read when they are asked to be. Raises as `scan`."""
    if "://" in target:
        from ndoo.scanning.database_source import tables_of

        return tables_of(target)
    from ndoo.scanning.places import tables_in

    return tables_in(Path(target))


def _found(
    table: ExaminedTable, now: datetime, store: Store | None, tell: Callable[[ExaminedTable], Progress]
) -> TableFinding:
    if store is not None and table.fingerprint is not None and (known := store.known(table.place, table.fingerprint)):
        return replace(known, name=_named(table))
    finding = _read(table, tell(table))
    if store is not None and table.fingerprint is not None and finding.limbs is not None:
        store.keep(table.place, table.fingerprint, finding, now)
    return finding


def _named(table: ExaminedTable) -> str:
    return "/".join(shown(part) for part in table.name.split("/"))


def _read(table: ExaminedTable, told: Progress) -> TableFinding:
    try:
        examined = table.read(told)
    except NdooError as error:
        return TableFinding(
            _named(table), 0, 0, 0, ScanVerdict.UNSURE, f"Not read: {error.sentence}", (), None, (error.code,)
        )
    return finding_of(table.name, examined)


def finding_of(name: str, examined: Examined) -> TableFinding:
    """The finding on one table that was read."""
    columns = tuple(
        _column(survey, at, title)
        for survey in (examined.survey, *examined.besides)
        for at, title in enumerate(survey.names)
    )
    named_by_file = any(in_text(part) for part in name.split("/"))
    three = limbs(name.rsplit("/", 1)[-1], columns, named_by_file=named_by_file)
    verdict, because = together(three, whole=examined.whole)
    notes = (*examined.notes, *((_NAMED_BY_FILE,) if named_by_file else ()))
    return TableFinding(
        "/".join(shown(part) for part in name.split("/")),
        examined.rows,
        min(len(examined.survey.sample), examined.rows),
        examined.rows if examined.read is None else examined.read,
        verdict,
        because,
        columns,
        three,
        notes,
        is_release=examined.is_release,
    )


def _column(survey: TableSurvey, at: int, title: str) -> ColumnFinding:
    if survey.identified:
        return ColumnFinding(title, ColumnKind.NHS_NUMBER, 1.0, 0.95, "it holds an NHS number")
    if at in survey.in_pieces:
        return ColumnFinding(
            shown(title),
            ColumnKind.NHS_NUMBER,
            1.0,
            0.95,
            "pieces of NHS numbers stand here and in the columns beside it",
        )
    finding = judged(title, survey.sights[at], survey.values(at))
    if in_text(title) and finding.kind is not ColumnKind.NHS_NUMBER:
        return replace(finding, holds=tuple(sorted({*finding.holds, ColumnKind.NHS_NUMBER})))
    return finding

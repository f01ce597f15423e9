"""The Type 1 status of people: coded entries in one or several files, joined, counted, and ready for a release to ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.domain.database_file import kind_of_head
from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.domain.london import london_date
from ndoo.domain.machine_faults import near
from ndoo.domain.named_file import naming
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.domain.plurals import counted
from ndoo.numbers.objections import Objections
from ndoo.type1.arrow_entries import feed_parquet
from ndoo.type1.code_table import code_table
from ndoo.type1.fhir_entries import Patients, feed_fhir, is_fhir, patients_in
from ndoo.type1.latest_entry import EntryTally, Reckoner
from ndoo.type1.sql_entries import CodesTable, feed_sql
from ndoo.type1.text_entries import TextEntries

SUFFIXES = (".csv", ".tsv", ".txt", ".psv", ".parquet", ".pq", ".json", ".ndjson")
"""What is read where a folder is named; anything else in it is refused, lest somebody's entries are passed over."""
MANY = 1000
"""People from whose entries on it is unlikely that nobody has a Type 1 opt-out."""

_REFUSED = (
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"\x1f\x8b", "compressed"),
    (b"\x28\xb5\x2f\xfd", "compressed"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"ARROW1", "an Arrow file"),
    (b"%PDF", "a PDF"),
)


@dataclass(frozen=True, slots=True)
class Type1Status:
    """The counts, as `ndoo type1 status --json` gives them, and the people behind them."""

    counts: dict[str, Any]
    tally: EntryTally
    objections: Objections
    lines: Callable[[], Iterator[memoryview]]


def read_status(sources: Sequence[Path | CodesTable], now: datetime, *, trust: bool = True) -> Type1Status:
    """Read coded entries, each file a source of its own, and settle everybody's status.

    Args:
        sources: files, folders of files, or tables in a database.
        now: the moment of use, with its zone.
        trust: see `Reckoner`.

    Raises:
        NoUsableList: there is no such file, or there are no entries in it.
        UnfitData: a file that is damaged, of another kind, or whose codes have lost digits.
    """
    table = code_table()
    reckoner = Reckoner(table, london_date(now), trust=trust)
    records = []
    files = _files([source for source in sources if isinstance(source, Path)])
    patients = _patients(files)
    tables = list(dict.fromkeys(source for source in sources if isinstance(source, CodesTable)))
    every: list[Path | CodesTable] = [*files, *tables]
    for source in every:
        before = reckoner.tally().entries
        reckoner.begin_source()
        with naming(source) if isinstance(source, Path) else nullcontext():
            digest, size = _fed(source, reckoner, patients) if isinstance(source, Path) else feed_sql(source, reckoner)
        reckoner.end_source()
        tally = reckoner.tally()
        if tally.damaged:
            raise UnfitData(
                "codes-digits-lost",
                f"A code in row {tally.first_damaged - before} of the coded entries is written as a power of ten, as "
                "spreadsheets do: its digits are lost, and it may be anybody's opt-out. Export the codes as text.",
            )
        entries = tally.entries - before
        records.append({"sha256": digest if entries > MANY else None, "bytes": size, "entries": entries})
    tally = reckoner.tally()
    if not tally.entries:
        raise NoUsableList(
            "codes-empty", "There are no coded entries. That never means that nobody has a Type 1 opt-out."
        )
    people = reckoner.settle()
    counts: dict[str, Any] = {
        "people": sum(people.values()),
        "dissent": people["dissent"],
        "withdrawn": people["withdrawn"],
        "not_recorded": people["not_recorded"],
        "people_held": people["held"],
        "held": tally.held,
        "entries": {"read": tally.entries, "dissent": tally.dissents, "withdrawn": tally.withdrawals},
        "type2": {"entries": tally.type2, "people": tally.type2_people, "after_its_end": tally.type2_after_end},
        "near_misses": tally.near_misses,
        "without_code": tally.without_code,
        "dissents_of_nobody": tally.dissents_of_nobody,
        "disagreements": reckoner.disagreements,
        "sources": records,
        "codes": {
            "version": table.version,
            "unconfirmed": list(table.unconfirmed),
            "unconfirmed_are": "used" if trust else "held",
        },
    }
    objections = Objections(reckoner.dissenting, reckoner.unsettled, reckoner.people, counts)
    return Type1Status(counts, tally, objections, reckoner.lines)


def usable(status: Type1Status) -> Objections:
    """What a release asks.

    Raises:
        NoUsableList: the entries look as if the Type 1 codes had been left out of them, or written otherwise.
    """
    counts = status.counts
    read = (
        status.tally.dissents,
        status.tally.withdrawals,
        *(held for why, held in counts["held"].items() if why not in ("code_case", "opt_out_beside")),
    )
    if not any(read) and (counts["people"] >= MANY or counts["near_misses"]):
        raise NoUsableList(
            "codes-without-type1",
            f"None of the {counted(counts['people'], 'person')} has a Type 1 code. Most likely the extract left these codes out, or "
            "writes them in another way. Nothing may be released as if nobody had objected.",
        )
    return status.objections


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise NoUsableList(
                "codes-missing",
                f"{masked(str(path))} does not exist (coded entries, --type1).{near(path)} Check the path.",
            )
        if path.is_dir():
            held = sorted(p for p in path.iterdir() if not p.name.startswith("."))
            if not held or any(p.suffix.lower() not in SUFFIXES or not p.is_file() for p in held):
                raise NoUsableList(
                    "codes-folder",
                    f"A folder of coded entries holds only tables ({', '.join(SUFFIXES)}), and at least one.",
                )
            found += held
        else:
            found.append(path)
    if any(names_somebody(path.name) for path in found):
        raise UnfitData("codes-name", "A file of coded entries has a valid NHS number in its name. Rename it.")
    if len({path.resolve() for path in found}) != len(found):
        raise UnfitData("codes-twice", "A file of coded entries is named twice.")
    return found


def _patients(files: Sequence[Path]) -> Patients:
    try:
        return patients_in([path for path in files if is_fhir(_head(path))])
    except OSError:
        raise _not_readable() from None


def _head(path: Path) -> bytes:
    with path.open("rb", buffering=0) as file:
        return file.read(64) or b""


def _not_readable() -> NoUsableList:
    return NoUsableList("codes-not-readable", "The coded entries could not be read to their end.")


def _fed(path: Path, reckoner: Reckoner, patients: Patients) -> tuple[str, int]:
    """Read one file: its digest and size."""
    digest = hashlib.sha256()
    try:
        before = path.stat()
        with path.open("rb", buffering=0) as file:
            head = _head(path)
            others = [kind for magic, kind in _REFUSED if head.startswith(magic)]
            if kinds := ["a database"] if kind_of_head(head) else others:
                raise UnfitData(
                    "codes-format", f"The coded entries are {kinds[0]}. Give them as CSV (UTF-8 text), Parquet or FHIR."
                )
            if head.startswith(b"PAR1") or is_fhir(head):
                feed_fhir(path, reckoner, patients) if is_fhir(head) else feed_parquet(path, reckoner)
                while piece := file.read(1 << 20):
                    digest.update(piece)
            else:
                with ThreadPoolExecutor(1) as worker:
                    _Text(file, digest, worker).feed(reckoner)
        after = path.stat()
    except OSError:
        raise _not_readable() from None
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (after.st_size, after.st_mtime_ns, after.st_ino):
        raise UnfitData(
            "codes-changed", "The coded entries changed while they were read. Run again when they are at rest."
        )
    return digest.hexdigest(), after.st_size


class _Text(TextEntries):
    """Digests each piece on another thread, from a copy."""

    def __init__(self, file: Any, digest: Any, worker: ThreadPoolExecutor) -> None:
        self._pending: list[Future[None]] = []

        def digested(piece: memoryview) -> None:
            for future in self._pending:
                future.result()
            self._pending = [worker.submit(digest.update, bytes(piece))]

        super().__init__(file, digested)

"""How is a folder of Parquet upheld by Spark? Partition by partition into a draft folder, which gets its name by one rename."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.evidence.manifest import OF_A_PARQUET_FOLDER as MANIFEST
from ndoo.evidence.manifest import FileRecord, UndecidedPolicy, uphold_manifest, written
from ndoo.evidence.seal import Sealer
from ndoo.upholding.job import Outcome, Request, judge_names, same
from ndoo.upholding.linked.publication import FolderDraft, FolderPublication
from ndoo.upholding.source import changed
from ndoo.upholding.spark.frame import guarded, uphold_frame
from ndoo.upholding.spark.session import session

FORMAT = "parquet folder"


def uphold_parquet(request: Request, sealer: Sealer, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Write the folder without the people who opted out, in the input's partitions, with its sealed manifest in it.

    Raises:
        As `job.uphold`, and UnfitData where the folder holds anything but Parquet that can be read as it lies.
    """
    judge_names(request.input, request.output, request.held)
    _judge_places(request)
    before = stored(request.input)
    partitions = partitions_of(request.input, [path for path, _, _ in before])
    spark = session()
    targets = [target for target in (request.held, request.output) if target]
    with FolderPublication(*targets, replaceable=lambda folder: (folder / MANIFEST).is_file()) as publication:
        with guarded():
            frame = spark.read.parquet(str(request.input.absolute()))
        upheld = uphold_frame(frame, request)
        if request.held:
            _write(upheld.held, publication.draft(request.held, private=True), partitions)
        draft = publication.draft(request.output)
        _write(upheld.kept, draft, partitions)
        if rows_written(draft.path) != upheld.tally.rows.kept:
            raise Fault("counts-differ", "The result does not hold the rows that were counted. Nothing was published.")
        source = recorded(request.input, request.input.name, upheld.tally.rows.read)
        if stored(request.input) != before:
            raise changed()
        told = request.type1_overridden
        if request.type1 is not None:
            told = {"applied": True, **upheld.tally.type1, "status": request.type1.record}
        manifest = sealer.seal(
            uphold_manifest(
                created=request.now,
                input=source,
                output=recorded(draft.path, request.output.name, upheld.tally.rows.kept),
                columns=upheld.columns,
                rows=upheld.tally.rows,
                people=upheld.tally.people,
                provenance=request.cleaned.provenance if request.cleaned else None,
                decision=request.decision,
                undecided=UndecidedPolicy(str(request.undecided), request.justification),
                warnings=upheld.warnings,
                type1=told,
            )
        )
        os.write(draft.file(MANIFEST), written(manifest))
        publication.publish()
    return Outcome(manifest, upheld.tally.rows, upheld.tally.people)


def stored(place: Path) -> list[tuple[Path, int, int]]:
    """Each file of the dataset that readers of Parquet read, with its size and the time of its last change.

    Raises:
        UnfitData: there is none, or the folder has a log of its own that says which of its files count.
    """
    if place.is_file():
        files = [place]
    else:
        if any((place / log).exists() for log in ("_delta_log", ".hoodie", "metadata")):
            raise UnfitData(
                "table-has-log",
                "This folder has a log that says which of its files count (Delta, Hudi, Iceberg): read as plain Parquet, deleted "
                "rows would come back. Read it as what it is, and uphold the frame.",
            )
        files = _files(place)
    if not files or not all(_is_parquet(path) for path in files):
        raise UnfitData(
            "not-parquet", "With --engine spark the input is a Parquet file, or a folder of nothing but these."
        )
    return [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and not _hidden(path.relative_to(place)))


def partitions_of(place: Path, files: Sequence[Path]) -> list[str]:
    """The columns that stand in the names of the folders, `year=2026/month=11`, outermost first.

    Raises:
        UnfitData: not all files lie in folders of the same columns.
    """
    if place.is_file():
        return []
    found = {tuple(part.partition("=")[0] for part in path.relative_to(place).parts[:-1]) for path in files}
    if len(found) != 1 or not all("=" in part for path in files for part in path.relative_to(place).parts[:-1]):
        raise UnfitData(
            "partitions-mixed", "The folder's files do not all lie in the same kind of partition, NAME=VALUE."
        )
    return list(found.pop())


def rows_written(folder: Path) -> int:
    """How many rows were written, by the footers of the files."""
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in folder.rglob("*.parquet"))


def _write(frame: Any, draft: FolderDraft, partitions: Sequence[str]) -> None:
    with guarded():
        frame.write.mode("append").partitionBy(*partitions).parquet(str(draft.path.absolute()))
    for path in sorted(draft.path.rglob("*")):
        if path.suffix == ".crc":  # sums that Hadoop keeps for itself on a local disk
            path.unlink()
        elif path.is_file():
            draft.files[path.relative_to(draft.path).as_posix()] = os.open(path, os.O_RDWR)


def recorded(place: Path, name: str, rows: int) -> FileRecord:
    """A folder as one record: the digest is of the lines `sha256  path`, in the order of the paths."""
    lines, size = [], 0
    for path in _files(place) if place.is_dir() else [place]:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size += file.tell()
        lines.append(f"{digest}  {path.relative_to(place).as_posix() if place.is_dir() else place.name}\n")
    return FileRecord(name, hashlib.sha256("".join(lines).encode()).hexdigest(), size, FORMAT, rows)


def _judge_places(request: Request) -> None:
    places = [request.input, *(place for place in (request.held, request.output) if place)]
    for at, one in enumerate(places):
        for other in places[at + 1 :]:
            mine, theirs = one.resolve(), other.resolve()
            if mine == theirs or mine in theirs.parents or theirs in mine.parents:
                raise UsageFault(
                    "folders-within",
                    "Of two folders, one is the other or stands in it. Name folders beside each other.",
                )
    if any(same(path, place) or place.resolve() in path.resolve().parents
           for path in request.other_inputs for place in places[1:]):  # fmt: skip
        raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")


def _hidden(path: Path) -> bool:
    return any(part.startswith(("_", ".")) for part in path.parts)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"

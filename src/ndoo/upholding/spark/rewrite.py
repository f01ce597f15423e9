"""Writes each file of a folder again on the executors of Spark, without the rows that go.

They read and write by what `ndoo uphold` reads and writes a Parquet file by: types, values, nullability and metadata stay, and nothing
of a row that goes stays under them. Spark itself never opens a file, so nothing depends on its settings, and a path is a path.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ctypes import c_uint8
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import Fault, NdooError, NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.operating_system import open_file
from ndoo.upholding.input_files.source import changed
from ndoo.upholding.parquet_and_arrow.columnar import RowSink, chosen_rows
from ndoo.upholding.parquet_and_arrow.parquet import Parquet
from ndoo.upholding.parquet_and_arrow.parquet_parts import ParquetParts, naming
from ndoo.upholding.spark.verdicts import SparkVerdicts, unpacked

_ANSWER = pa.schema([("at", pa.int32()), ("status", pa.int32()), ("code", pa.string()), ("sentence", pa.string())])
_KINDS: dict[int, type[NdooError]] = {kind.exit_status: kind for kind in (Fault, UsageFault, UnfitData, NotPermitted)}


def rewrite(
    spark: Any, parts: ParquetParts, verdicts: SparkVerdicts, kept: Path, held: Path | None
) -> tuple[list[str], list[str]]:
    """Write the rows that stay below `kept`, and those that are held below `held`; a file of no such row is not written.

    Returns:
        The paths of the files written, in each of the two.

    Raises:
        NdooError: what is wrong with a file, which it names; or Spark failed.
    """
    jobs, written, parked = list[dict[str, Any]](), list[str](), list[str]()
    for at, (source, told, file) in enumerate(zip(parts.files, parts.paths, verdicts.files, strict=True)):
        name = (Path(told).parent / f"part-{at:05}.parquet").as_posix()
        job: dict[str, Any] = {"at": at, "source": os.fsencode(source.absolute()), "kept": None, "held": None}
        if file.kept:
            written.append(name)
            job["kept"] = os.fsencode(kept.absolute() / name)
        if held and file.held:
            parked.append(name)
            job["held"] = os.fsencode(held.absolute() / name)
        if job["kept"] or job["held"]:
            jobs.append({**job, "verdicts": file.packed()})
    if jobs:
        given = spark.createDataFrame(pa.Table.from_pylist(jobs, _JOB)).repartitionByRange(len(jobs), "at")
        answers = given.mapInArrow(write_files, "at int, status int, code string, sentence string").collect()
        for answer in sorted(answers):
            if answer.status:
                with naming(parts.place, parts.files[answer.at]):
                    raise _KINDS[answer.status](answer.code, answer.sentence)
        if len(answers) != len(jobs):
            raise Fault(
                "spark-answers-missing", "Spark did not say of every file that it was written. Nothing was published."
            )
    for place in (kept, held):
        _drop_attempts(place)
    return written, parked


_JOB = pa.schema(
    [
        ("at", pa.int32()),
        ("source", pa.binary()),
        ("kept", pa.binary()),
        ("held", pa.binary()),
        ("verdicts", pa.binary()),
    ]
)
_ATTEMPT = ".attempt-"


def write_files(batches: Iterator[Any]) -> Iterator[Any]:
    """On an executor: writes the files of these jobs, and answers what came of each."""
    for batch in batches:
        yield pa.RecordBatch.from_pylist([_answered(job) for job in batch.to_pylist()], _ANSWER)


def _answered(job: dict[str, Any]) -> dict[str, Any]:
    """A fault as an answer: what Spark makes of one that is raised may hold a row."""
    try:
        write_file(job)
    except NdooError as error:
        return {"at": job["at"], "status": error.exit_status, "code": error.code, "sentence": error.sentence}
    except Exception as error:  # noqa: BLE001  whatever it is, it ends in a sentence without data
        fault = Fault(
            "spark-fault", f"A file could not be written again ({type(error).__name__}). Nothing was published."
        )
        return {"at": job["at"], "status": fault.exit_status, "code": fault.code, "sentence": fault.sentence}
    return {"at": job["at"], "status": 0, "code": "", "sentence": ""}


def write_file(job: dict[str, Any]) -> None:
    """Write one file again.

    Raises:
        UnfitData: it is damaged, or is another one than was decided on. UsageFault, NotPermitted, Fault: see `machine_faults`.
    """
    verdicts = unpacked(job["verdicts"])
    dataset = Parquet(Path(os.fsdecode(job["source"])))
    done = 0
    with ExitStack() as stack:
        sinks: list[tuple[bool, RowSink]] = []
        for held, target in ((False, job["kept"]), (True, job["held"])):
            if target is not None:
                path = Path(os.fsdecode(target))
                sinks.append((held, stack.enter_context(dataset.sink(stack.enter_context(_attempt(path)), path))))
        for batch in dataset.batches():
            if done + batch.num_rows > len(verdicts):
                raise changed()
            verdict = (c_uint8 * batch.num_rows).from_buffer(verdicts, done)
            for held, sink in sinks:
                sink.write(chosen_rows(batch, verdict, held=held, renewed=dataset.reader.own_dictionaries))
            done += batch.num_rows
        if done != len(verdicts):
            raise changed()
        for _, sink in sinks:
            sink.finish()


@contextmanager
def _attempt(target: Path) -> Iterator[int]:
    """An open file that gets this name when all is well: Spark may try twice, and at the same time."""
    path = target.with_name(f"{_ATTEMPT}{secrets.token_hex(8)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = open_file(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    except OSError as error:
        raise explained(error, "the output") from None
    try:
        yield handle
    finally:
        os.close(handle)
    path.replace(target)


def _drop_attempts(place: Path | None) -> None:
    for path in place.rglob(f"{_ATTEMPT}*") if place else ():
        path.unlink()

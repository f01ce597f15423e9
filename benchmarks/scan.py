"""`make bench WHICH=scan`: how fast a scan reads, and how right it is, beside Presidio on the same columns in the same run.

Every cell of every row is looked at for NHS numbers. The other kinds are looked for in a random sample of 5,000 rows: with
95 per cent confidence, what 0.06 per cent of the rows hold is met. `--whole` measures what it would cost to look for every
kind in every row. Presidio is asked with its pattern recognisers alone: no language model can be fetched where this runs.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from tests.support.labelled_columns import Labelled, corpus
from tests.support.numbers import some
from tests.support.worlds_of_data import KINDS, columns

from benchmarks.uphold import FOLDER, NDOO, ROOT, built, machine
from ndoo.scanning.column_verdict import judged
from ndoo.scanning.kinds import ColumnKind
from ndoo.scanning.survey import TableSurvey

DATA = ROOT / "examples" / "data"
WHOLE = """import sys
from datetime import UTC, datetime
from ndoo.scanning import survey
from ndoo.scanning.scan import scan
survey.SAMPLE = 10**9
scan(sys.argv[1], now=datetime.now(UTC))"""


def letters(rows: int) -> Path:
    """A table of free text, one number in a thousand of them."""
    path = FOLDER / f"letters-{rows}.csv"
    if not path.exists():
        dice, numbers = random.Random(4), iter(some(rows // 1000 + 1))
        said = (
            "Seen in clinic and doing well",
            "Did not attend on 12/03/2024 at 10:20",
            "Rang 0113 496 0000 about transport",
            "Blood pressure 130/80, weight 81.5 kg, no change of treatment was needed",
        )
        with path.open("w") as out:
            out.write("letter_id,written,body\n")
            for at in range(rows):
                mother = f" Mother is {next(numbers)}." if at % 1000 == 0 else ""
                text = ". ".join(dice.choice(said) for _ in range(6))
                out.write(f'{at},2024-05-{dice.randint(1, 28):02},"{text}.{mother}"\n')
    return path


def measured(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak resident megabytes of one process."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed with {process.returncode}: {command[:3]}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def speed(rows: int, rounds: int, *, whole: bool) -> Iterator[str]:
    text, parquet, _ = built(rows)
    sources = {
        f"text, {rows:,} rows of 10 columns": text,
        "letters, 1,000,000 rows": letters(1_000_000),
        "the same rows as Parquet": parquet,
    }
    yield "| | MB of text | seconds (median) | fastest | MB a second | processor seconds | MB a processor second | peak MB |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, source in sources.items():
        size = (text if source is parquet else source).stat().st_size / 1e6
        runs = [measured([str(NDOO), "scan", str(source), "--afresh", "--quiet"]) for _ in range(rounds)]
        yield _line(name, size, runs)
    if whole:
        small, _, _ = built(300_000)
        runs = [measured([sys.executable, "-c", WHOLE, str(small)])]
        yield _line("every kind in every row, 300,000 rows", small.stat().st_size / 1e6, runs)


def _line(name: str, size: float, runs: list[tuple[float, float, float]]) -> str:
    wall, work = statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs)
    return (
        f"| {name} | {size:.0f} | {wall:.2f} | {min(r[0] for r in runs):.2f} | {size / wall:.0f} | {work:.2f} | {size / work:.0f} | "
        f"{max(r[2] for r in runs):.0f} |"
    )


def real() -> list[Labelled]:
    """The columns of the real tables, of which `nhs_number` holds NHS numbers and no other does."""
    import csv

    found = []
    for path in sorted(DATA.glob("*.csv")):
        with path.open(newline="") as lines:
            heading, *rows = list(csv.reader(lines))
        found += [Labelled("real", h, [row[at] for row in rows], h == "nhs_number") for at, h in enumerate(heading)]
    return found


def by_ndoo(column: Labelled) -> bool:
    survey = TableSurvey([column.heading])
    survey.take_texts([column.cells])
    finding = judged(column.heading, survey.sights[0], survey.values(0))
    return ColumnKind.NHS_NUMBER in (finding.kind, *finding.holds)


def by_presidio(least: float) -> Callable[[Labelled], bool]:
    """A column is one when at least this share of its cells that are not blank has a number; 0: when one has."""
    from presidio_analyzer.predefined_recognizers import NhsRecognizer

    recogniser = NhsRecognizer()

    def found(column: Labelled) -> bool:
        filled = [cell for cell in column.cells if cell]
        hits = sum(bool(recogniser.analyze(cell, ["UK_NHS"], None)) for cell in filled)
        return hits > 0 and hits >= least * len(filled)

    return found


def rightness(labelled: list[Labelled]) -> Iterator[str]:
    yield "| | precision | recall | falsely found | missed | seconds |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    contenders = {
        "ndoo": by_ndoo,
        "Presidio, one cell is enough": by_presidio(0),
        "Presidio, half of the cells": by_presidio(0.5),
    }
    for name, found in contenders.items():
        begin = time.perf_counter()
        counts = Counter((column.truth, found(column)) for column in labelled)
        seconds = time.perf_counter() - begin
        hit, false, missed = counts[True, True], counts[False, True], counts[True, False]
        yield (
            f"| {name} | {hit / max(hit + false, 1):.3f} | {hit / max(hit + missed, 1):.3f} | {false} of {false + counts[False, False]} | "
            f"{missed} of {hit + missed} | {seconds:.1f} |"
        )


PEERS = {
    "postcode": ("UkPostcodeRecognizer", "UK_POSTCODE"),
    "email": ("EmailRecognizer", "EMAIL_ADDRESS"),
    "phone": ("PhoneRecognizer", "PHONE_NUMBER"),
    "date_of_birth": ("DateRecognizer", "DATE_TIME"),
}


def other_kinds(worlds: int) -> Iterator[str]:
    """Every kind over tables of made-up people whose headings say nothing, and Presidio's patterns for those it has."""
    import logging

    from presidio_analyzer import predefined_recognizers as presidio

    logging.getLogger("tldextract").setLevel(logging.CRITICAL)  # it wants a list from the network, and does without
    ours: Counter[tuple[str, bool, bool]] = Counter()
    theirs: Counter[tuple[str, bool, bool]] = Counter()
    peers = {kind: (getattr(presidio, name)(), entity) for kind, (name, entity) in PEERS.items()}
    for seed in range(worlds):
        for at, (heading, cells) in enumerate(columns(200, seed + 11).items()):
            truth, title = KINDS[heading], heading if heading == "born" else f"c{at}"
            survey = TableSurvey([title])
            survey.take_texts([cells])
            said = str(judged(title, survey.sights[0], survey.values(0)).kind)
            for kind in set(KINDS.values()) - {"none"}:
                ours[kind, truth == kind, said == kind] += 1
            for kind, (recogniser, entity) in peers.items():
                hits = sum(bool(recogniser.analyze(cell, [entity], None)) for cell in cells[:100])
                theirs[kind, truth == kind, hits >= 50] += 1
    yield "| kind | ndoo: precision | recall | Presidio, half of the cells: precision | recall |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for kind in sorted(set(KINDS.values()) - {"none"}):
        peer = _both(theirs, kind) if kind in peers else "– | –"
        yield f"| {kind} | {_both(ours, kind)} | {peer} |"


def _both(counts: Counter[tuple[str, bool, bool]], kind: str) -> str:
    hit = counts[kind, True, True]
    return f"{hit / max(hit + counts[kind, False, True], 1):.2f} | {hit / max(hit + counts[kind, True, False], 1):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(
        f"Measured {machine()}, presidio-analyzer {version('presidio-analyzer')}; load {load:.1f} at the start.\n",
        flush=True,
    )
    for title, lines in (
        ("Speed", speed(options.rows, options.rounds, whole=options.whole)),
        ("Columns of NHS numbers: the labelled corpus", rightness([c for seed in (1, 2, 3) for c in corpus(seed)])),
        ("Columns of NHS numbers: the real tables", rightness(real())),
        ("Every kind", other_kinds(options.worlds)),
    ):
        print(f"### {title}\n", flush=True)
        for line in lines:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    main()

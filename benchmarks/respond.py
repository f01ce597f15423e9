"""How long does the national side take over a national list? `make bench WHICH=respond BENCH='--people 62000000'`.

Builds a list of so many people, and a list of up to 3.6 million who opted out, 5.4 per cent of the first on it, and
answers it in a process of its own, file to file: read, checked whole, receipt and cleaned list written. The network is left out: MESH has its own
speed. The figures of the process (seconds, greatest memory) and of `cat` beside it are printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path("build/bench")
LISTED = 3_600_000
SHARE = 0.054
PIECE = 5_000_000


def files(people: int) -> tuple[Path, Path]:
    """The request, `NUMBER,` a line, and those who opted out."""
    return FOLDER / f"asked-{people}.dat", FOLDER / f"gone-{people}.dat"


def build(people: int) -> None:
    """Both, where they are not there yet."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as csv

    from benchmarks.extract import people as some

    asked, gone = files(people)
    if asked.exists() and gone.exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    listed = min(LISTED, people)
    everybody = some(people + listed, 7)
    who, strangers = everybody[:people], everybody[people:]
    plain = csv.WriteOptions(quoting_style="none", include_header=False)
    with asked.open("wb") as out:
        for at in range(0, people, PIECE):
            numbers = pa.array(who[at : at + PIECE])
            csv.write_csv(pa.table({"n": numbers, "e": pa.nulls(len(numbers), pa.string())}), out, plain)
    opted_out = np.concatenate([who[:: int(1 / SHARE)], strangers])[:listed]
    with gone.open("wb") as out:
        csv.write_csv(pa.table({"n": pa.array(opted_out)}), out, plain)


def answer(asked: Path, gone: Path, reply: Path) -> None:
    """What a `ndoo mesh respond` does with one message, its body in a file."""
    from ndoo.checking.list_file import read_list
    from ndoo.checking.mesh import answer_list
    from ndoo.checking.mesh.body import PIECE, collected
    from ndoo.checking.mesh.message import MeshMessage
    from ndoo.checking.mesh.responder import LARGEST
    from ndoo.domain.answers import Polarity

    now = datetime.now(UTC)
    who = read_list(gone, Polarity.OPTED_OUT, checked_at=now, now=now)
    with asked.open("rb") as file:
        body = collected(iter(lambda: file.read(PIECE), b""), LARGEST)
    message = MeshMessage("1", "RA9OT001", "SPINE_NTT_UPHOLDING", "a-1", "a-1", body)
    answered = answer_list.answer(message, who, answer_list.Habits(), now)
    with reply.open("wb") as out:
        for part in answered.parts[1:]:
            out.writelines(part.body)
    print(f"  {answered.asked:,} people asked about; lines: {dict(answered.tally)}", flush=True)


def measured(*command: object, into: Path | None = None) -> tuple[float, float]:
    """Seconds, and the greatest memory in MB, of a process."""
    started = time.perf_counter()
    with (into or Path(os.devnull)).open("wb") as out:
        process = subprocess.Popen([str(word) for word in command], stdout=out if into else None)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"it failed: {command}")
    return time.perf_counter() - started, used.ru_maxrss / 1024


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--answer", nargs=3, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answer:
        answer(*given.answer)
        return
    if given.build:
        build(given.people)
        return
    # In a process of its own: a child's greatest memory begins with its parent's.
    measured(sys.executable, "-m", "benchmarks.respond", "--build", "--people", given.people)
    asked, gone = files(given.people)
    reply = FOLDER / "reply.dat"
    print(f"{given.people:,} numbers, {asked.stat().st_size / 1e6:,.0f} MB; {LISTED:,} opted out at most")
    print("| what | seconds | greatest memory, MB |\n| --- | --- | --- |")
    for _ in range(given.rounds):
        seconds, memory = measured(sys.executable, "-m", "benchmarks.respond", "--answer", asked, gone, reply)
        print(f"| ndoo answers | {seconds:.1f} | {memory:,.0f} |", flush=True)
        seconds, memory = measured("cat", asked, into=FOLDER / "copy.dat")
        print(f"| cat, no check | {seconds:.1f} | {memory:,.0f} |", flush=True)
    (FOLDER / "copy.dat").unlink()
    reply.unlink()


if __name__ == "__main__":
    main()

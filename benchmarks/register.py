"""How large and how quick is the register? `python -m benchmarks.register [snapshot] [choices] [import]`, all by default.

`choices` and `import` run on a real PostgreSQL of their own (the `pgserver` package) that flushes each commit.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from ndoo.checking.snapshot_format import snapshot
from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet

OPTED_OUT = 3_600_000
SPAN = 300_000_000
"""As many first nine digits as the issued ranges of England, Wales and the Isle of Man have."""
WRITERS = 8
SECONDS = 10
ROWS = 200_000

LOADING = """import sys, time
from datetime import UTC, datetime
from pathlib import Path
begin = time.perf_counter()
from ndoo.checking.snapshot_file import read_snapshot
import cryptography.hazmat.primitives.asymmetric.ed25519
imported = time.perf_counter()
cleaned = read_snapshot(Path(sys.argv[1]), now=datetime.now(UTC))
done = time.perf_counter()
assert cleaned.provenance.numbers == int(sys.argv[2])
print(imported - begin, done - imported)"""


def crowd() -> NumberSet:
    """People spread evenly over the span: no order that packing could profit from."""
    packed, before = bytearray(), -1
    for person in sorted(random.Random(11).sample(range(SPAN), OPTED_OUT)):
        distance, before = person - before, person
        while distance > 127:
            packed.append(distance % 128 + 128)
            distance //= 128
        packed.append(distance)
    people = NumberSet(crowded=True)
    if people.add_packed(bytes(packed)) != OPTED_OUT:
        raise SystemExit("the crowd was not understood")
    return people


def of_snapshots(folder: Path) -> None:
    people, now, path = crowd(), datetime.now(UTC), folder / "register.snapshot"
    begin = time.perf_counter()
    path.write_bytes(snapshot(people, OPTED_OUT, Sealer(bytes(range(32))), as_at=now, created=now)[1])
    made = time.perf_counter() - begin
    runs = [
        [float(part) for part in subprocess.check_output([sys.executable, "-c", LOADING, path, str(OPTED_OUT)]).split()]
        for _ in range(9)
    ]
    imports, loads = ([run[at] for run in runs] for at in (0, 1))
    print(
        f"snapshot of {OPTED_OUT:,} people: {path.stat().st_size / 1e6:.2f} MB, packed, sealed and written in {made:.2f} s"
    )
    print(
        f"snapshot loaded, in a fresh process: {statistics.median(loads):.3f} s (median of 9, fastest {min(loads):.3f}),"
    )
    print(f"  after {statistics.median(imports):.2f} s for Python to import what reads it")


def numbers() -> Iterator[str]:
    """Different numbers of the never-issued range, in no order."""
    for nine in random.Random(12).sample(range(900_000_000, 999_000_000), 2 * ROWS):
        digit = check_digit(f"{nine:09}")
        if digit is not None:
            yield f"{nine:09}{digit}"


@contextmanager
def postgresql() -> Iterator[None]:
    """A server of our own, with an empty register that is Django's default."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pgserver
    folder = Path(tempfile.mkdtemp(prefix="ndoo-bench-"))
    folder.chmod(0o755)
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    os.environ["NDOO_DATABASE_URL"] = server.get_uri()
    from ndoo.service import database

    database.ready()
    try:
        yield
    finally:
        from django.db import connection

        connection.close()
        server.cleanup()
        folder.rmdir()


def of_choices() -> None:
    from django.db import connection

    from ndoo.service.audit.entries import Entry
    from ndoo.service.choices.models import Channel, Choice
    from ndoo.service.choices.record_choice import NewChoice, record

    def choosing(mine: list[NHSNumber], seconds: float) -> list[float]:
        taken: list[float] = []
        until = time.perf_counter() + seconds
        for at, number in enumerate(mine):
            begin = time.perf_counter()
            if begin > until:
                break
            choice = (Choice.OPT_OUT, Choice.ALLOW)[at % 2]
            record(NewChoice(number, choice, datetime.now(UTC), Channel.ONLINE), Entry("self", "choice.set", number))
            taken.append(time.perf_counter() - begin)
        connection.close()
        return taken

    people = [number for text in numbers() if isinstance(number := read(text), NHSNumber)]
    for writers in (1, WRITERS):
        with ThreadPoolExecutor(writers) as pool:
            begin = time.perf_counter()
            share = [people[at::WRITERS] for at in range(writers)]
            taken = sorted(one for mine in pool.map(choosing, share, [SECONDS] * writers) for one in mine)
            rate = len(taken) / (time.perf_counter() - begin)
        p95 = taken[int(0.95 * len(taken))]
        print(f"choices into PostgreSQL, {writers} at a time: {rate:,.0f} a second, p95 {1000 * p95:.1f} ms each")


def of_imports(folder: Path, database: str) -> None:
    from ndoo.service.audit.entries import Entry
    from ndoo.service.choices.history_import import take_in
    from ndoo.service.choices.import_file import rows_of

    path, now = folder / "import.csv", datetime.now(UTC)
    with path.open("w", encoding="ascii") as file:
        file.write("nhs_number,choice,recorded_at,channel,by,proxy_role\n")
        file.writelines(f"{n},opt_out,2020-05-01T10:00:00Z,online,self,\n" for n in islice(numbers(), ROWS))
    for word in ("taken in", "passed over"):
        begin = time.perf_counter()
        done = take_in(rows_of(path, now), Entry("bench", "register.imported"), now, lambda _: None)
        print(f"import into {database}: {done.read / (time.perf_counter() - begin):,.0f} rows a second {word}")


def main(wanted: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not wanted or "snapshot" in wanted:
            of_snapshots(folder)
        if not wanted or {"choices", "import"} & set(wanted):
            os.environ["NDOO_DATA"] = str(folder / "data")
            with postgresql():
                if not wanted or "choices" in wanted:
                    of_choices()
                if not wanted or "import" in wanted:
                    of_imports(folder, "PostgreSQL")


if __name__ == "__main__":
    main(sys.argv[1:])

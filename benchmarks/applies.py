"""How long do many decisions take? Prints figures; run it with `python benchmarks/applies.py`."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from ndoo.policy import decide, load_pack, read_flow
from ndoo.policy.fields import fields

FLOWS = 10_000
TODAY = date(2026, 11, 22)


def some_flows(count: int) -> list[dict[str, str]]:
    """Flows with every choice filled in at random, one in ten left out; the seed is fixed."""
    chance = random.Random(20181125)
    rows = []
    for at in range(count):
        row = {"id": f"flow-{at}", "as_of": "2026-11-02", "gateway.evidence": chance.choice(["letter", ""])}
        for name, field in fields().items():
            values = list(field.values) or (["true", "false"] if field.kind == "yes_no" else [])
            if values:
                row[name] = "" if chance.random() < 0.1 else chance.choice(values)
        rows.append(row)
    return rows


def main() -> None:
    rows = some_flows(FLOWS)
    words = {"true": True, "false": False}
    pack = load_pack()
    started = time.perf_counter()
    for row in rows:
        decide(read_flow({k: words.get(v, v) for k, v in row.items()}), pack, TODAY).line()
    print(f"library, {FLOWS:,} flows to their short answers: {time.perf_counter() - started:.2f} s")
    started = time.perf_counter()
    for row in rows[:500]:
        decide(read_flow({k: words.get(v, v) for k, v in row.items()}), pack, TODAY).to_dict()
    print(f"library, 500 flows with trace and what would change them: {time.perf_counter() - started:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "flows.csv"
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        program = Path(sys.executable).with_name("ndoo")
        for options in (["--quiet"], ["--quiet", "--json"]):
            started = time.perf_counter()
            subprocess.run([program, "applies", table, *options], stdout=subprocess.DEVNULL, check=False)
            print(f"ndoo applies flows.csv {' '.join(options)}: {time.perf_counter() - started:.2f} s")


if __name__ == "__main__":
    main()

"""`make statements`: what five made-up organisations and the demonstration publish, each from records that were really made.

For each register beside this file: tables as it declares them, an extract for every use to which the opt-out applies, upheld
and sealed by a key of its own, a scan of every place, and the statement in four forms. Nothing else is told to `ndoo`.
"""

from __future__ import annotations

import csv
import os
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from examples.organisation.__main__ import fill

from ndoo.assets.files import write
from ndoo.assets.record import Record
from ndoo.assets.register import Register, read_register
from ndoo.policy import decide, load_pack
from ndoo.policy.pack import APPLIES
from ndoo.policy.write_flow import as_toml, put
from ndoo.service.asset_register import made_up

HERE = Path(__file__).parent
OUT = Path("build/statements")
DEMONSTRATION = "demonstration"
NAMES = (*sorted(path.stem for path in HERE.glob("*.toml")), DEMONSTRATION)
WRITTEN = date(2026, 11, 29)
"""The day on which the registers here were written. What they say of other days is moved on with it."""
ROWS = 120
OPTED_OUT = 15
"""One person in so many opted out nationally, and another one at their practice."""
FORMS = ("html", "md", "pdf", "json")

Run = Callable[[Sequence[str]], None]


def main() -> None:
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else OUT
    shutil.rmtree(out, ignore_errors=True)
    for name in NAMES:
        publish(name, out / name, date.today(), typed)
    print(f"\nThe statements are in {out}.")


def typed(words: Sequence[str]) -> None:
    """Show a command, run it with a key of this folder's own, and stop if it fails."""
    print(f"\n$ ndoo {shlex.join(words)}", flush=True)
    ndoo = Path(sys.executable).with_name("ndoo")
    ran = subprocess.run([ndoo, *words], env={**os.environ, "NDOO_DATA": "ndoo-data"})
    if ran.returncode:
        sys.exit(ran.returncode)


def publish(name: str, folder: Path, today: date, run: Run) -> None:
    """One organisation's tables, releases and statements, in a folder of its own."""
    (folder / "releases").mkdir(parents=True)
    register = register_of(name, today)
    with chdir(folder):
        write(register, Path("assets.toml"))
        make_tables(register)
        for flow in register.live:
            if decide(flow.facts, load_pack(), today).outcome == APPLIES:
                uphold(flow, register, today, run)
        members = register.organisation.texts("members") if register.organisation else ()
        for member in members or ("",):
            stem = f"statement-{member.split()[0].lower()}" if member else "statement"
            said = [
                "statement",
                "assets.toml",
                "--scan",
                "--evidence",
                "releases",
                *(("--for", member) if member else ()),
            ]
            for form in FORMS:
                run([*said, "-o", f"{stem}.{form}"])
            run(
                [
                    *said,
                    "-q",
                    "--leaflet",
                    stem.replace("statement", "leaflet") + ".pdf",
                    "--poster",
                    stem.replace("statement", "poster") + ".pdf",
                ]
            )


def register_of(name: str, today: date) -> Register:
    """The register as it would be written today."""
    if name == DEMONSTRATION:
        return made_up.organisation(today, ())
    written = tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))
    return read_register(_moved(written, today - WRITTEN))


def _moved(told: Any, by: timedelta) -> Any:
    if isinstance(told, dict):
        return {name: _moved(value, by) for name, value in told.items()}
    if isinstance(told, list):
        return [_moved(value, by) for value in told]
    return told + by if isinstance(told, date) else told


def make_tables(register: Register) -> None:
    """Every table that the register declares, where it says that it lies."""
    for asset in register.assets.values():
        place = Path(asset.texts("location")[0].removeprefix("sqlite:///"))
        place.parent.mkdir(parents=True, exist_ok=True)
        for table in asset.tables:
            fill(place, table.name, table.columns, ROWS, seed=f"{asset.id} {table.name}")


def uphold(flow: Record, register: Register, today: date, run: Run) -> None:
    """Take an extract for a flow, ask who is in it and opted out, and uphold it."""
    asset = register.assets[flow.texts("assets")[0]]
    for folder in ("extracts", "lists"):
        Path(folder).mkdir(exist_ok=True)
    extract, release = f"extracts/{flow.id}.csv", f"releases/{flow.id}.csv"
    put(Path(f"extracts/{flow.id}.toml"), as_toml(flow.facts))
    numbers = list(_extract(asset, Path(extract)))
    answer, codes = Path(f"lists/{flow.id}.dat"), Path(f"lists/{flow.id}.codes.csv")
    put(answer, "".join(f"{number},\n" for at, number in enumerate(numbers) if at % OPTED_OUT))
    words = ["uphold", extract, "-o", release, "--flow", f"extracts/{flow.id}.toml", "--allowed", str(answer)]
    words += ["--checked-at", today.isoformat()]
    if "apply_type_1" in decide(flow.facts, load_pack(), today).obligations:
        objections = (f"{number},9Nu0.,read2,2020-01-01\n" for number in numbers[1::OPTED_OUT])
        put(codes, "nhs_number,code,scheme,date\n" + "".join(objections))
        words += ["--type1", str(codes)]
    run(words)


def _extract(asset: Record, path: Path) -> Iterator[str]:
    """Write an asset's first table as text; the numbers in it."""
    place, table = asset.texts("location")[0].removeprefix("sqlite:///"), asset.tables[0]
    with closing(sqlite3.connect(place)) as connection, path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, table.columns)
        out.writeheader()
        for row in connection.execute(f'select {", ".join(table.columns)} from "{table.name}"'):  # noqa: S608  the names are ours
            told = dict(zip(table.columns, row, strict=True))
            out.writerow(told)
            yield told["nhs_number"]


if __name__ == "__main__":
    main()

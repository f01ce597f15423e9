"""`make bench WHICH=scaling`: the same job on 1, 2, 4 … cores of this machine, ndoo beside DuckDB and Polars with as many threads.

Whole processes, start included, each held to so many cores (`taskset`). Rounds alternate; the median counts. Besides what a clock says, what the
processors did is told: on a machine that others use, only that can be compared. `--draw FILE` draws the picture.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.uphold import (
    DUCK_LIST,
    DUCK_PARQUET,
    DUCK_TEXT,
    FOLDER,
    POLARS_LIST,
    POLARS_PARQUET,
    POLARS_TEXT,
    ROOT,
    built,
    machine,
    upholding,
)

_WIDTH, _HEIGHT, _EDGE = 640, 360, 48
_COLOURS = {"ndoo": "#005eb8", "DuckDB": "#d5281b", "Polars": "#4c6272"}


@dataclass
class Run:
    """One way to do the job on so many cores: seconds by the clock and of the processors, a figure a round, and the highest peak of
    memory in megabytes."""

    name: str
    cores: int
    command: list[str]
    clock: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)
    peak: float = 0

    def once(self) -> None:
        """One round."""
        environment = os.environ | {"POLARS_MAX_THREADS": str(self.cores)}
        os.sync()  # what others left to be written is not this one's to wait for
        begin = time.perf_counter()
        process = subprocess.Popen(
            ["taskset", "-c", f"0-{self.cores - 1}", *self.command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{self.name} failed with {process.returncode}")
        self.clock.append(time.perf_counter() - begin)
        self.worked.append(usage.ru_utime + usage.ru_stime)
        self.peak = max(self.peak, usage.ru_maxrss / 1024)


def runs(kind: str, cores: int, rows: int) -> list[Run]:
    """The contenders for "text" or "Parquet"."""
    text, parquet, listed = built(rows)
    suffix = "csv" if kind == "text" else "parquet"
    duck, polars = (DUCK_TEXT, POLARS_TEXT) if kind == "text" else (DUCK_PARQUET, POLARS_PARQUET)

    def python(script: str, anti: str, name: str) -> list[str]:
        places = {"text": text, "parquet": parquet, "listed": listed, "out": FOLDER / f"scaling-{name}.{suffix}"}
        return [sys.executable, "-c", script.format(anti=anti.format(**places), **places)]

    own = upholding(text if kind == "text" else parquet, listed, FOLDER / f"scaling-ndoo.{suffix}")
    held = duck.replace("import duckdb\n", f"import duckdb\nduckdb.sql('SET threads = {cores}')\n")
    return [
        Run("ndoo", cores, own),
        Run("DuckDB", cores, python(held, DUCK_LIST, "duck")),
        Run("Polars", cores, python(polars, POLARS_LIST, "polars")),
    ]


def steps(most: int) -> list[int]:
    """1, 2, 4 … and all of them."""
    return sorted({*(1 << at for at in range(most.bit_length()) if 1 << at <= most), most})


def shown(kind: str, measured: list[Run]) -> str:
    """A table in Markdown."""
    lines = [
        f"### {kind}",
        "",
        "| | cores | seconds | processor seconds | peak MB |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for run in measured:
        clock, worked = statistics.median(run.clock), statistics.median(run.worked)
        lines.append(f"| {run.name} | {run.cores} | {clock:.2f} | {worked:.2f} | {run.peak:.0f} |")
    return "\n".join([*lines, ""])


def drawn(titles: dict[str, list[Run]]) -> str:
    """The picture: how many times as fast as on one core, for each kind of file."""
    panels = []
    for place, (kind, measured) in enumerate(titles.items()):
        panels.append(f'<g transform="translate({place * _WIDTH},0)">{_panel(kind, measured)}</g>')
    width = _WIDTH * len(titles)
    words = escape("; ".join(f"{kind}: {_told(measured)}" for kind, measured in titles.items()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" role="img" font-family="sans-serif" '
        f'font-size="13"><title>Times as fast as on one core</title><desc>{words}</desc>'
        f'<rect width="{width}" height="{_HEIGHT}" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def _faster(measured: list[Run]) -> dict[str, list[tuple[int, float]]]:
    medians = {(run.name, run.cores): statistics.median(run.clock) for run in measured}
    return {
        name: [(cores, medians[name, 1] / seconds) for (other, cores), seconds in medians.items() if other == name]
        for name in _COLOURS
    }


def _told(measured: list[Run]) -> str:
    return ", ".join(
        f"{name} {points[-1][1]:.2f} times on {points[-1][0]}" for name, points in _faster(measured).items()
    )


def _panel(kind: str, measured: list[Run]) -> str:
    faster, most = _faster(measured), max(run.cores for run in measured)
    highest = max(2.0, *(times for points in faster.values() for _, times in points))

    def at(cores: float, times: float) -> str:
        across = _EDGE + (cores - 1) / max(most - 1, 1) * (_WIDTH - 3 * _EDGE)
        return f"{across:.1f},{_HEIGHT - _EDGE - times / highest * (_HEIGHT - 2 * _EDGE):.1f}"

    parts = [f'<text x="{_EDGE}" y="24" font-weight="bold">{escape(kind)}: times as fast as on one core</text>']
    for cores in sorted({run.cores for run in measured}):
        x, _ = at(cores, 0).split(",")
        parts.append(f'<text x="{x}" y="{_HEIGHT - 20}" text-anchor="middle">{cores}</text>')
    for times in range(int(highest) + 1):
        _, y = at(1, times).split(",")
        parts.append(f'<text x="{_EDGE - 12}" y="{y}" text-anchor="end">{times}</text>')
        parts.append(f'<path d="M{at(1, times)} L{at(most, times)}" stroke="#d8dde0"/>')
    for name, points in faster.items():
        line = " L".join(at(cores, times) for cores, times in points)
        x, y = at(*points[-1]).split(",")
        parts.append(f'<path d="M{line}" fill="none" stroke="{_COLOURS[name]}" stroke-width="3"/>')
        parts.append(f'<text x="{float(x) + 8}" y="{y}" fill="{_COLOURS[name]}">{name} {points[-1][1]:.2f}</text>')
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--draw", type=Path, help="the SVG file that the picture goes into")
    options = parser.parse_args()
    most = len(os.sched_getaffinity(0))
    print(f"Measured {machine()}; load {os.getloadavg()[0]:.1f}; {options.rows:,} rows, {options.rounds} rounds.\n")
    titles: dict[str, list[Run]] = {}
    for kind in ("text", "Parquet"):
        titles[kind] = [run for cores in steps(most) for run in runs(kind, cores, options.rows)]
        for _ in range(options.rounds):
            for run in titles[kind]:
                run.once()
        print(shown(kind, titles[kind]), flush=True)
    if options.draw:
        options.draw.write_text(drawn(titles), encoding="utf-8")


if __name__ == "__main__":
    main()

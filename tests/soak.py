"""The long runs, in parts: `make soak` runs those that have not passed on this commit yet, `make soak PART=kills` one of them.

Each part that passed is written down in `build/soak/passed.json` with the commit and its time, by the clock and of the processors, so that
a soak that was cut short goes on where it stopped. What passed on a tree with changes that are not committed is run again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "build" / "soak" / "passed.json"
KILLS = "kills.txt"
"""Beside the record: each line a test of `kills` and how many processes it has killed."""
CHAOS = "chaos.txt"
"""Beside the record: what the hour of `chaos` came to."""
PAGE = ROOT / "docs" / "explanation" / "testing.md"
BEGIN, END = "<!-- soak: written by `python -m tests.soak record` -->\n", "<!-- soak: end -->\n"
WORKERS = 3
"""One more than the two cores that are reckoned with: a test that waits for a database or a browser leaves its core to another."""
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", str(WORKERS), "--dist", "loadgroup"]
FOLDERS = {
    "kills": "tests/crash",
    "chaos": "tests/chaos",
    "attacks": "tests/attack",
    "engines": "tests/engines",
    "histories": "tests/histories",
    "journeys": "tests/journeys",
    "mesh": "tests/mesh",
    "spec": "tests/spec",
    "units": "tests/unit",
}
"""Each by the folder whose tests that are marked `soak` it runs. What they print, such as how many worlds were tried, is shown at the end, and
which of them were skipped on this machine."""
NATIVE = (
    "tests/unit/numbers",
    "tests/unit/columnar",
    "tests/fuzz/test_corpus.py",
    "tests/engines/test_text_agrees.py",
    "tests/engines/test_text_threads.py",
    "tests/engines/test_columnar_agrees.py",
    "tests/engines/test_keys_agree.py",
    "tests/engines/test_type1_agrees.py",
)
"""What is run on a kernel that sanitizers watch."""
PARTS: dict[str, list[str]] = {
    "fuzz": ["make", "fuzz"],
    "sanitizers": [sys.executable, "-m", "tests.support.sanitized_kernel", *NATIVE],
    **{part: [*PYTEST, "-rPs", "-m", "soak", folder] for part, folder in FOLDERS.items()},
    "explore": [*PYTEST, "--ignore", "tests/histories", "-m", "hypothesis and not soak", "tests"],
}
"""What each part runs. `explore` runs the ordinary tests that draw their inputs, but for the histories of the register."""
BESIDE = ("chaos",)
"""Parts that wait more than they work: they are run beside the others."""
ANEW = ("explore", "histories")
"""Parts whose inputs are drawn anew each time, so that nobody has seen them before."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What the command of a part came to."""

    status: int
    processor: float
    """Seconds of processor time, of it and of all that it started and waited for: not of a PostgreSQL, which stands beside it."""


Run = Callable[[str, list[str]], Ran]
"""Runs the command of a part."""


def run(part: str, command: list[str]) -> Ran:
    """In a process of its own, from the top of the tree."""
    more = {"NDOO_EXPLORE": "1"} if part in ANEW else {}
    child = subprocess.Popen(command, cwd=ROOT, env=os.environ | more)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Ran(child.returncode, used.ru_utime + used.ru_stime)


def commit() -> str:
    """The commit that is tried; with a `+` where the tree has other changes."""
    head, changes = (
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        for words in (("rev-parse", "HEAD"), ("status", "--porcelain"))
    )
    return head + ("+" if changes else "")


def soak(wanted: list[str], of: str, record: Path = RECORD, runs: Run = run) -> int:
    """Run these parts; without any, those that have not passed on this commit. 0 where all of them pass, 2 where one is unknown.

    Args:
        of: the commit, as `commit` says it.
    """
    if unknown := [part for part in wanted if part not in PARTS]:
        print(f"There is no part {', '.join(unknown)}. The parts are: {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    passed = json.loads(record.read_text()) if record.exists() else {}
    done = {} if of.endswith("+") else passed.get(of, {})
    failed = []
    for part, told in _each(wanted or [part for part in PARTS if part not in done], runs, record.parent):
        if told is None:
            failed.append(part)
            continue
        passed.setdefault(of, {})[part] = told
        record.parent.mkdir(parents=True, exist_ok=True)
        draft = record.with_suffix(".draft")
        draft.write_text(json.dumps(passed, indent=2) + "\n")
        draft.replace(record)
    done = passed.get(of, {})
    left = [part for part in PARTS if part not in done]
    in_all = sum(one["seconds"] for one in done.values())
    print(f"Left: {', '.join(left)}." if left else f"Every part has passed, in {in_all} s.")
    return 1 if failed else 0


def _each(parts: list[str], runs: Run, folder: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each part and what is kept of it, None where it failed; those that are run beside the others come last."""
    with ThreadPoolExecutor(len(BESIDE)) as pool:
        beside = {part: pool.submit(_ran, part, runs, folder) for part in parts if part in BESIDE}
        for part in parts:
            if part not in beside:
                yield part, _ran(part, runs, folder)
        for part, running in beside.items():
            yield part, running.result()


def _ran(part: str, runs: Run, folder: Path) -> dict[str, Any] | None:
    print(f"{part}: {' '.join(PARTS[part][-3:])}", flush=True)
    counted, report = folder / KILLS, folder / CHAOS
    if part in ("kills", "chaos"):
        (counted if part == "kills" else report).unlink(missing_ok=True)
    began = time.monotonic()
    ran = runs(part, PARTS[part])
    told: dict[str, Any] = {"seconds": round(time.monotonic() - began), "processor": round(ran.processor)}
    ended = "FAILED" if ran.status else "passed"
    print(f"{part}: {ended} in {told['seconds']} s, {told['processor']} s of processor time", flush=True)
    if ran.status:
        return None
    told["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    if part == "kills" and counted.exists():
        told["kills"] = sum(int(line.split()[0]) for line in counted.read_text().splitlines())
        print(f"{counted.read_text()}{told['kills']} kills in all", flush=True)
    if part == "chaos" and report.exists():
        told["report"] = report.read_text().splitlines()
    return told


def written(page: str, passed: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The page with the record of the commits in it, the newest first, each with its parts.

    Raises:
        ValueError: the page has no place for it.
    """
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    if not after:
        raise ValueError("the page has no place for the record")
    lines = [
        "| commit | part | seconds | of processor time | passed at | kills |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for of, parts in reversed(passed.items()):
        lines += [
            f"| `{of[:8]}` | {part} | {one['seconds']} | {one.get('processor', '')} | {one['at']} | {one.get('kills', '')} |"
            for part in PARTS
            if not of.endswith("+") and (one := parts.get(part))
        ]
    reports = [(of, told) for of, parts in passed.items() if (told := parts.get("chaos", {}).get("report"))]
    for of, told in reports[-1:]:
        lines += ["", f"What the hour of `chaos` came to on `{of[:8]}`:", "", *(f"- {line}" for line in told)]
    return f"{before}{BEGIN}" + "\n".join(lines) + f"\n{END}{after}"


if __name__ == "__main__":
    if sys.argv[1:] == ["record"]:
        PAGE.write_text(written(PAGE.read_text("utf-8"), json.loads(RECORD.read_text())), "utf-8")
        raise SystemExit
    raise SystemExit(soak(sys.argv[1:], commit()))

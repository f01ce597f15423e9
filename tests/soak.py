"""The long runs, in parts: `make soak` runs those that have not passed on this commit yet, `make soak PART=kills` one of them.

Each part that passed is written down in `build/soak/passed.json` with the commit and its time, so that a soak that was cut short
goes on where it stopped. What passed on a tree with changes that are not committed is run again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "build" / "soak" / "passed.json"
KILLS = "kills.txt"
"""Beside the record: each line a test of `kills` and how many processes it has killed."""
PAGE = ROOT / "docs" / "explanation" / "testing.md"
BEGIN, END = "<!-- soak: written by `python -m tests.soak record` -->\n", "<!-- soak: end -->\n"
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
FOLDERS = {
    "kills": "tests/crash",
    "attacks": "tests/attack",
    "engines": "tests/engines",
    "histories": "tests/histories",
    "journeys": "tests/journeys",
    "mesh": "tests/mesh",
    "spec": "tests/spec",
    "units": "tests/unit",
}
"""Each by the folder whose tests that are marked `soak` it runs; what they print, such as how many worlds were tried, is shown at the end."""
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
ROUNDS = 5
PARTS: dict[str, list[str]] = {
    "fuzz": ["make", "fuzz"],
    "sanitizers": [sys.executable, "-m", "tests.support.sanitized_kernel", *NATIVE],
    **{part: [*PYTEST, "-rP", "-m", "soak", folder] for part, folder in FOLDERS.items()},
    **{f"explore-{at}": [*PYTEST, "-m", "hypothesis and not soak", "tests"] for at in range(1, ROUNDS + 1)},
}
"""What each part runs. `explore-N` runs the ordinary tests that draw their inputs, on inputs that nobody has seen before."""

Run = Callable[[str, list[str]], int]
"""Runs the command of a part; its exit status."""


def run(part: str, command: list[str]) -> int:
    """In a process of its own, from the top of the tree."""
    more = {"NDOO_EXPLORE": "1"} if part.startswith("explore") else {}
    return subprocess.run(command, cwd=ROOT, env=os.environ | more, check=False).returncode


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
    for part in wanted or [part for part in PARTS if part not in done]:
        print(f"{part}: {' '.join(PARTS[part][-3:])}", flush=True)
        counted = record.parent / KILLS
        if part == "kills":
            counted.unlink(missing_ok=True)
        began = time.monotonic()
        status = runs(part, PARTS[part])
        seconds = round(time.monotonic() - began)
        print(f"{part}: {'passed' if status == 0 else 'FAILED'} in {seconds} s", flush=True)
        if status:
            failed.append(part)
            continue
        passed.setdefault(of, {})[part] = {"seconds": seconds, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        if part == "kills" and counted.exists():
            passed[of][part]["kills"] = sum(int(line.split()[0]) for line in counted.read_text().splitlines())
            print(f"{counted.read_text()}{passed[of][part]['kills']} kills in all", flush=True)
        record.parent.mkdir(parents=True, exist_ok=True)
        draft = record.with_suffix(".draft")
        draft.write_text(json.dumps(passed, indent=2) + "\n")
        draft.replace(record)
    left = [part for part in PARTS if part not in passed.get(of, {})]
    print("Every part has passed." if not left else f"Left: {', '.join(left)}.")
    return 1 if failed else 0


def written(page: str, passed: dict[str, dict[str, dict[str, object]]]) -> str:
    """The page with the record of the commits in it, the newest first, each with its parts.

    Raises:
        ValueError: the page has no place for it.
    """
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    if not after:
        raise ValueError("the page has no place for the record")
    lines = ["| commit | part | seconds | passed at | kills |", "| --- | --- | --- | --- | --- |"]
    for of, parts in reversed(passed.items()):
        lines += [
            f"| `{of[:8]}` | {part} | {parts[part]['seconds']} | {parts[part]['at']} | {parts[part].get('kills', '')} |"
            for part in PARTS
            if part in parts and not of.endswith("+")
        ]
    return f"{before}{BEGIN}" + "\n".join(lines) + f"\n{END}{after}"


if __name__ == "__main__":
    if sys.argv[1:] == ["record"]:
        PAGE.write_text(written(PAGE.read_text("utf-8"), json.loads(RECORD.read_text())), "utf-8")
        raise SystemExit
    raise SystemExit(soak(sys.argv[1:], commit()))

"""The commands of a document, run as a reader would type them in an empty folder, in this process, on any day."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tests.conftest import Said

_FENCE = re.compile(r"(?ms)^```console\n(.*?)^```$")
_INDENTED = re.compile(r"(?m)(?:^    .*\n)+(?:\n+(?:^    .*\n)+)*")
_STATUS = re.compile(r" +# exit status (\d+)$")
_ASSIGNED = re.compile(r"(?:export )?([A-Z_]+)=(\S+)")
_VARIABLE = re.compile(r"\$\{?([A-Z_]+)\}?")
ANY = "…"
"""In a document: the rest of a word or a line; on a line of its own, any number of lines."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One command of a document, what is shown of its answer, and the exit status that the document gives it."""

    command: str
    shown: tuple[str, ...]
    status: int


def typed_in(page: str) -> Iterator[Typed]:
    """Every command after a `$`, in blocks called `console` and in indented blocks, in the order of the page."""
    blocks = [(found.start(), found[1]) for found in _FENCE.finditer(page)]
    rest = re.sub(r"(?ms)^```.*?^```$", lambda found: "-" * len(found[0]), page)
    blocks += [
        (found.start(), re.sub(r"(?m)^    ", "", found[0]))
        for found in _INDENTED.finditer(rest)
        if re.search(r"(?m)^    \$ ", found[0])
    ]
    for _, block in sorted(blocks):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            lines = part.rstrip("\n").split("\n")
            many = 1 + next((at for at, line in enumerate(lines) if not line.endswith("\\")), len(lines) - 1)
            command = " ".join(line.removesuffix("\\").strip() for line in lines[:many])
            status = _STATUS.search(command)
            yield Typed(_STATUS.sub("", command), tuple(lines[many:]), int(status[1]) if status else 0)


@dataclass
class Shell:
    """Runs commands one after the other; `ndoo` is the program in this process, everything else is bash."""

    ndoo: Callable[..., Said]
    folder: Path
    today: date
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, command: str) -> Said:
        """One command; `$(date -I)` is this shell's day."""
        command = command.replace("$(date -I)", self.today.isoformat())
        if found := _ASSIGNED.fullmatch(command):
            self.variables[found[1]] = found[2]
            return Said(0, "", "")
        if not command.startswith("ndoo "):
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=self.folder,
                env={**os.environ, **self.variables, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            return Said(done.returncode, done.stdout, done.stderr)
        command, _, target = command.partition(" > ")
        words = shlex.split(_VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), command))[1:]
        said = self.ndoo(*(one for word in words for one in self._named(word)))
        if target:
            (self.folder / target).write_text(said.out, encoding="utf-8")
            return Said(said.status, "", said.err)
        return said

    def _named(self, word: str) -> list[str]:
        """The files that a pattern names, as bash has them; else the word itself."""
        found = sorted(str(path.relative_to(self.folder)) for path in self.folder.glob(word)) if "*" in word else []
        return found or [word]


PROGRESS = re.compile(r".*: (?:\d+%, .+ (?:left|so far)|[\w ]+ so far)")
"""What a command says where it takes long, which no document shows."""


def differences(typed: Typed, said: Said) -> list[str]:
    """Where a document and an answer are not the same: lines shown and not said, and lines said and not shown."""
    told = [line.rstrip() for line in (said.out + said.err).splitlines() if line.strip()]
    told = [line for line in told if not PROGRESS.fullmatch(line)]
    shown = [line.rstrip() for line in typed.shown if line.strip()]
    whole = [re.compile(re.escape(line).replace(ANY, ".*")) for line in shown if line.strip() != ANY]
    wrong = [f"exit status {said.status}"] if said.status != typed.status else []
    wrong += [f"not said: {one.pattern}" for one in whole if not any(one.fullmatch(line) for line in told)]
    if len(whole) == len(shown):
        wrong += [f"not shown: {line}" for line in told if not any(one.fullmatch(line) for one in whole)]
    return wrong

"""How a command speaks: its answer goes to stdout, progress, notes and warnings to stderr.

With --json the answer is one object on stdout and nothing else; the sentences for people are then on stderr.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ndoo.cli.count_bar import bar
from ndoo.cli.printable import printable
from ndoo.cli.progress_line import BYTES, ProgressLine
from ndoo.domain.machine_faults import unsaid


def speech_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --json and --quiet."""
    command = click.option("--quiet", "-q", is_flag=True, help="Say nothing unless something is wrong.")(command)
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(command)


class Speech:
    """Says things to people unless they asked for quiet, warnings always, and things to machines if they asked for JSON.

    Args:
        aside: something else is printed on stdout, such as a document; what is said goes to stderr.
    """

    def __init__(self, *, as_json: bool, quiet: bool, aside: bool = False) -> None:
        self._json = as_json
        self._quiet = quiet
        self._aside = as_json or aside
        self._line: ProgressLine | None = None

    def say(self, text: str = "", *, always: bool = False) -> None:
        """A line of the answer. A path or a column's name that they typed may hold an NHS number; it is not repeated.

        Args:
            always: it says that something is wrong, so no wish for quiet hides it.
        """
        if always or not self._quiet:
            self._beside_progress()
            echo(printable(text, lines=True), err=self._aside)

    def note(self, text: str) -> None:
        """How the work goes on, or how something was understood: no part of the answer."""
        if not self._quiet:
            self._beside_progress()
            echo(printable(text), err=True)

    def warn(self, text: str) -> None:
        """What a person must look at before they go on; never hidden."""
        self._beside_progress()
        echo(printable(f"WARNING: {text}"), err=True)

    def table(self, heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """The first column to the left, the numbers to the right."""
        lines = [heading, *rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(heading))]
        for line in lines:
            cells = [
                line[0].ljust(widths[0]),
                *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
            ]
            self.say("  " + "  ".join(cells).rstrip())

    def picture(self, *counts: int) -> None:
        """A bar of rows kept, removed and held back, on a terminal."""
        if not self._quiet and not self._aside and (line := bar(counts, sys.stdout)) is not None:
            echo(line, err=False, color="NO_COLOR" not in os.environ)

    def answer(self, document: Mapping[str, Any]) -> None:
        """The object for machines."""
        if self._json:
            echo(json.dumps(document, indent=2), err=False)

    @contextmanager
    def progress(self, size: int, label: str, unit: str = BYTES) -> Iterator[ProgressLine]:
        """Tells how the work goes on; yields what is called with how much of `size` is done. Without a size it tells the time."""
        drawn = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        with ProgressLine(label, size, unit, out=None if self._quiet else sys.stderr, drawn=drawn) as self._line:
            try:
                yield self._line
            finally:
                self._line, line = None, self._line
                if line is not None:
                    line.clear()

    def _beside_progress(self) -> None:
        if self._line is not None:
            self._line.clear()


def echo(text: str, *, err: bool, nl: bool = True, color: bool | None = None) -> None:
    """Print a line. Whoever reads may leave early, as `| head` does: that changes nothing, and no exit status.

    Raises:
        Fault: the answer cannot be written. What is said beside it is only lost: no work ends for it.
    """
    try:
        click.echo(text, err=err, nl=nl, color=color)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2 if err else 1)
        if not err and not isinstance(error, BrokenPipeError):
            raise unsaid(error) from None


def number(count: int) -> str:
    """12,345"""
    return f"{count:,}"


def stored_size(source: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 of what is not there."""
    if source.is_file():
        return source.stat().st_size
    return sum(path.stat().st_size for path in source.rglob("*") if path.is_file())

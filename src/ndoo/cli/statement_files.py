"""`-o`, `--leaflet` and `--poster`: the files of a statement, and of what is given out or hung up beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ndoo.cli.output_options import OutputForm, output_option

if TYPE_CHECKING:
    from ndoo.assets.record import Record
    from ndoo.assets.statement import Statement
    from ndoo.policy import Pack

STATEMENT = OutputForm(
    "a page, a PDF, JSON or Markdown", (".md", ".html", ".htm", ".pdf", ".json", ".markdown", ".txt")
)
"""What a statement and what is given out beside it are written as."""


@dataclass(frozen=True, slots=True)
class StatementFiles:
    """Where the statement, a leaflet and a poster go; None where none is wanted."""

    output: Path | None
    leaflet: Path | None
    poster: Path | None

    def named(self) -> Iterator[Path]:
        """Those that are wanted."""
        yield from (path for path in (self.output, self.leaflet, self.poster) if path)

    def put(self, statement: Statement, organisation: Record | None, pack: Pack, now: datetime) -> None:
        """Write what is wanted.

        Raises:
            UnfitData, Fault: see `ndoo.assets.statement_forms`.
        """
        from ndoo.assets.handouts import LEAFLET, POSTER, make_handout, put_handout
        from ndoo.assets.statement_forms import put_statement

        if self.output:
            put_statement(self.output, statement.document)
        for which, path in ((LEAFLET, self.leaflet), (POSTER, self.poster)):
            if path:
                put_handout(path, make_handout(which, organisation, pack, now))


def statement_files(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds -o, --leaflet and --poster, which the command gets as `files`."""

    @wraps(command)
    def taken(*, output: Path | None, leaflet: Path | None, poster: Path | None, **options: Any) -> Any:
        return command(files=StatementFiles(output, leaflet, poster), **options)

    wished: Callable[..., Any] = taken
    for option in (
        output_option("--poster", form=STATEMENT, metavar="FILE", help="Write a poster there, in large letters."),
        output_option(
            "--leaflet",
            form=STATEMENT,
            metavar="FILE",
            help="Write a leaflet there: what the choice is, how to make it, and whom to ask here.",
        ),
        output_option(
            "-o",
            "--output",
            form=STATEMENT,
            metavar="FILE",
            help="Write it there: .html, .pdf, .json, else as Markdown.",
        ),
    ):
        wished = option(wished)
    return wished

"""Completes the name of a column from the file that was named before it on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

METAVAR = "COLUMN"
"""Every option whose value is called so takes the name of a column, and completes it."""


class ColumnName(click.ParamType[str]):
    """A column of a file that is on the command line; whether it is there shows when the file is read."""

    name = "column"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As it was typed."""
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The columns of every file before it that begin so; none where no file can be read."""
        typed = (*ctx.params.values(), ctx.args)  # an option without its value leaves arguments unread
        names = dict.fromkeys(name for path in _files(typed) for name in columns_of(path))
        return [CompletionItem(name) for name in names if name.lower().startswith(incomplete.lower())]


def columns_of(path: Path) -> Sequence[str]:
    """The columns of a text, a workbook, a Parquet or an Arrow file; none where it is no such file, or cannot be read."""
    from concurrent.futures import ThreadPoolExecutor

    from ndoo.upholding.datasets.formats import open_dataset
    from ndoo.upholding.text.dialect import Reading

    with ThreadPoolExecutor(1) as worker:
        try:
            return tuple(open_dataset(path, Reading(), worker).names)
        except Exception:  # noqa: BLE001  whoever presses a key for a name is told names, or nothing
            return ()


def _files(values: Any) -> Iterator[Path]:
    """Every file among what was typed so far."""
    for value in values:
        if isinstance(value, (list, tuple)):
            yield from _files(value)
        elif isinstance(value, (str, Path)) and Path(value).is_file():
            yield Path(value)

"""What the help adds to each command: its examples, and options in groups, the common ones first."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ndoo.cli.column_names import METAVAR, ColumnName
from ndoo.cli.help_examples import EXAMPLES

GROUPS: dict[str, tuple[str, ...]] = {
    "Most used": (
        "output",
        "allowed",
        "opted_out",
        "checked_at",
        "nhs_number",
        "signed_by",
        "held",
        "dry_run",
        "force",
        "html",
    ),
    "The list": (
        "requested",
        "register",
        "snapshot",
        "snapshot_signed_by",
        "mesh",
        "timeout",
        "ask_again",
        "reuse_days",
        "expected",
        "no_list",
        "small_register",
    ),
    "Columns and rows": ("also", "ignored", "undecided", "mentions", "justification", "leads_to_nobody"),
    "Type 1 opt-outs and the flow": ("type1", "flow_file"),
    "Releases that are made again": ("asset", "released_by", "shape"),
    "How text and sheets are written": (
        "delimiter",
        "encoding",
        "no_quotes",
        "no_header",
        "sheet",
        "skip_rows",
        "skip_footer",
        "nulls",
    ),
    "Folders and databases": (
        "describe",
        "engine",
        "table_version",
        "table",
        "schema",
        "into",
        "replace",
        "manifest",
        "form",
    ),
    "What is printed": ("as_json", "quiet", "help"),
}
"""Options by the names of their parameters. One that is in no group comes before what is printed."""
_MANY = 12
"""Commands with more options than this have them in groups."""


def with_examples(command: click.Command, name: str) -> click.Command:
    """The command, its two examples below its options, and those of a group's commands below theirs; an option that takes a column
    completes its name."""
    for option in _options(command):
        if option.metavar == METAVAR:
            option.type = ColumnName()
    command.epilog = "\b\nExamples:\n" + "\n".join(f"  {example}" for example in EXAMPLES[name])
    if isinstance(command, click.Group):
        for within, one in command.commands.items():
            with_examples(one, f"{name} {within}")
    return command


def _options(command: click.Command) -> Iterator[click.Option]:
    """Every option of a command, and of the commands in it."""
    yield from (one for one in command.params if isinstance(one, click.Option))
    if isinstance(command, click.Group):
        for within in command.commands.values():
            yield from _options(within)


class GroupedCommand(click.Command):
    """A command of many options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, group by group."""
        options = {str(one.name): one.get_help_record(ctx) for one in self.get_params(ctx)}
        told = {name: record for name, record in options.items() if record}
        if len(told) <= _MANY:
            super().format_options(ctx, formatter)
            return
        last = list(GROUPS)[-1]
        known = {name for names in GROUPS.values() for name in names}
        groups = {**GROUPS, "Others": tuple(name for name in told if name not in known), last: GROUPS[last]}
        for heading in (*(one for one in groups if one != last), last):
            if records := [told[name] for name in groups[heading] if name in told]:
                with formatter.section(heading):
                    formatter.write_dl(records)

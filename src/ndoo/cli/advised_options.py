"""Options that an error's sentence advises and the command that failed has not: sentences are shared by commands whose options differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

_QUOTED = re.compile(r"""`[^`]*`|"[^"]*"|'[^']*'""")
"""Another command's line, or what the caller wrote: neither is advice on this command."""
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
_MOST_NAMED = 3


def not_of_this_command(sentence: str, main: click.Group, words: Sequence[str]) -> str:
    """Which commands have the options that this sentence advises and the command that was called has not; empty where it has them all.

    Args:
        words: what was typed behind `ndoo`.
    """
    advised = dict.fromkeys(_OPTION.findall(_QUOTED.sub("", sentence)))
    called, path = _called(main, words)
    if not advised or not path:
        return ""
    lacking = [option for option in advised if option not in _options(called)]
    every = list(_every(main, "ndoo")) if lacking else []
    said = []
    for option in lacking:
        if those := [name for name, command in every if option in _options(command)]:
            *first, last = [f"`{name}`" for name in those[:_MOST_NAMED]] + ["others"] * (len(those) > _MOST_NAMED)
            named = f"{', '.join(first)} and {last}" if first else last
            said.append(f"{option} is an option of {named}, not of `ndoo {path}`.")
    return " ".join(said)


def _called(main: click.Group, words: Sequence[str]) -> tuple[click.Command, str]:
    command: click.Command = main
    path = []
    for word in words:
        found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        if found is None:
            break
        command = found
        path.append(word)
    return command, " ".join(path)


def _options(command: click.Command) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


def _every(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        if command := group.get_command(context, name):
            yield f"{path} {name}", command
            if isinstance(command, click.Group):
                yield from _every(command, f"{path} {name}")

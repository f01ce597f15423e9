"""Refuses an option that takes one value and is given several, of which only the last would be read; and a value that is empty.

The whole command line passes here before any command sees it, so an option that is new tomorrow is guarded too. Options declared
with `multiple=True` take as many as they are given; a plain flag says the same however often it stands there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ndoo.cli.output_options import judge_outputs
from ndoo.domain.errors import UsageFault


def takes_one_value(option: click.Parameter) -> bool:
    """Would a second mention of this parameter take the place of the first?"""
    if not isinstance(option, click.Option):
        return False
    says_the_same = (option.is_flag and not option.secondary_opts) or option.count
    return not (option.multiple or says_the_same)


def refuse_repeated_options(command: click.Command, context: click.Context, arguments: Sequence[str]) -> None:
    """Raises UsageFault or UsageError where these arguments of `command`, or those of a subcommand that they name, hold such an option
    twice, a value that is empty, or an output that is an input or another output.
    """
    said, left, mentioned = command.make_parser(context).parse_args(list(arguments))
    for option in mentioned:
        if takes_one_value(option) and mentioned.count(option) > 1:
            name = max(option.opts, key=len)
            raise UsageFault("option-repeated", f"{name} takes one value, and it was given several. Give {name} once.")
    _refuse_empty_values(command, context, said)
    judge_outputs(command, said)
    if isinstance(command, click.Group) and left:
        named = command.get_command(context, left[0])
        if named is not None:
            within = click.Context(named, context, left[0], **named.context_settings)
            refuse_repeated_options(named, within, left[1:])


def _refuse_empty_values(command: click.Command, context: click.Context, said: Mapping[str, Any]) -> None:
    """Raises UsageError where something was given as an empty text, as `"$FOLDER"` is while nobody has set it."""
    for parameter in command.params:
        values = said.get(str(parameter.name))
        if "" in (values if isinstance(values, list | tuple) else [values]) and not getattr(
            parameter.type, "judges_empty", False
        ):
            name = (
                max(parameter.opts, key=len)
                if isinstance(parameter, click.Option)
                else parameter.human_readable_name.strip("[]….")
            )
            raise click.UsageError(
                f"{name} was given an empty value. Give it one that is not empty, or leave it out.", context
            )

"""Refuses an option that takes one value and is given several: of two lists only the last would be read.

The whole command line passes here before any command sees it, so an option that is new tomorrow is guarded too. Options declared
with `multiple=True` take as many as they are given; a plain flag says the same however often it stands there.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from ndoo.cli.output_options import refuse_outputs_over_inputs
from ndoo.domain.errors import UsageFault


def takes_one_value(option: click.Parameter) -> bool:
    """Would a second mention of this parameter take the place of the first?"""
    if not isinstance(option, click.Option):
        return False
    says_the_same = (option.is_flag and not option.secondary_opts) or option.count
    return not (option.multiple or says_the_same)


def refuse_repeated_options(command: click.Command, context: click.Context, arguments: Sequence[str]) -> None:
    """Raises UsageFault where these arguments of `command`, or those of a subcommand that they name, hold such an option twice, or an
    output that is an input.
    """
    said, left, mentioned = command.make_parser(context).parse_args(list(arguments))
    for option in mentioned:
        if takes_one_value(option) and mentioned.count(option) > 1:
            name = max(option.opts, key=len)
            raise UsageFault("option-repeated", f"{name} takes one value, and it was given several. Give {name} once.")
    refuse_outputs_over_inputs(command, said)
    if isinstance(command, click.Group) and left:
        named = command.get_command(context, left[0])
        if named is not None:
            within = click.Context(named, context, left[0], **named.context_settings)
            refuse_repeated_options(named, within, left[1:])

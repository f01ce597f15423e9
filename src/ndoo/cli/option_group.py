"""Options that belong together: a command takes them as one value of a type, and not one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def option_group(parameter: str, made: Callable[..., Any], *options: Decorator) -> Decorator:
    """Adds options, the first on top of the help, which the command takes together.

    Args:
        parameter: what the command calls them.
        made: makes its value of them, by the names of their parameters.
    """

    def grouped(command: Callable[..., Any]) -> Callable[..., Any]:
        names = [name for option in options for name in _names(option)]

        @wraps(command)
        def taken(**said: Any) -> Any:
            return command(**{parameter: made(**{name: said.pop(name) for name in names})}, **said)

        declared: Callable[..., Any] = taken
        for option in reversed(options):
            declared = option(declared)
        return declared

    return grouped


def _names(option: Decorator) -> list[str]:
    """The parameters that an option, or a group of them, gives to a command."""

    def command() -> None: ...

    declared: list[click.Parameter] = getattr(option(command), "__click_params__", [])
    return [str(one.name) for one in declared if one.expose_value]

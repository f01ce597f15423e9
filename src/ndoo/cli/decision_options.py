"""The options that say by which decision something is released, and what becomes of whoever cannot be decided on.

These are --flow, --undecided, --justification, --held and --expect-removed. `ndoo uphold` and `ndoo check` do what they say; `ndoo verify`
expects it of a release.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from ndoo.cli.expected_share import Share
from ndoo.cli.list_options import PATH
from ndoo.cli.option_group import Decorator
from ndoo.domain.errors import UsageFault

MODES = ("hold", "exclude", "stop", "keep-missing")
"""What may become of rows whose person cannot be decided on."""


@dataclass(frozen=True, slots=True)
class DecisionOptions:
    """What was said on the command line; what is None was not said."""

    flow_file: Path | None
    undecided: str | None
    justification: str | None
    held: Path | None
    expected: tuple[float, float] | None

    def refuse_unjustified(self) -> None:
        """Raises UsageFault where rows without a number are to stay and nobody says why, or a reason is given for nothing."""
        refuse_unjustified(self.undecided, self.justification)


def refuse_unjustified(undecided: str | None, justification: str | None) -> None:
    """Raises UsageFault where one of --undecided keep-missing and --justification is given without the other."""
    if (undecided == "keep-missing") != bool(justification and justification.strip()):
        raise UsageFault("justification", "--undecided keep-missing and --justification TEXT go together.")


@dataclass(frozen=True, slots=True)
class Meanings:
    """What each of them means to a command, for its help."""

    flow: str
    undecided: str
    justification: str
    held: str
    expected: str
    default: str | None = "hold"
    """What becomes of undecidable rows where nobody says; None: nothing is expected of them."""
    held_as: click.ParamType[Path] | None = None
    """Given where the command writes the file of what is held; else it is read."""


def decision_options(meanings: Meanings) -> tuple[Decorator, ...]:
    """These options, the first on top."""
    return (
        click.option("--flow", "flow_file", type=PATH, metavar="FLOW.toml", help=meanings.flow),
        click.option(
            "--undecided",
            type=click.Choice(MODES),
            default=meanings.default,
            show_default=meanings.default is not None,
            help=meanings.undecided,
        ),
        click.option("--justification", metavar="TEXT", help=meanings.justification),
        click.option("--held", type=meanings.held_as or PATH, metavar="FILE", help=meanings.held),
        click.option("--expect-removed", "expected", type=Share(), metavar="LOW-HIGH", help=meanings.expected),
    )

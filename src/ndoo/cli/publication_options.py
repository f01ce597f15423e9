"""`--publish WHY` and `--agree WHY`: two accounts make a statement public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

import click

from ndoo.cli.register_session import entry, opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody

_WORDS = 200
"""Letters of a reason that are kept."""


@dataclass(frozen=True, slots=True)
class PublicationWish:
    """What somebody checked; `agreed` where another account has asked before."""

    because: str
    agreed: bool

    def carry_out(self, now: datetime, member: str) -> str:
        """Ask, or publish; what to say then.

        Raises:
            NotPermitted, UnfitData: see `ndoo.service.asset_register.publication`.
        """
        with opened():
            from ndoo.service.asset_register import overview, publication

            if not self.agreed:
                publication.ask(overview.picture(now), entry, self.because[:_WORDS], member)
                return "Asked for. Nothing is public until another account runs the same with --agree."
            row = publication.agree(overview.picture(now), entry, self.because[:_WORDS], member)
            return f"Published as version {row.number}."


def publication_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --publish and --agree, which the command gets as `wish`."""

    @wraps(command)
    def wished(*, publish: str | None, agree: str | None, **options: Any) -> Any:
        return command(wish=_wish(publish, agree, file=options["register"] is not None), **options)

    for option in (
        click.option(
            "--agree", metavar="WHY", help="Publish what another account has asked for, and say what you checked."
        ),
        click.option(
            "--publish",
            metavar="WHY",
            help="Ask for it to be made the public one at /statement, and say what you checked. Refused (exit 5) while there are gaps.",
        ),
    ):
        wished = option(wished)
    return wished


def _wish(publish: str | None, agree: str | None, *, file: bool) -> PublicationWish | None:
    because = agree if publish is None else publish
    if because is None:
        return None
    if file:
        raise UsageFault(
            "publish-file", "--publish and --agree are for the register in the database: leave the file out."
        )
    if publish is not None and agree is not None:
        raise UsageFault("publish-how", "Give either --publish, to ask for it, or --agree, to agree to it.")
    if not because.strip():
        raise UsageFault("publish-why", "Say with it what you checked: the audit keeps it.")
    if names_somebody(because):
        raise UsageFault("reason-identifies", "The reason holds what is a valid NHS number. Say it without.")
    return PublicationWish(because, publish is None)

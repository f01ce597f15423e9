"""`ndoo mesh plan`: how many requests keep a population's answers fresh."""

from __future__ import annotations

from dataclasses import asdict

import click

from ndoo.cli.mesh_session import limit_days
from ndoo.cli.output import Speech, speech_options
from ndoo.domain.plurals import counted


@click.command(name="plan")
@click.option("--people", type=click.IntRange(min=1), required=True, metavar="N", help="How many people there are.")
@click.option(
    "--refresh-days",
    type=click.IntRange(1, 366),
    default=7,
    show_default=True,
    help="Ask about each once in so many days.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    metavar="N",
    help="People in one request at most; default: what is known to work.",
)
@speech_options
def plan(people: int, refresh_days: int, most: int | None, as_json: bool, quiet: bool) -> None:
    """Plan the batches that ask about everybody often enough."""
    from ndoo.checking.mesh import answer_cache
    from ndoo.checking.mesh.service import known

    made = answer_cache.plan(people, refresh_days, limit_days(), most or known().max_numbers)
    speech = Speech(as_json=as_json, quiet=quiet)
    speech.say(
        f"{counted(made.requests_a_day, 'request')} a day of {counted(made.people_each, 'person')}: everybody once in "
        f"{counted(refresh_days, 'day')}, {counted(made.margin_days, 'day')} before an answer is too old."
    )
    speech.answer({**asdict(made), "margin_days": made.margin_days})

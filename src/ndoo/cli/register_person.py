"""`ndoo register set`, `show` and `history`: the choices of one person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.list_options import When, now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import about_one_person, entry, opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import LONDON, is_after, spoken
from ndoo.domain.nhs_number import NHSNumber, names_somebody

if TYPE_CHECKING:
    from ndoo.service.choices.models import ChoiceEvent

CHOICES = ("opt_out", "allow")
CHANNELS = ("online", "app", "phone", "post", "staff", "migration")
ROLES = ("parent", "attorney", "deputy", "secure_setting")
"""The register's words, here because the help is to answer without Django; the suite compares them."""

SAID = {"opt_out": "opted out", "allow": "allowed", "": "not set: this person never chose, which is no opt-out"}


def looking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --reason and --show-identifiers."""
    command = click.option("--reason", default="", metavar="TEXT", help="Why you look; it goes into the audit.")(
        command
    )
    return click.option("--show-identifiers", is_flag=True, help="Print the NHS number too.")(command)


@click.command(name="set", short_help="Record the choice of one person.")
@about_one_person
@click.option("--choice", type=click.Choice(CHOICES), required=True, help="What the person said.")
@click.option("--channel", type=click.Choice(CHANNELS), default="staff", show_default=True, help="How it arrived.")
@click.option("--proxy-role", type=click.Choice(ROLES), help="Somebody with this power chose for the person.")
@click.option("--evidence", default="", metavar="REFERENCE", help="Where the proof of that power is kept.")
@speech_options
def set_choice(
    number: NHSNumber, choice: str, channel: str, proxy_role: str | None, evidence: str, as_json: bool, quiet: bool
) -> None:
    """Record the choice of one person, as made now; also when it is the one that stands."""
    if names_somebody(evidence) or len(evidence) > 200:
        raise UsageFault(
            "evidence",
            "--evidence is a reference of at most 200 characters to where the proof is kept, without numbers.",
        )
    with opened():
        from ndoo.service.choices.models import By, Channel, Choice, ProxyRole
        from ndoo.service.choices.record_choice import NewChoice, record

        change = NewChoice(
            number,
            Choice(choice),
            now(),
            Channel(channel),
            By.PROXY if proxy_role else By.SELF,
            ProxyRole(proxy_role) if proxy_role else None,
            evidence,
        )
        event = record(change, entry("choice.set", number))
    speech = Speech(as_json=as_json, quiet=quiet)
    speech.say(f"Recorded: {SAID[event.choice]}. Before: {SAID[event.previous].partition(':')[0]}.")
    speech.answer(shown(event))


@click.command(name="show")
@about_one_person
@click.option("--as-at", type=When(), metavar="WHEN", help="As it stood then; a day means its end in London.")
@looking
@speech_options
def show(
    number: NHSNumber, as_at: datetime | date | None, reason: str, show_identifiers: bool, as_json: bool, quiet: bool
) -> None:
    """What one person chose: opt_out, allow, or not_set."""
    with opened():
        from ndoo.service.choices.choice_history import as_at as stood
        from ndoo.service.choices.choice_history import current

        when = asked_moment(as_at)
        looked(number, reason)
        event = stood(number, when.past) if when.past else current(number)
    speech = Speech(as_json=as_json, quiet=quiet)
    _identified(number, show_identifiers, quiet)
    if event:
        speech.say(f"{SAID[event.choice]}, {_in_words(event)}")
    else:
        speech.say(SAID[""])
    speech.answer(
        {
            **({"nhs_number": number.reveal()} if show_identifiers else {}),
            **(shown(event) if event else {"choice": "not_set"}),
            "as_at": when.said.isoformat() if as_at else None,
        }
    )


@click.command(name="history", short_help="Every choice of one person, when and how.")
@about_one_person
@looking
@speech_options
def history(number: NHSNumber, reason: str, show_identifiers: bool, as_json: bool, quiet: bool) -> None:
    """Every choice of one person, the first one first, with when, how and by whom."""
    with opened():
        from ndoo.service.choices import choice_history

        looked(number, reason)
        events = choice_history.history(number)
    speech = Speech(as_json=as_json, quiet=quiet)
    _identified(number, show_identifiers, quiet)
    for event in events:
        speech.say(f"{event.sequence}. {SAID[event.choice]}, {_in_words(event)}")
    if not events:
        speech.say(SAID[""])
    speech.answer(
        {
            **({"nhs_number": number.reveal()} if show_identifiers else {}),
            "history": [
                {
                    "sequence": event.sequence,
                    "previous": event.previous or "not_set",
                    **shown(event),
                    "evidence": event.evidence,
                    "actor": event.actor,
                    "policy_version": event.policy_version,
                }
                for event in events
            ],
        }
    )


@dataclass(frozen=True, slots=True)
class AskedMoment:
    """The moment about which the register is asked."""

    said: datetime
    """By the database's clock where it is the present one."""
    past: datetime | None
    """The same; None where it is the present: the register as it stands."""


def asked_moment(when: datetime | date | None) -> AskedMoment:
    """What --as-at means; the register is there. A day that has not ended is the register as it stands, and so is no --as-at.

    Raises:
        UsageFault: it is yet to come by the database's clock.
    """
    from ndoo.service.database_time import database_time

    present = database_time()
    said = moment(when, present) if when else present
    return AskedMoment(said, None if said == present else said)


def moment(when: datetime | date, at_present: datetime) -> datetime:
    """The instant that --as-at means: a day is its end in London, or now where it has not ended.

    Raises:
        UsageFault: it is yet to come.
    """
    if is_after(when, at_present):
        raise UsageFault("as-at-future", "--as-at is in the future. Give today, or a day before it.")
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    end = datetime.combine(when + timedelta(days=1), time(), LONDON).astimezone(UTC) - timedelta(microseconds=1)
    return min(end, at_present)


def looked(number: NHSNumber, reason: str) -> None:
    """Write into the audit that somebody looked, before anything is shown."""
    from django.db import transaction

    from ndoo.service.audit.entries import write

    with transaction.atomic():
        write(entry("person.viewed", number, reason=reason[:500]), now())


def shown(event: ChoiceEvent) -> dict[str, Any]:
    """A choice for machines, without whose it is."""
    return {
        "choice": event.choice,
        "recorded_at": event.recorded_at.astimezone(UTC).isoformat(),
        "channel": event.channel,
        "by": event.by,
        "proxy_role": event.proxy_role,
    }


def _in_words(event: ChoiceEvent) -> str:
    by = event.proxy_role.replace("_", " ") if event.proxy_role else "the person"
    return f"{spoken(event.recorded_at)}, {event.channel}, by {by}"


def _identified(number: NHSNumber, asked: bool, quiet: bool) -> None:
    """The one place where a number is said to people, and only to whoever asks for it."""
    if asked and not quiet:
        digits = number.reveal()
        click.echo(f"{digits[:3]} {digits[3:6]} {digits[6:]}", err=True)

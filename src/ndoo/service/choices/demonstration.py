"""The people whom one can be in a demonstration: made-up people, loaded into the embedded register, and the page that lists them."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.choices import choice_history
from ndoo.service.choices.identity import embedded
from ndoo.service.choices.identity.models import KnownPerson
from ndoo.service.choices.identity.people import Person
from ndoo.service.choices.models import By, Channel, Choice, ChoiceEvent, ProxyRole
from ndoo.service.choices.patient.models import AppliedOutcome
from ndoo.service.choices.patient.record_applied import Occasion, record_applied
from ndoo.service.choices.record_choice import NewChoice, record

_NEVER_ISSUED = "9"
"""Numbers that begin so are for tests and demonstrations (`nhs_number_ranges.toml`)."""


def load() -> int:
    """Make everybody known who is not yet, with their choices; how many were new.

    Raises:
        UsageFault: the register holds a choice of somebody who is not made up. Anybody could read their messages.
    """
    if ChoiceEvent.objects.exclude(nhs_number__startswith=_NEVER_ISSUED).exists():
        raise UsageFault(
            "demo-among-people",
            "The register holds choices of people who may be real, and in a demonstration anybody can read everybody's "
            "messages. Set NDOO_DATA to another folder, or leave out --demo.",
        )
    made_up = tomllib.loads(files(__package__).joinpath("demonstration.toml").read_text(encoding="utf-8"))["person"]
    known = set(KnownPerson.objects.values_list("pk", flat=True))
    new = [entry for entry in made_up if entry["nhs_number"] not in known]
    for entry in new:
        choices, applied, story = entry.pop("choices", []), entry.pop("applied", []), entry.pop("story")
        number = read(entry.pop("nhs_number"))
        assert isinstance(number, NHSNumber), "made-up numbers pass their check"  # noqa: S101
        embedded.row(Person(number=number, **entry), story).save()
        if not choice_history.history(number):
            _choose(number, choices)
            for one in applied:
                _apply(number, Occasion(one["organisation"], one["use"], one["at"]))
    return len(new)


def _choose(number: NHSNumber, choices: list[dict[str, Any]]) -> None:
    for one in choices:
        role = ProxyRole(one["proxy_role"]) if "proxy_role" in one else None
        change = NewChoice(
            number,
            Choice(one["choice"]),
            one["at"],
            Channel(one["channel"]),
            By.PROXY if role else By.SELF,
            role,
            evidence="demonstration" if role else "",
        )
        record(change, Entry("system", "choice.set", number, reason="made up, for the demonstration"))


def _apply(number: NHSNumber, occasion: Occasion) -> None:
    then = choice_history.as_at(number, occasion.at)
    assert then, "a choice was applied to those who had made one"  # noqa: S101
    outcome = AppliedOutcome.LEFT_OUT if then.choice == Choice.OPT_OUT else AppliedOutcome.MAY_BE_USED
    record_applied(occasion, {outcome: {number.reveal(): then.sequence}})


def people(request: HttpRequest) -> HttpResponse:
    """Everybody who can be tried, in a demonstration; elsewhere there is no such page."""
    if not settings.NDOO.demo:
        raise Http404
    rows = [
        {
            "name": f"{row.given_name} {row.family_name}",
            "born": date_format(row.born, "j F Y"),
            "number": f"{row.nhs_number[:3]}\u00a0{row.nhs_number[3:6]}\u00a0{row.nhs_number[6:]}",
            "postcode": row.postcode,
            "story": row.story,
        }
        for row in KnownPerson.objects.order_by("nhs_number")
    ]
    return render(request, "demonstration/people.jinja", {"people": rows})

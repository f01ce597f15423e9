"""What a job's release says to the people who were in its extract: who was left out, who was kept in, by whom and for what.

It is said of those who have made a choice. Of everybody else no list is kept here that says in whose data they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from ndoo.assets.fields import FLOW
from ndoo.assets.statement import words
from ndoo.numbers.number_set import NumberSet
from ndoo.service.asset_register import record_versions
from ndoo.service.choices.models import Choice
from ndoo.service.choices.opted_out import last_such_choice, pieces, who_ever_chose
from ndoo.service.choices.patient.models import AppliedOutcome
from ndoo.service.choices.patient.record_applied import Occasion, People
from ndoo.service.uphold_jobs.apart import ReleasedExtract
from ndoo.service.uphold_jobs.models import UpholdingJob

Told = Mapping[AppliedOutcome, People]
"""People by what came of it for them, each with the choice that was applied."""


def by_the_register(upheld: ReleasedExtract, opted_out: NumberSet, asked_at: datetime) -> Told:
    """Of a release that went by this register. Whoever was left out with somebody else in their row is not told so: that would
    tell what the other one chose.

    Args:
        opted_out: who had opted out, as the register was asked.
        asked_at: when that was: no later choice was applied.
    """
    upheld.others.retain_all(opted_out)
    upheld.kept.retain_all(who_ever_chose(Choice.ALLOW))
    return {
        AppliedOutcome.LEFT_OUT: last_such_choice(upheld.others, Choice.OPT_OUT, asked_at),
        AppliedOutcome.MAY_BE_USED: last_such_choice(upheld.kept, Choice.ALLOW, asked_at),
    }


def by_another_list(upheld: ReleasedExtract, allowed: NumberSet) -> Told:
    """Of a release that went by a cleaned list, which came with the extract. Whoever was left out and was on it is not told: it was
    for another reason.
    """
    chose = who_ever_chose(*Choice)
    upheld.others.retain_all(chose)
    upheld.others.discard_all(allowed)
    upheld.kept.retain_all(chose)
    return {
        AppliedOutcome.NOT_ON_LIST: {number: 0 for piece in pieces(upheld.others) for number in piece},
        AppliedOutcome.ON_LIST: {number: 0 for piece in pieces(upheld.kept) for number in piece},
    }


def occasion_of(job: UpholdingJob, now: datetime) -> Occasion:
    """Who released it, and for which use, as the register of assets and flows says it today."""
    organisation = record_versions.register().organisation
    name = organisation.text("name") if organisation else ""
    return Occasion(name or _("The organisation that runs this service"), _use_of(job), now)


def _use_of(job: UpholdingJob) -> str:
    if not job.flow:
        return _("a trial, for no use that is registered")
    row = record_versions.latest(FLOW, job.flow)
    if row is None or row.content is None:
        return job.flow
    flow = record_versions.record_of(row)
    purpose = words()["purpose"].get(flow.facts.text("purpose"), "")
    return ", ".join(filter(None, (flow.text("name"), purpose)))

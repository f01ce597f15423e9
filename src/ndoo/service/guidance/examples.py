"""Tells of real uses beyond care, for the page of examples.

Whether a choice counts for one, and when its source was read, is the policy pack's: the same entry by which a flow is decided, so that
the page cannot say otherwise than the decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ndoo.policy.pack import Exemption
from ndoo.policy.read_pack import load_pack


@dataclass(frozen=True, slots=True)
class ExampleUse:
    """One use: what for, the entry of the policy pack, and what else its source says, or nothing."""

    purpose: Promise
    entry: str
    more: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A heading, what is done, whose page says so, and the uses."""

    heading: Promise
    does: Promise
    publisher: Promise
    uses: tuple[ExampleUse, ...]


_CHECK, _RESEARCH = _("To check care"), _("For research")
EXAMPLES = (
    Example(
        _("Care after a stroke"),
        _("A national audit checks how well hospitals care for people who had a stroke."),
        _("SSNAP, ssnap.org"),
        (
            ExampleUse(_CHECK, "X-SSNAP", _("You can ask the hospital to leave you out.")),
            ExampleUse(_RESEARCH, "NX-SSNAP-RESEARCH"),
        ),
    ),
    Example(
        _("Very ill children"),
        _("An audit called PICANet checks intensive care for children."),
        _("PICANet, picanet.org.uk"),
        (ExampleUse(_CHECK, "X-PICANET-AUDIT"), ExampleUse(_RESEARCH, "NX-PICANET-RESEARCH")),
    ),
    Example(
        _("Kidney disease"),
        _("The UK Renal Registry collects facts about people with kidney disease."),
        _("UK Renal Registry, renal.org"),
        (
            ExampleUse(
                _("To check care, and for research"),
                "X-UKRR",
                _("If you say no, your kidney unit takes out what says who you are first."),
            ),
        ),
    ),
    Example(
        _("Crohn’s and colitis"),
        _("The IBD Registry collects facts about people with these illnesses."),
        _("IBD Registry, ibdregistry.org.uk"),
        (ExampleUse(_("To check care, and for research"), "NX-IBD", _("You can still agree to be in it.")),),
    ),
    Example(
        _("Learning from deaths"),
        _("LeDeR reviews deaths of people with a learning disability or autism."),
        _("LeDeR, leder.nhs.uk"),
        (ExampleUse(_("To make care better"), "NX-LEDER", _("There is no review of someone who opted out.")),),
    ),
    Example(
        _("Planning for an area"),
        _("An NHS board may join GP and hospital records, and sort people by risk."),
        _("NHS England"),
        (ExampleUse(_("To plan care"), "NX-RISK-BOARD"),),
    ),
)

_COUNTS = {"not_exempt": True, "does_not_apply": False}


@dataclass(frozen=True, slots=True)
class ToldUse:
    """A use as the page tells it.

    Attributes:
        counts: the opt-out applies to it.
        read: the day on which its source was read.
    """

    use: ExampleUse
    counts: bool
    read: date


def told() -> list[tuple[Example, list[ToldUse]]]:
    """Each example with what the policy pack says of its uses.

    Raises:
        LookupError: the pack has no such entry, or one that decides nothing by itself.
    """
    entries = load_pack().exemptions
    return [(example, [_use(one, entries[one.entry]) for one in example.uses]) for example in EXAMPLES]


def _use(use: ExampleUse, entry: Exemption) -> ToldUse:
    return ToldUse(use, _COUNTS[entry.effect], entry.source.read)

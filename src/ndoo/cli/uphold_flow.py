"""`ndoo uphold --flow`: does the opt-out apply to what is about to be released, and what else must be done?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.cli.applies_many import only_flow
from ndoo.cli.speech import Speech
from ndoo.domain.errors import NoUsableList, UnfitData, UsageFault
from ndoo.domain.london import london_date
from ndoo.policy import Decision, decide, load_pack
from ndoo.policy.flow import NOTHING

REVIEW = 7


def decided(path: Path, moment: datetime, *, with_type1: bool = False) -> Decision:
    """The answer to the flow in this file as on the day of the release, whatever day the file names.

    Raises:
        NoUsableList: Type 1 opt-outs must be applied, and no source of them is named.
        UnfitData, UsageFault: the file holds no flow, or several.
    """
    today = london_date(moment)
    decision = decide(only_flow(path, today), load_pack(), today)
    upheld_by_notice = _asks_the_notice(decision) and decision.flow.text("gateway.type_1") == "upheld"
    if ("apply_type_1" in decision.obligations or upheld_by_notice) and not with_type1:
        raise NoUsableList(
            "type1-missing",
            "This flow takes data from the GP record, so Type 1 opt-outs must be applied too, and this release has no "
            "source of them. Name the coded entries with --type1. Nothing may be released until they are applied.",
        )
    return decision


def type1_set_aside(decision: Decision, *, with_type1: bool) -> dict[str, Any] | None:
    """The manifest's entry where a law obliges to provide GP data whether or not a Type 1 opt-out exists; else None.

    Raises:
        UnfitData: the flow says so without saying where it is written, or where no law or notice could say it.
        UsageFault: the flow says so, and Type 1 opt-outs are to be applied all the same.
    """
    if decision.flow.text("gateway.type_1") != "overridden":
        return None
    citation = decision.flow.text("gateway.type_1_citation").strip()
    if not _asks_the_notice(decision):
        raise UnfitData(
            "type1-not-overridden",
            "The flow says (gateway.type_1) that Type 1 opt-outs are overridden. Only a collection of GP data that a law, a direction "
            "or a notice under regulation 3 obliges to provide can say so, and this flow is decided otherwise.",
        )
    if citation.lower() in NOTHING:
        raise UnfitData(
            "type1-citation",
            "The flow says that Type 1 opt-outs are overridden and not where that is written: fill in "
            "gateway.type_1_citation.",
        )
    if with_type1:
        raise UsageFault(
            "type1-overridden",
            "The flow says that the law obliges to provide the data whether or not a Type 1 opt-out exists, and --type1 "
            "would leave people out. Change the one or leave out the other.",
        )
    return {
        "applied": False,
        "because": "The law obliges to provide this data whether or not a Type 1 opt-out exists, as its notice says.",
        "citation": citation,
    }


def _asks_the_notice(decision: Decision) -> bool:
    return "check_type_1_in_notice" in decision.obligations


def stopped(decision: Decision, speech: Speech) -> int:
    """Say why nothing is released yet, and what to find out; the exit status of a review."""
    speech.say("Whether the opt-out applies must be reviewed first. Nothing was written.")
    for item in decision.missing:
        speech.say(f"  to find: {item.fact}")
    speech.say("See `ndoo applies` on the same flow for the reasons.")
    speech.answer({"decision": decision.to_dict()})
    return REVIEW


def told(decision: Decision, speech: Speech, *, with_type1: bool = False) -> None:
    """Say what was decided, and what must be done besides."""
    nobody = "so nobody was removed for it" if with_type1 else "so nobody was removed"
    word = "applies" if decision.outcome == "applies" else f"does not apply, {nobody}"
    speech.say(f"The opt-out {word} ({decision.reason}). {decision.because[0].says}")
    for duty in decision.duties:
        speech.say(f"  besides: {duty.says}")

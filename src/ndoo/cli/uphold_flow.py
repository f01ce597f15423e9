"""`ndoo uphold --flow`: decides whether the opt-out applies to what is about to be released, and what else must be done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ndoo.cli.applies_many import only_flow
from ndoo.cli.output import Speech
from ndoo.domain.london import london_date
from ndoo.policy import Decision, decide, load_pack
from ndoo.policy.type1_duty import refuse_without_type1

REVIEW = 7


def decided(path: Path, moment: datetime, *, with_type1: bool = False) -> Decision:
    """The answer to the flow in this file as on the day of the release, whatever day the file names.

    Raises:
        NoUsableList: Type 1 opt-outs must be applied, and no source of them is named.
        UnfitData, UsageFault: the file holds no flow, or several.
    """
    today = london_date(moment)
    decision = decide(only_flow(path, today), load_pack(), today)
    if not with_type1:
        refuse_without_type1(decision)
    return decision


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

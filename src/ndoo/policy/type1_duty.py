"""Whether Type 1 opt-outs must be applied too before a flow's data leaves, or a law sets them aside."""

from __future__ import annotations

from typing import Any

from ndoo.domain.errors import NoUsableList, UnfitData, UsageFault
from ndoo.policy.decision import Decision
from ndoo.policy.no_evidence import says_that_there_is_none


def refuse_without_type1(decision: Decision) -> None:
    """Stop a release that has no source of Type 1 opt-outs, where they must be applied.

    Raises:
        NoUsableList: so.
    """
    upheld_by_notice = _asks_the_notice(decision) and decision.flow.text("gateway.type_1") == "upheld"
    if "apply_type_1" in decision.obligations or upheld_by_notice:
        raise NoUsableList(
            "type1-missing",
            "This flow takes data from the GP record, so Type 1 opt-outs must be applied too, and this release has no "
            "source of them. Name the coded entries with --type1. Nothing may be released until they are applied.",
        )


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
    if says_that_there_is_none(citation):
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

"""Decides whether the opt-out applies to a flow, by a pack, on a day. The door to the library."""

from __future__ import annotations

from datetime import date

from ndoo.domain.errors import UnfitData
from ndoo.policy.decision import Decision
from ndoo.policy.facts import facts_of
from ndoo.policy.flow import Flow, nearest
from ndoo.policy.pack import EXEMPTION, NONE, Pack
from ndoo.policy.verdict import judge


def decide(flow: Flow, pack: Pack, today: date) -> Decision:
    """The answer of `pack` to `flow`, on the flow's own day or else `today` (a day in London).

    Raises:
        UnfitData: the flow claims an exemption that the pack does not have.
    """
    check_claim(flow, pack)
    as_of = flow.day("as_of") or today
    return Decision(flow, pack, as_of, judge(pack, facts_of(flow, as_of)))


def check_claim(flow: Flow, pack: Pack) -> None:
    """Is the exemption that the flow claims one of the pack's?

    Raises:
        UnfitData: it is not. The sentence offers the nearest id, and never repeats what was said.
    """
    claim = flow.text(EXEMPTION)
    if claim not in ("", NONE, *pack.exemptions):
        hint = nearest(claim, pack.exemptions)
        raise UnfitData(
            "flow-exemption",
            f"The field exemption must be the id of a named exemption.{hint} They are {', '.join(pack.exemptions)}; {NONE} says that none covers it.",
        )

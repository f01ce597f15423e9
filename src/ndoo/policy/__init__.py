"""Decides whether the national data opt-out applies to a flow. `decide(flow, pack, today)` answers, with reasons and sources."""

from ndoo.policy.decide_flow import decide
from ndoo.policy.decision import Decision
from ndoo.policy.flow import Flow, read_flow
from ndoo.policy.pack import Pack
from ndoo.policy.read_pack import load_pack

__all__ = ["Decision", "Flow", "Pack", "decide", "load_pack", "read_flow"]

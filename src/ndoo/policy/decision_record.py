"""Keeps a decision, and says whether it is still the answer, under the same pack it must be; under another the difference is explained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.policy.decide_flow import decide
from ndoo.policy.decision import Decision
from ndoo.policy.flow import Flow, read_flow
from ndoo.policy.pack import Pack

KIND = "ndoo decision"
COMPARED = ("outcome", "reason", "family", "obligations", "missing")


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision as it was kept: the flow with its day, and the answer with the pack that gave it."""

    flow: Flow
    as_of: date
    answer: Mapping[str, Any]

    @property
    def pack_name(self) -> str:
        """The pack that answered then."""
        return str(self.answer["policy"]["name"])


@dataclass(frozen=True, slots=True)
class Replay:
    """What a kept decision comes to today. `differences` are sentences: of the answer, and of the way to it."""

    kept: KeptDecision
    now: Decision
    same_pack: bool
    same_answer: bool
    differences: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "same_pack": self.same_pack,
            "same_answer": self.same_answer,
            "differences": list(self.differences),
            "then": dict(self.kept.answer),
            "now": self.now.to_dict(),
        }


def record(decision: Decision, kept_at: datetime) -> str:
    """The decision as a file to keep."""
    return json.dumps(document(decision, kept_at, decision.to_dict()), indent=2, ensure_ascii=False) + "\n"


def document(decision: Decision, kept_at: datetime, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a decision: `answer` is its `to_dict`, or its `answer` where there are thousands to keep."""
    flow = decision.flow.saying("as_of", decision.as_of)
    return {
        "kind": KIND,
        "kept_at": kept_at.isoformat(timespec="seconds"),
        "flow": flow.document(),
        "answer": dict(answer),
    }


def read_record(document: Any) -> KeptDecision:
    """A kept decision out of its document.

    Raises:
        UnfitData: it is none, or its flow is not one.
    """
    try:
        if document["kind"] != KIND:
            raise KeyError
        flow, answer = read_flow(document["flow"]), document["answer"]
        as_of = flow.day("as_of")
        whole = as_of is not None and all(
            isinstance(answer["policy"][key], str) for key in ("name", "version", "digest")
        )
        if as_of is None or not whole or any(key not in answer for key in (*COMPARED, "because", "trace")):
            raise KeyError
        if not _results(answer) or names_somebody(json.dumps({**answer, "policy": None})):
            raise KeyError
        _facts_missing(answer)
    except (KeyError, TypeError, AttributeError):
        raise UnfitData("decision-unread", "This is no decision that ndoo kept, or parts of it are gone.") from None
    return KeptDecision(flow, as_of, answer)


def replay(kept: KeptDecision, pack: Pack) -> Replay:
    """Decides the kept flow again, on its day, by `pack`.

    Raises:
        UnfitData: it is the very pack that answered then, and it answers otherwise: the file was altered.
    """
    now = decide(kept.flow, pack, kept.as_of)
    same_pack = kept.answer["policy"]["digest"] == pack.digest
    fresh = json.loads(json.dumps(now.to_dict()))
    if same_pack and any(kept.answer[key] != fresh[key] for key in (*COMPARED, "because")):
        raise UnfitData(
            "decision-altered",
            "The kept answer is not the one that this very policy pack gives to this flow: the file was altered.",
        )
    same_answer = all(_comparable(kept.answer, key) == _comparable(fresh, key) for key in COMPARED)
    return Replay(kept, now, same_pack, same_answer, tuple(_differences(kept.answer, fresh)))


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for key in ("outcome", "reason", "family"):
        if then[key] != now[key]:
            yield f"The {key} was {then[key]} and is {now[key]}."
    for key, before, after in (
        ("obligations", set(then["obligations"]), set(now["obligations"])),
        ("missing facts", _facts_missing(then), _facts_missing(now)),
    ):
        if before != after:
            yield f"The {key} were {', '.join(sorted(before)) or 'none'} and are {', '.join(sorted(after)) or 'none'}."
    before_rules, after_rules = _results(then), _results(now)
    for rule, result in after_rules.items():
        if rule not in before_rules:
            yield f"Step {rule} was not tried then and is {result} now."
        elif before_rules[rule] != result:
            yield f"Step {rule} was {before_rules[rule]} then and is {result} now."
    yield from (
        f"Step {rule} was {before_rules[rule]} then and is not tried now."
        for rule in before_rules
        if rule not in after_rules
    )


def _results(answer: Mapping[str, Any]) -> dict[str, str]:
    return {f"{step['step']} ({step['rule']})": str(step["result"]) for step in answer["trace"]}


def _facts_missing(answer: Mapping[str, Any]) -> set[str]:
    return {str(item["fact"]) for item in answer["missing"]}


def _comparable(answer: Mapping[str, Any], key: str) -> Any:
    return _facts_missing(answer) if key == "missing" else answer[key]

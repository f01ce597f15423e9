"""What a caller may do: each scope with its meaning; whatever a caller was not given is refused."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """The scopes. Those of FHIR are named as SMART's backend services name them."""

    LISTS = "lists.check"
    CONSENT_READ = "system/Consent.read"
    CONSENT_WRITE = "system/Consent.write"
    GOVERNANCE_READ = "governance.read"
    GOVERNANCE_WRITE = "governance.write"
    CASES = "cases.check"
    """Of people, not of a system: no token has it."""


MEANING = {
    Scope.LISTS: "Have lists of NHS numbers checked.",
    Scope.CONSENT_READ: "Read the choice of one person, by NHS number.",
    Scope.CONSENT_WRITE: "Record the choice of one person.",
    Scope.GOVERNANCE_READ: "Read assets, flows, decisions, findings, evidence and what is open.",
    Scope.GOVERNANCE_WRITE: "Change assets and flows, decide, hand over findings and evidence.",
    Scope.CASES: "Let audit clerks ask about one person at a time, on the staff pages.",
}

OF_TOKENS: tuple[Scope, ...] = tuple(scope for scope in Scope if scope is not Scope.CASES)
"""What a system can be given a token for."""


def known(names: list[str]) -> list[Scope]:
    """The scopes of these names, each once, in their usual order; ValueError where one is none."""
    wanted = {Scope(name) for name in names}
    return [scope for scope in Scope if scope in wanted]

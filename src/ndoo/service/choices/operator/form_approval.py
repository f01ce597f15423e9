"""Which act leads a posted form from one state to another, and whose act it is: a table, printed into `docs/reference/staff.md`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from ndoo.service.choices.operator.models import FormState
from ndoo.service.staff.roles import Role


class Act(StrEnum):
    """What can be done to a form."""

    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    DISCARD = "discard"
    APPROVE = "approve"
    REFUSE = "refuse"


class Whose(StrEnum):
    """Which of the people in that role may do it."""

    RECORDER = "who recorded it"
    ANOTHER = "anybody but who recorded it"


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One row of the table."""

    before: FormState
    act: Act
    after: FormState
    role: Role
    whose: Whose
    audit: str


STEPS = (
    ApprovalStep(FormState.DRAFT, Act.SUBMIT, FormState.WAITING, Role.OPERATOR, Whose.RECORDER, "form.submitted"),
    ApprovalStep(FormState.DRAFT, Act.DISCARD, FormState.DISCARDED, Role.OPERATOR, Whose.RECORDER, "form.discarded"),
    ApprovalStep(FormState.WAITING, Act.TAKE_BACK, FormState.DRAFT, Role.OPERATOR, Whose.RECORDER, "form.taken_back"),
    ApprovalStep(FormState.WAITING, Act.APPROVE, FormState.APPROVED, Role.APPROVER, Whose.ANOTHER, "form.approved"),
    ApprovalStep(FormState.WAITING, Act.REFUSE, FormState.REFUSED, Role.APPROVER, Whose.ANOTHER, "form.refused"),
)

NAMES = {
    FormState.DRAFT: _("Draft"),
    FormState.WAITING: _("Waiting for approval"),
    FormState.APPROVED: _("Approved"),
    FormState.REFUSED: _("Refused"),
    FormState.DISCARDED: _("Discarded"),
}

COLOURS = {
    FormState.DRAFT: "grey",
    FormState.WAITING: "yellow",
    FormState.APPROVED: "green",
    FormState.REFUSED: "red",
    FormState.DISCARDED: "white",
}


def step(before: FormState, act: Act) -> ApprovalStep | None:
    """The row for that act in that state; None where there is none."""
    return next((row for row in STEPS if (row.before, row.act) == (before, act)), None)


def permitted(row: ApprovalStep, role: Role | None, *, is_recorder: bool) -> bool:
    """May somebody of that role, who recorded the form or did not, take this step?"""
    return role == row.role and is_recorder == (row.whose is Whose.RECORDER)


def open_to(state: FormState, role: Role | None, *, is_recorder: bool) -> list[Act]:
    """Every act that this person may do now."""
    return [row.act for row in STEPS if row.before == state and permitted(row, role, is_recorder=is_recorder)]

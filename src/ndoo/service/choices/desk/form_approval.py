"""Which act leads a posted form from one state to another, and whose act it is: a table, printed into `docs/reference/staff.md`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from ndoo.service.choices.desk.models import State
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
class Step:
    """One row of the table."""

    before: State
    act: Act
    after: State
    role: Role
    whose: Whose
    audit: str


STEPS = (
    Step(State.DRAFT, Act.SUBMIT, State.WAITING, Role.OPERATOR, Whose.RECORDER, "form.submitted"),
    Step(State.DRAFT, Act.DISCARD, State.DISCARDED, Role.OPERATOR, Whose.RECORDER, "form.discarded"),
    Step(State.WAITING, Act.TAKE_BACK, State.DRAFT, Role.OPERATOR, Whose.RECORDER, "form.taken_back"),
    Step(State.WAITING, Act.APPROVE, State.APPROVED, Role.APPROVER, Whose.ANOTHER, "form.approved"),
    Step(State.WAITING, Act.REFUSE, State.REFUSED, Role.APPROVER, Whose.ANOTHER, "form.refused"),
)

NAMES = {
    State.DRAFT: _("Draft"),
    State.WAITING: _("Waiting for approval"),
    State.APPROVED: _("Approved"),
    State.REFUSED: _("Refused"),
    State.DISCARDED: _("Discarded"),
}

COLOURS = {
    State.DRAFT: "grey",
    State.WAITING: "yellow",
    State.APPROVED: "green",
    State.REFUSED: "red",
    State.DISCARDED: "white",
}


def step(before: State, act: Act) -> Step | None:
    """The row for that act in that state; None where there is none."""
    return next((row for row in STEPS if (row.before, row.act) == (before, act)), None)


def permitted(row: Step, role: Role | None, *, is_recorder: bool) -> bool:
    """May somebody of that role, who recorded the form or did not, take this step?"""
    return role == row.role and is_recorder == (row.whose is Whose.RECORDER)


def open_to(state: State, role: Role | None, *, is_recorder: bool) -> list[Act]:
    """Every act that this person may do now."""
    return [row.act for row in STEPS if row.before == state and permitted(row, role, is_recorder=is_recorder)]

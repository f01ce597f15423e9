"""What waits for a person today: each room that has work for staff says so here, when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from ndoo.service.audit.search_audit import failing_operators, many_views, people_tried_again
from ndoo.service.staff.limits import FAILED_BY_ONE, FAILED_OF_ONE, VIEW_DAYS, VIEWS
from ndoo.service.staff.roles import Role


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list: words, the page where it is done, and how many wait (None where it is always there)."""

    words: str
    page: str
    waiting: int | None = None


Provider = Callable[[User, Role], list[Task]]


def _own(user: User, role: Role) -> list[Task]:
    """What this room itself has to do: the day's report for an auditor, accounts for an administrator."""
    if role is Role.AUDITOR:
        now = timezone.now()
        repeated = many_views(now, views=VIEWS, days=VIEW_DAYS)
        failed = [
            *failing_operators(now, checks=FAILED_BY_ONE, days=VIEW_DAYS),
            *people_tried_again(now, checks=FAILED_OF_ONE, days=VIEW_DAYS),
        ]
        return [
            Task(_("Repeated views of one person"), "staff-views", len(repeated)),
            Task(_("Checks of callers that failed again and again"), "staff-views", len(failed)),
            Task(_("Search the audit"), "staff-audit"),
        ]
    return [Task(_("Look after staff accounts"), "staff-accounts")] if role is Role.ADMINISTRATOR else []


PROVIDERS: list[Provider] = [_own]


def tasks(user: User, role: Role) -> list[Task]:
    """Everything for that account."""
    return [task for provider in PROVIDERS for task in provider(user, role)]

"""What waits for a person today: each room that has work for staff says so here, when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from ndoo.service.audit.search_audit import many_views
from ndoo.service.staff.limits import VIEW_DAYS, VIEWS
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
        repeated = many_views(timezone.now(), views=VIEWS, days=VIEW_DAYS)
        return [
            Task(_("Repeated views of one person"), "staff-views", len(repeated)),
            Task(_("Search the audit"), "staff-audit"),
        ]
    return [Task(_("Look after staff accounts"), "staff-accounts")] if role is Role.ADMINISTRATOR else []


PROVIDERS: list[Provider] = [_own]


def tasks(user: User, role: Role) -> list[Task]:
    """Everything for that account."""
    return [task for provider in PROVIDERS for task in provider(user, role)]

"""What waits for this person today? Each room that has work for staff says so here, when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import User

from ndoo.service.staff.roles import Role


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the list: words, the page where it is done, and how many wait (None where it is always there)."""

    words: str
    page: str
    waiting: int | None = None


Provider = Callable[[User, Role], list[Task]]
PROVIDERS: list[Provider] = []


def tasks(user: User, role: Role) -> list[Task]:
    """Everything for that account."""
    return [task for provider in PROVIDERS for task in provider(user, role)]

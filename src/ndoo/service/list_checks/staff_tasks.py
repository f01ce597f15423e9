"""What waits for staff about lists of other systems."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from ndoo.service.list_checks.drift import alarms
from ndoo.service.list_checks.release_held_list import held
from ndoo.service.staff.roles import Role
from ndoo.service.staff.staff_tasks import Task


def tasks(user: User, role: Role) -> list[Task]:
    """Lists that are held for an approver; callers outside their plan for those who watch."""
    now = timezone.now()
    if role is Role.APPROVER:
        return [Task(_("Lists that wait for a second person"), "checks-held", held(now).count())]
    if role is Role.AUDIT_CLERK:
        return [Task(_("Ask if someone’s information may be used"), "cases")]
    if role in (Role.AUDITOR, Role.INFORMATION_GOVERNANCE):
        return [Task(_("Systems that asked outside their plan"), "checks-report", len(alarms(now)))]
    return []

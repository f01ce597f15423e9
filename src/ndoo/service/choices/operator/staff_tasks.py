"""What waits at the desk today."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from ndoo.domain.london import london_date
from ndoo.service.choices.operator.failed_checks import all_holding
from ndoo.service.choices.operator.handle_form import copies_due
from ndoo.service.choices.operator.models import FormState, PostedForm
from ndoo.service.staff.roles import Role
from ndoo.service.staff.staff_tasks import Task


def tasks(user: User, role: Role) -> list[Task]:
    """Calls to take and forms of one's own for an operator; forms to decide on for an approver."""
    if role is Role.OPERATOR:
        drafts = PostedForm.objects.filter(state=FormState.DRAFT, recorded_by=user).count()
        due = copies_due(london_date(timezone.now())).count()
        return [
            Task(_("Answer a call or record a form"), "desk-find"),
            Task(_("Your drafts"), "desk-forms", drafts),
            Task(_("Copies to destroy"), "desk-forms", due),
        ]
    if role is Role.APPROVER:
        waiting = PostedForm.objects.filter(state=FormState.WAITING).exclude(recorded_by=user).count()
        held = len(all_holding(timezone.now()))
        return [
            Task(_("Forms that wait for approval"), "desk-forms", waiting),
            Task(_("Callers whose check failed"), "desk-failed", held),
        ]
    return []

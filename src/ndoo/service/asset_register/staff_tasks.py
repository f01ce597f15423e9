"""What waits in the register today, for whom, and how the groups of open things are called on the pages."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ndoo.domain.london import london_date
from ndoo.service.asset_register import overview, publication, published_statements, sign_review
from ndoo.service.staff.access import may_open
from ndoo.service.staff.actor import actor
from ndoo.service.staff.roles import Role
from ndoo.service.staff.staff_tasks import Task

WORDS = {
    "undeclared": gettext_lazy("Found by a scan, and explained by no asset"),
    "due_for_review": gettext_lazy("Due for review"),
    "unproven": gettext_lazy("The opt-out applies, and nothing proves that it was applied"),
    "undecided": gettext_lazy("No decision that stands"),
    "expired": gettext_lazy("Past the last day"),
}


def tasks(user: User, role: Role) -> list[Task]:
    """Open things and the statement's gaps for information governance; signatures for whoever's turn it is."""
    if role not in (Role.INFORMATION_GOVERNANCE, Role.ASSET_OWNER, Role.CALDICOTT_GUARDIAN):
        return []
    now = timezone.now()
    seen = overview.picture(now)
    asked = publication.waiting() if may_open(role, "governance-publish") else None
    by = actor(user)
    others = asked is not None and publication.is_known_beside(asked, by) and not publication.is_of(asked, by)
    second = [Task(_("A statement that waits for a second person"), "governance-publish", 1)] if others else []
    if role is Role.INFORMATION_GOVERNANCE:
        return [
            *(Task(str(WORDS[name]), "governance-open", len(items)) for name, items in seen.joined.groups().items()),
            Task(_("Gaps in the statement"), "governance-statement", len(published_statements.draft(seen).gaps)),
            *second,
        ]
    register = seen.known.register
    records = {(record.kind, record.id): record for record in register.records()}
    mine = [
        key
        for key, where in (seen.known.standings or {}).items()
        if where.is_due(london_date(now)) and sign_review.may_sign(user, records[key], where.waiting_for, register)
    ]
    reviews = Task(_("Reviews that wait for your signature"), "governance-open", len(mine))
    return [reviews, *second] if role is Role.CALDICOTT_GUARDIAN else [reviews]

"""The kinds of staff: one role an account, so that nobody both records a form and approves it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class Role(StrEnum):
    """The roles; each is a group of that name, made by a migration."""

    OPERATOR = "operator"
    APPROVER = "approver"
    INFORMATION_GOVERNANCE = "information_governance"
    ASSET_OWNER = "asset_owner"
    CALDICOTT_GUARDIAN = "caldicott_guardian"
    AUDIT_CLERK = "audit_clerk"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


EVERYBODY = frozenset(Role)

NAMES = {
    Role.OPERATOR: _("Operator"),
    Role.APPROVER: _("Approver"),
    Role.INFORMATION_GOVERNANCE: _("Information governance"),
    Role.ASSET_OWNER: _("Asset owner"),
    Role.CALDICOTT_GUARDIAN: _("Caldicott Guardian"),
    Role.AUDIT_CLERK: _("Audit clerk"),
    Role.AUDITOR: _("Auditor"),
    Role.ADMINISTRATOR: _("Administrator"),
}

WORK = {
    Role.OPERATOR: _("Answers calls, and records choices and forms."),
    Role.APPROVER: _(
        "Checks forms that an operator recorded, and lists that were held, and approves or refuses them. "
        "Lets a caller be tried again after a check that failed."
    ),
    Role.INFORMATION_GOVERNANCE: _("Looks after assets, data flows and the statement."),
    Role.ASSET_OWNER: _("Signs the reviews of their own assets, and of the flows from them."),
    Role.CALDICOTT_GUARDIAN: _(
        "Signs reviews of flows that rely on an exemption, after the owner. Publishes a statement for which somebody else has asked."
    ),
    Role.AUDIT_CLERK: _(
        "Asks if the information of one person at a time may be used, for an audit that is typed case by case."
    ),
    Role.AUDITOR: _("Reads who looked at whom, and why."),
    Role.ADMINISTRATOR: _(
        "Adds and changes staff accounts, and the systems that may have lists checked or read the register of assets. Sees no patients, and lets no system see one."
    ),
}


def role_of(user: User | AnonymousUser) -> Role | None:
    """The account's role; None where it has none, or more than one (nobody may have two)."""
    names = [name for name in user.groups.values_list("name", flat=True) if name in set(Role)] if user.pk else []
    return Role(names[0]) if len(names) == 1 else None


def give(user: User, role: Role) -> None:
    """Make this the account's one role."""
    from django.contrib.auth.models import Group  # here: settings name roles before Django is set up

    user.groups.remove(*user.groups.filter(name__in=list(Role)))
    user.groups.add(Group.objects.get_or_create(name=role)[0])

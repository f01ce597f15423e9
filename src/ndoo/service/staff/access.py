"""Who may open which page of the staff's side. Everything stands in this table; a page that does not is shut to all."""

from __future__ import annotations

from enum import Enum

from ndoo.service.staff.roles import EVERYBODY, Role


class Gate(Enum):
    """Pages on the way in."""

    ANYBODY = "anybody"
    PASSWORD_GIVEN = "password given"  # noqa: S105  a stage of signing in
    """The password was right, the second factor is still to come."""


_DESK = frozenset({Role.OPERATOR})
_FORMS = frozenset({Role.OPERATOR, Role.APPROVER})
_APPROVAL = frozenset({Role.APPROVER})
_CASES = frozenset({Role.AUDIT_CLERK})
_AUDIT = frozenset({Role.AUDITOR})
_WATCH = frozenset({Role.AUDITOR, Role.INFORMATION_GOVERNANCE})
_ACCOUNTS = frozenset({Role.ADMINISTRATOR})
_OWNER = frozenset({Role.ADMINISTRATOR, Role.INFORMATION_GOVERNANCE})
_WRITE_REGISTER = frozenset({Role.INFORMATION_GOVERNANCE})
_PUBLISH = frozenset({Role.INFORMATION_GOVERNANCE, Role.CALDICOTT_GUARDIAN})
_SIGN = frozenset({Role.ASSET_OWNER, Role.CALDICOTT_GUARDIAN})
_READ_REGISTER = _WRITE_REGISTER | _SIGN | _AUDIT
_JOBS = frozenset({Role.INFORMATION_GOVERNANCE})
_EVIDENCE = frozenset({Role.INFORMATION_GOVERNANCE, Role.AUDITOR})

ACCESS: dict[str, Gate | frozenset[Role]] = {
    "staff-sign-in": Gate.ANYBODY,
    "staff-sign-out": Gate.ANYBODY,
    "staff-signed-out": Gate.ANYBODY,
    "staff-set-up": Gate.ANYBODY,
    "staff-organisation-start": Gate.ANYBODY,
    "staff-organisation-back": Gate.ANYBODY,
    "staff-second-factor": Gate.PASSWORD_GIVEN,
    "staff-recovery": Gate.PASSWORD_GIVEN,
    "staff-enrol": Gate.PASSWORD_GIVEN,
    "staff-home": EVERYBODY,
    "staff-stay": EVERYBODY,
    "staff-me": EVERYBODY,
    "staff-password": EVERYBODY,
    "staff-recovery-codes": EVERYBODY,
    "staff-accounts": _ACCOUNTS,
    "staff-account-add": _ACCOUNTS,
    "staff-account": _ACCOUNTS,
    "staff-account-role": _ACCOUNTS,
    "staff-account-shut": _ACCOUNTS,
    "staff-account-reopen": _ACCOUNTS,
    "staff-account-reset": _ACCOUNTS,
    "callers": _ACCOUNTS,
    "caller-add": _ACCOUNTS,
    "caller": _ACCOUNTS,
    "caller-revoke": _ACCOUNTS,
    "caller-key-revoke": _ACCOUNTS,
    "staff-audit": _AUDIT,
    "staff-views": _AUDIT,
    "governance-open": _READ_REGISTER,
    "governance-assets": _READ_REGISTER,
    "governance-flows": _READ_REGISTER,
    "governance-record": _READ_REGISTER,
    "governance-write": _WRITE_REGISTER,
    "governance-remove": _WRITE_REGISTER,
    "governance-restore": _WRITE_REGISTER,
    "governance-decide": _WRITE_REGISTER,
    "governance-sign": _SIGN,
    "governance-unsign": _SIGN,
    "governance-statement": _READ_REGISTER,
    "governance-publish": _PUBLISH,
    "governance-preview": _READ_REGISTER,
    "governance-calendar": _READ_REGISTER,
    "governance-feed": _READ_REGISTER,
    "governance-workbook": _READ_REGISTER,
    "governance-evidence": _READ_REGISTER,
    "desk-find": _DESK,
    "desk-person": _DESK,
    "desk-check": _DESK,
    "desk-stopped": _DESK,
    "desk-choice": _DESK,
    "desk-read-back": _DESK,
    "desk-done": _DESK,
    "desk-failed": _APPROVAL,
    "desk-allow": _APPROVAL,
    "desk-forms": _FORMS,
    "desk-form-new": _DESK,
    "desk-form-rewrite": _DESK,
    "desk-form": _FORMS,
    "desk-form-look": _FORMS,
    "desk-form-destroyed": _DESK,
    "desk-form-submit": _DESK,
    "desk-form-take_back": _DESK,
    "desk-form-discard": _DESK,
    "desk-form-approve": _APPROVAL,
    "desk-form-refuse": _APPROVAL,
    "jobs": _JOBS,
    "job-new": _JOBS,
    "job": _JOBS,
    "job-result": _JOBS,
    "job-delete": _JOBS,
    "evidence": _EVIDENCE,
    "evidence-certificate": _EVIDENCE,
    "evidence-manifest": _EVIDENCE,
    "service-counts": _OWNER,
    "service-counts-file": _OWNER,
    "cases": _CASES,
    "checks-held": _APPROVAL,
    "checks-one": _APPROVAL,
    "checks-report": _WATCH,
}
"""By the name of the address. Which act on a form is whose stands in the desk's own table of states."""


def may_open(role: Role | None, name: str) -> bool:
    """May a signed-in account with this role open the page of that name?"""
    allowed = ACCESS.get(name)
    return isinstance(allowed, frozenset) and role in allowed

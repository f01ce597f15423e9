"""The accounts that a newcomer can try: eight made-up people, whose passwords and codes stand on a page of the demonstration."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.service.audit.entries import Entry
from ndoo.service.staff import accounts
from ndoo.service.staff.backends import DEMO_GROUP
from ndoo.service.staff.console import page
from ndoo.service.staff.roles import NAMES, WORK, Role

PASSWORD = "four quiet tall lamps"  # noqa: S105  shown to everybody, and good in a demonstration only


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One of the eight."""

    name: str
    given: str
    family: str
    role: Role


EVERYBODY = (
    MadeUp("olive.operator", "Olive", "Okonkwo", Role.OPERATOR),
    MadeUp("amir.approver", "Amir", "Aslam", Role.APPROVER),
    MadeUp("grace.governance", "Grace", "Goodfellow", Role.INFORMATION_GOVERNANCE),
    MadeUp("oscar.owner", "Oscar", "Owusu", Role.ASSET_OWNER),
    MadeUp("cara.caldicott", "Cara", "Chowdhury", Role.CALDICOTT_GUARDIAN),
    MadeUp("clara.clerk", "Clara", "Conteh", Role.AUDIT_CLERK),
    MadeUp("anna.auditor", "Anna", "Attwater", Role.AUDITOR),
    MadeUp("adam.administrator", "Adam", "Adeyemi", Role.ADMINISTRATOR),
)


@transaction.atomic
def load() -> None:
    """Make the accounts that are not there yet, with their second factor. They are marked, and let nobody in outside
    a demonstration (`backends.Password`)."""
    now = timezone.now()
    group, _made = Group.objects.get_or_create(name=DEMO_GROUP)
    for one in EVERYBODY:
        if User.objects.filter(username=one.name).exists():
            continue
        audit = Entry("system", "account.added", details={"account": one.name, "role": one.role.value})
        user = accounts.add(one.name, one.given, one.family, one.role, audit, now, password=PASSWORD)
        user.groups.add(group)
        TOTPDevice.objects.create(user=user, name="demonstration", confirmed=True)


def accounts_page(request: HttpRequest) -> HttpResponse:
    """Names, the password, and each one's code of this half minute; there is no such page outside a demonstration."""
    if not settings.NDOO.demo:
        raise Http404
    devices = {
        device.user.get_username(): device
        for device in TOTPDevice.objects.filter(user__groups__name=DEMO_GROUP, confirmed=True).select_related("user")
    }
    rows = [
        (one.name, NAMES[one.role], WORK[one.role], _code(devices[one.name]))
        for one in EVERYBODY
        if one.name in devices
    ]
    return page(request, "staff/demonstration.jinja", rows=rows, password=PASSWORD)


def _code(device: TOTPDevice) -> str:
    """A code that has not been used: the next one, where this half minute's was."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time()
    if totp.t() <= device.last_t:
        totp.time += device.step * (device.last_t - totp.t() + 1)
    return f"{totp.token():06d}"

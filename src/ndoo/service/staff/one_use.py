"""Codes that work once: random, shown once, kept as a digest only, gone when it is used."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from ndoo.service.staff.limits import RECOVERY_CODES, SET_UP
from ndoo.service.staff.models import RecoveryCode, SetUpCode

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without I, O, 0 and 1, which look like one another on paper."""


def _made(groups: int) -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(groups))


def _digest(code: str) -> str:
    """A code has 60 bits or more, so that a fast digest cannot be turned round; spaces, hyphens and case are let go."""
    plain = "".join(letter for letter in code.upper() if letter in _LETTERS)
    return salted_hmac("ndoo.staff.one-use", plain, algorithm="sha256").hexdigest()


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Codes to be shown once; those from before stop working."""
    RecoveryCode.objects.filter(user=user).delete()
    codes = [_made(3) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return codes


def use_recovery_code(user: User, code: str) -> bool:
    """Does it stand in for the second factor? Each does so once: of two uses at the same time, one finds it gone."""
    gone, _ = RecoveryCode.objects.filter(user=user, digest=_digest(code)).delete()
    return gone == 1


def new_set_up_code(user: User, now: datetime) -> str:
    """A code to be handed to the account's owner; the one from before stops working."""
    code = _made(4)
    SetUpCode.objects.update_or_create(user=user, defaults={"digest": _digest(code), "ends_at": now + SET_UP})
    return code


def use_set_up_code(user: User | None, code: str, now: datetime) -> bool:
    """May this person choose the account's password? Takes the same steps where there is no such account."""
    digest = _digest(code)
    held = SetUpCode.objects.filter(user=user, ends_at__gt=now).first()
    fits = constant_time_compare(held.digest if held else "", digest)
    return fits and SetUpCode.objects.filter(user=user, digest=digest).delete()[0] == 1

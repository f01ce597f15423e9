"""Security codes, and whether a typed one is the one that was sent: one use, so many minutes, so many tries;
only a keyed digest of it is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.identity import rate_limit
from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.identity.models import Attempt, Code, CodeSent
from ndoo.service.choices.identity.rate_limit import Brake


class CodeVerdict(StrEnum):
    """What a typed code comes to. None but `RIGHT` depends on whether anybody is known by the details given."""

    RIGHT = "right"
    WRONG = "wrong"
    SPENT = "spent"
    """Used, or tried too often."""
    EXPIRED = "expired"
    BRAKED = "braked"
    """Nothing was tested: too many wrong codes are coming in. A new code is longer, and is tested."""
    ADDRESS_BRAKED = "address_braked"
    """Nothing was tested: too many wrong codes came from that address. No code from there is."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict; with `RIGHT` the person, with `WRONG` the tries that are left."""

    verdict: CodeVerdict
    number: NHSNumber | None = None
    left: int = 0


def make(attempt: Attempt, now: datetime) -> str:
    """A new code for this attempt; the ones before it are dead. A longer one while too many wrong ones come in, which nobody can
    spray: so a stranger who does shuts out nobody who asks for a new code."""
    digits = limit("code_digits_while_shut" if rate_limit.is_shut(now) else "code_digits")
    code = f"{secrets.randbelow(10**digits):0{digits}d}"
    _keep(attempt, code, now)
    return code


def make_unknown(attempt: Attempt, now: datetime) -> None:
    """The same for an attempt to which no code is sent: one that nobody can type. A random code of six digits would
    let whoever asks often enough in without any having been sent."""
    _keep(attempt, secrets.token_urlsafe(32), now)


def may_be_sent(number: NHSNumber, now: datetime) -> bool:
    """Count one more code to this person today; no where that would be one too many."""
    day = london_date(now)
    for nth in range(1, limit("codes_per_person_per_day") + 1):
        try:
            with transaction.atomic():
                CodeSent.objects.create(nhs_number=number.reveal(), day=day, nth=nth)
        except IntegrityError:  # that one was sent already
            continue
        return True
    return False


def check(key: str, typed: str, address: str, now: datetime) -> Checked:
    """Is that the newest code of this attempt? Every answer but `RIGHT` takes the same steps for everybody."""
    code = Code.objects.filter(attempt_id=key).select_related("attempt").order_by("-pk").first()
    if code is None or code.made_at <= now - timedelta(minutes=limit("code_minutes")):
        return Checked(CodeVerdict.EXPIRED)
    if code.used_at or code.tries >= limit("tries_per_code"):
        return Checked(CodeVerdict.SPENT)
    admitted = rate_limit.admit(address, now, long=len(typed) == limit("code_digits_while_shut"))
    if isinstance(admitted, Brake):
        return Checked(CodeVerdict.ADDRESS_BRAKED if admitted is Brake.ADDRESS else CodeVerdict.BRAKED)
    # The try is counted before the code is looked at, by the database, so that tries made at once all count.
    if not Code.objects.filter(pk=code.pk, tries__lt=admitted.tries, used_at=None).update(tries=F("tries") + 1):
        admitted.was_right()  # nothing was tested, so nothing counts
        return Checked(CodeVerdict.SPENT)
    if not constant_time_compare(code.digest, _digest(key, typed)):
        code.refresh_from_db()
        return Checked(CodeVerdict.WRONG, left=max(0, admitted.tries - code.tries))
    admitted.was_right()
    if not Code.objects.filter(pk=code.pk, used_at=None).update(used_at=now):
        return Checked(CodeVerdict.SPENT)
    number = read(code.attempt.nhs_number)
    assert isinstance(number, NHSNumber), "only an attempt of a known person has a code that can be typed"  # noqa: S101
    return Checked(CodeVerdict.RIGHT, number)


def _keep(attempt: Attempt, code: str, now: datetime) -> None:
    Code.objects.create(attempt=attempt, digest=_digest(attempt.key, code), made_at=now)


def _digest(key: str, code: str) -> str:
    return salted_hmac("ndoo.identity.code", f"{key}:{code}", algorithm="sha256").hexdigest()

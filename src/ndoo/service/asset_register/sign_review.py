"""Signs a review, step by step. The owner of the asset, then the Caldicott Guardian; each in their own name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from ndoo.assets.fields import FLOW
from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.assets.review_rules import CALDICOTT_GUARDIAN, OWNER, ReviewStanding, standing
from ndoo.domain.errors import NotPermitted
from ndoo.domain.london import london_date
from ndoo.policy import decide, load_pack
from ndoo.service.asset_register import register_cache
from ndoo.service.asset_register.entered import leaf
from ndoo.service.asset_register.models import TAKEN_BACK, Signed, Version
from ndoo.service.asset_register.record_versions import Auditor, RecordChangedMeanwhileError, latest, record_of
from ndoo.service.audit.entries import write
from ndoo.service.staff.roles import Role, role_of

ROLES = {OWNER: Role.ASSET_OWNER, CALDICOTT_GUARDIAN: Role.CALDICOTT_GUARDIAN}


def standing_of(record: Record, now: datetime) -> ReviewStanding:
    """Where the review of this record stands."""
    today = london_date(now)
    decision = decide(record.facts, load_pack(), today) if record.kind == FLOW else None
    signed = register_cache.held().signatures.get((record.kind, record.id), ())
    return standing(record, signed, decision, today)


def owners(record: Record, register: Register) -> set[str]:
    """Who owns it: an asset's owner, or the owners of the assets from which a flow takes."""
    assets = [register.assets[one] for one in record.texts("assets")] if record.kind == FLOW else [record]
    return {asset.text("owner").strip().casefold() for asset in assets} - {""}


def may_sign(user: User, record: Record, step: str, register: Register) -> bool:
    """May this account sign this step?"""
    if role_of(user) is not ROLES[step]:
        return False
    names = {user.get_username().casefold(), user.get_full_name().strip().casefold()} - {""}
    return step != OWNER or bool(names & owners(record, register))


@dataclass(frozen=True, slots=True)
class ReadVersion:
    """The version of a record that somebody has read."""

    kind: str
    ident: str
    version: int


def last_signed(kind: str, ident: str, user: User) -> int | None:
    """The id of this account's last signature here that counts; each taking back takes the last one that did."""
    counting: list[int] = []
    rows = Signed.objects.filter(kind=kind, ident=ident, by=user.get_username()).order_by("pk")
    for pk, step in rows.values_list("pk", "step"):
        if step == TAKEN_BACK:
            del counting[-1:]
        else:
            counting.append(pk)
    return counting[-1] if counting else None


def take_back(row: Version, signature: int, user: User, entry: Auditor, now: datetime, *, because: str) -> Signed:
    """Let one's own last signature of this record count no more. Both stay readable.

    `signature` is the id of the one that the person has seen: whoever sends the same twice takes one away, and not two.

    Raises:
        RecordChangedMeanwhileError: it does not count any more, or is not the last one that does.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two requests of one account, one after the other
        if signature != last_signed(row.kind, row.ident, user):
            raise RecordChangedMeanwhileError
        audit = entry("review.taken_back", reason=because, ident=row.ident, of=row.kind, version=row.number)
        made = Signed.objects.create(
            kind=row.kind,
            ident=row.ident,
            version=row,
            step=TAKEN_BACK,
            by=user.get_username(),
            name=user.get_full_name() or user.get_username(),
            comment=because,
            at=now,
        )
        write(audit, now, also=[leaf(made)])
    return made


def sign(
    seen: ReadVersion, user: User, register: Register, entry: Auditor, now: datetime, *, comment: str = ""
) -> Signed:
    """Sign the step that waits, for the version that the person has seen.

    Raises:
        RecordChangedMeanwhileError: the record has changed since, or is gone.
        NotPermitted: the step that waits is not this person's.
    """
    with transaction.atomic():
        row = latest(seen.kind, seen.ident)
        if row is None or row.content is None or row.number != seen.version:
            raise RecordChangedMeanwhileError
        record = record_of(row)
        step = standing_of(record, now).waiting_for
        if not may_sign(user, record, step, register):
            raise NotPermitted("review-not-yours", "This review waits for somebody else.")
        audit = entry("review.signed", ident=seen.ident, of=seen.kind, version=seen.version, step=step)
        signed = Signed.objects.create(
            kind=seen.kind,
            ident=seen.ident,
            version=row,
            step=step,
            by=user.get_username(),
            name=user.get_full_name() or user.get_username(),
            comment=comment,
            at=now,
        )
        write(audit, now, also=[leaf(signed)])
    return signed

"""Who may have a value erased: two people: one asks and says why, another agrees. Both stand in the ledger."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db import transaction

from ndoo.domain.errors import NotPermitted, UsageFault
from ndoo.service.ledger.append import append
from ndoo.service.ledger.erase_value import erase
from ndoo.service.ledger.models import LedgerLeaf, LedgerOpening

ASKED = "erasure.asked"
_STANDS = timedelta(days=30)
"""After that, whoever still wants it asks again."""


def ask(key: str, name: str, item: int | None, by: str, reason: str, now: datetime) -> None:
    """Ask for one value to be erased. Nothing is erased yet.

    Raises:
        UsageFault: there is no such value, it was erased before, or no reason was given.
    """
    if not reason.strip():
        raise UsageFault("ledger-erase-reason", "Say with --because why it is to be erased: the ledger keeps it.")
    opening = LedgerOpening.objects.filter(key=key).first()
    if opening is None or name not in opening.fields:
        raise _no_such_value()
    with transaction.atomic():
        payload = {"leaf": key, "value": name, "item": item, "at": now.isoformat()}
        append(ASKED, payload, personal={"by": by, "reason": reason})


def agree(key: str, name: str, item: int | None, by: str, now: datetime) -> None:
    """Erase the value that somebody else has asked for.

    Raises:
        NotPermitted: nobody else asked for it in the last 30 days.
        UsageFault: there is no such value any more.
    """
    reason = _asked(key, name, item, by, now)
    try:
        erase(key, name, item=item, reason=reason)
    except (LookupError, TypeError):
        raise _no_such_value() from None


def _asked(key: str, name: str, item: int | None, by: str, now: datetime) -> str:
    for leaf in LedgerLeaf.objects.filter(kind=ASKED).order_by("-pk"):
        said = json.loads(leaf.body)["payload"]
        if (said["leaf"], said["value"], said["item"]) != (key, name, item):
            continue
        opening = LedgerOpening.objects.filter(key=leaf.key).first()
        if opening is None or "value" not in opening.fields.get("by", {}):
            continue
        fresh = now - datetime.fromisoformat(said["at"]) <= _STANDS
        if fresh and opening.fields["by"]["value"] != by:
            return str(opening.fields["reason"]["value"])
    raise NotPermitted(
        "ledger-erase-alone",
        "A second person agrees to an erasure: nobody else has asked for this one in the last 30 days. Whoever asks "
        "says why with --because; then another account runs the same with --agree.",
    )


def _no_such_value() -> UsageFault:
    return UsageFault(
        "ledger-no-such-value", "No leaf has a value of that name under that key, or it was erased before."
    )

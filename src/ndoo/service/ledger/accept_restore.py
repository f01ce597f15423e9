"""Lets a register that was restored or replaced on purpose get back to work. A person says so, and that is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ndoo.domain.errors import UsageFault
from ndoo.service.ledger.append import append
from ndoo.service.ledger.head_store import heads_folder, register_address
from ndoo.service.ledger.heads import newest, seal
from ndoo.service.ledger.models import LedgerHead
from ndoo.service.ledger.register_note import forget

ACCEPTED = "ledger.accepted"


def accept(by: str, because: str, now: datetime) -> LedgerHead:
    """Take the register as it stands: the heads that were copied are set aside (they stay), and a leaf says who did it,
    why, and how far the log had come that is given up.

    Raises:
        UsageFault: no reason was given.
        NotPermitted: the folder of heads cannot be used.
    """
    if not because.strip():
        raise UsageFault("ledger-accept-reason", "Say why, with --because: the ledger keeps it.")
    folder, last, address = heads_folder(), newest(), register_address()
    log = folder.log_of(address) or (last.log if last else None)
    given_up = folder.newest(log) if log else None
    with transaction.atomic():
        payload = {"by": by, "because": because, "given_up": given_up and given_up.document}
        append(ACCEPTED, payload)
    given_up_logs = [each for each in {log, last.log if last else None} if each is not None]
    for each in given_up_logs:
        folder.set_aside(each)
    forget(*given_up_logs)
    return seal(now)

"""May this register answer? Not if it is older than its newest copied head, or is not the log that was kept.

Asked before anything is answered: by every command and when the service starts, and each second while it runs.
"""

from __future__ import annotations

from ndoo.domain.errors import NoUsableList
from ndoo.service.ledger.keeping import heads_folder, register_address
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf
from ndoo.service.ledger.sealing import newest


def refuse_what_is_behind() -> None:
    """Let the register answer, or refuse it whole.

    Raises:
        NoUsableList: an old backup was restored, another register was put in this one's place, or the log was
            rewritten. The register is left as it is.
        UnfitData: the newest copied head is damaged.
        NotPermitted: the folder of heads cannot be used.
    """
    folder, last = heads_folder(), newest()
    log = last.log if last else None
    known = folder.log_of(register_address())
    if known is not None and known != log:
        raise NoUsableList(
            "register-replaced",
            "Another register stands where this one was: its ledger is not the one whose heads were kept. Nothing is "
            "answered. Put the right one back, or say `ndoo ledger accept`.",
        )
    copied = folder.newest(log) if log else None
    if copied is None or last is None:
        return
    if copied.size > last.size or not _whole(last):
        raise NoUsableList(
            "register-behind",
            "The register is older than its newest signed head: an old backup was restored, or something was cut off. "
            "Choices may be missing, so nothing is answered. Restore a newer one, or say `ndoo ledger accept`.",
        )
    if not LedgerHead.objects.filter(log=copied.log, size=copied.size, root=copied.root.hex()).exists():
        raise NoUsableList(
            "register-rewritten",
            "The register's ledger is not the one whose newest head was kept: it was rewritten. Nothing is answered. "
            "`ndoo ledger verify` says more.",
        )


def _whole(last: LedgerHead) -> bool:
    """Is the leaf there that the newest head placed last?"""
    return not last.placed or LedgerLeaf.objects.filter(pk=last.placed[-1][1]).exists()

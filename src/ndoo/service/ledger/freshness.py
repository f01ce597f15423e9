"""Whether this register may answer.
Not if it is older than its newest copied head, is not the log that was kept, or if what guards it is gone: its heads,
its key, or the database itself.

Asked before anything is answered: by every command and when the service starts, and each second while it runs.

The copies are read before the database. A head is copied after it was committed, so whatever is copied when this begins stands
in a healthy register when the database is asked, however many write meanwhile. The other way round, a neighbour's next head
would look like a past that the database lacks.
"""

from __future__ import annotations

from ndoo.domain.errors import NoUsableList
from ndoo.domain.settings import data_folder
from ndoo.evidence.ledger.head import Head
from ndoo.evidence.seal import own_public_keys
from ndoo.service.ledger.head_store import heads_folder, register_address
from ndoo.service.ledger.heads import newest
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf
from ndoo.service.ledger.register_note import RegisterNote, read_note


def refuse_what_is_behind() -> None:
    """Let the register answer, or refuse it whole.

    Raises:
        NoUsableList: an old backup was restored, another register was put in this one's place, the log was rewritten, or its
            copied heads or its key are gone. The register is left as it is.
        UnfitData: the newest copied head is damaged.
        NotPermitted: the folder of heads, or the data folder, cannot be used.
    """
    folder, note = heads_folder(), read_note() or RegisterNote()
    known = folder.log_of(register_address())
    log = known or _log()
    copied = folder.newest(log) if log else None
    kept = folder.logs() - {log}
    last = newest()
    if log is None and last is not None:
        return refuse_what_is_behind()  # a neighbour has just made it: look again, with its name
    if known is not None and known != (last.log if last else None):
        raise NoUsableList(
            "register-replaced",
            "Another register is in the place of this one: its ledger is not the one whose heads were kept. Nothing is "
            "answered. Put the right one back, or run `ndoo ledger accept`.",
        )
    if last is None:
        return None
    _refuse_what_is_unguarded(last.log, copied, note, kept)
    if copied is None:
        return None
    if copied.size > last.size or not _whole(last):
        raise NoUsableList(
            "register-behind",
            "The register is older than its newest signed head: an old backup was restored, or something was cut off. "
            "Choices may be missing, so nothing is answered. Restore a newer one, or run `ndoo ledger accept`.",
        )
    if not LedgerHead.objects.filter(log=copied.log, size=copied.size, root=copied.root.hex()).exists():
        raise NoUsableList(
            "register-rewritten",
            "The register's ledger is not the one whose newest head was kept: it was rewritten. Nothing is answered. "
            "`ndoo ledger verify` says more.",
        )
    return None


def _refuse_what_is_unguarded(log: str, copied: Head | None, note: RegisterNote, kept: frozenset[str]) -> None:
    """Raises NoUsableList where the copied heads or the key are not those that this data folder had of the register."""
    if log in note.sealed_by:
        if copied is None:
            raise NoUsableList(
                "ledger-heads-lost",
                "The copied heads of this register's ledger are gone, so nothing would show an old backup. Nothing is answered. "
                "Put them back, or say in NDOO_LEDGER_HEADS where they are. If they are lost: `ndoo ledger verify`, and then "
                "`ndoo ledger accept`.",
            )
    elif copied is None and (note.sealed_by or kept):
        raise NoUsableList(
            "register-foreign",
            "This data folder belongs to another register than the one in the database. Nothing is answered. Look at "
            "NDOO_DATABASE_URL and NDOO_DATA. If it is the right one, run `ndoo ledger accept`.",
        )
    sealed_by, here = note.sealed_by.get(log), own_public_keys(data_folder())
    lost = not here and (
        sealed_by is not None or (data_folder() / "heads" == heads_folder().path and copied is not None)
    )
    if lost:
        raise NoUsableList(
            "key-lost",
            "The sealing key of this register is gone from the data folder, and a new one is not made without asking, because recipients would not know it. Nothing is answered. Restore it (`ndoo key backup` says how), or say "
            "`ndoo ledger accept`.",
        )
    if sealed_by is not None and sealed_by not in here:
        raise NoUsableList(
            "key-exchanged",
            "The sealing key in the data folder is not the one that sealed this register's heads from here. Nothing is answered. "
            "Put the right one back, or run `ndoo ledger accept`.",
        )


def refuse_to_begin() -> None:
    """Is it meant that a register begins here, empty? Not where this data folder has had one.

    Raises:
        NoUsableList: there are heads of a register, or this account's key for one, and no database with it.
    """
    if (read_note() or RegisterNote()).sealed_by or heads_folder().logs():
        raise lost_register()


def lost_register() -> NoUsableList:
    """The refusal to make a new register where there was one."""
    return NoUsableList(
        "register-lost",
        "This data folder has had a register, and there is none in the database: it was moved without it, or NDOO_DATABASE_URL is "
        "another one. A new one would be empty, and would release everybody. Bring the database, or, if a new register is meant, "
        "run `ndoo register new`.",
    )


def _log() -> str | None:
    last = newest()
    return last.log if last else None


def _whole(last: LedgerHead) -> bool:
    """Is the leaf there that the newest head placed last?"""
    return not last.placed or LedgerLeaf.objects.filter(pk=last.placed[-1][1]).exists()

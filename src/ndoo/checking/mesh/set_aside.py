"""Messages that could not be read: each waits in the inbox, is named, is tried again, and stops nothing that lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import AtFault, Mailbox, UnreachableError

_TRIED_AT_ONCE = 10
"""So often a message is tried in each round; then every quarter of an hour."""
_PAUSE = timedelta(minutes=15)
_MOST_IN_A_ROW = 3
"""So many faults of the way, one after the other, and the rest of the inbox is left for the next round."""


@dataclass(frozen=True, slots=True)
class InboxWalk:
    """What a walk through the inbox came to."""

    aside: int = 0
    """Messages that could not be read this time."""
    fault: UnreachableError | None = None
    """Why the walk ended early."""


def each(
    journal: Journal,
    mailbox: str,
    ids: list[str],
    step: Callable[[str], object],
    clock: Callable[[], datetime],
    *,
    whole: bool = True,
) -> InboxWalk:
    """Take the step with each message; those that could not be read before come last.

    Args:
        whole: these are all that wait, so that whatever else was set aside has left the inbox.

    Raises:
        UnreachableError: MESH asks to wait.
    """
    known = {row["id"]: row for row in journal.rows("SELECT * FROM aside WHERE mailbox = ?", mailbox)}
    order = [id for id in ids if id not in known] + [
        id for id in ids if id in known and _is_due(known[id]["tries"], known[id]["last"], clock())
    ]
    _forget(journal, mailbox, known.keys() - set(ids) if whole else ())
    aside, in_a_row = 0, 0
    for id in order:
        try:
            step(id)
        except UnreachableError as error:
            _note(journal, mailbox, id, error.reason, clock())
            aside += 1
            in_a_row += error.fault is not AtFault.MESSAGE
            if error.wait_seconds:
                raise
            if in_a_row >= _MOST_IN_A_ROW:
                return InboxWalk(aside, error)
        else:
            in_a_row = 0
            if id in known:
                _forget(journal, mailbox, {id})
    return InboxWalk(aside)


def listed(mailbox: Mailbox, workflow: str) -> tuple[list[str], UnreachableError | None]:
    """What waits in the inbox, and why that may not be all.

    Raises:
        UnreachableError: nothing was listed, or MESH asks to wait.
    """
    found: list[str] = []
    try:
        found.extend(mailbox.waiting(workflow))
    except UnreachableError as error:
        if not found or error.wait_seconds:
            raise
        return found, error
    return found, None


def standing(journal: Journal, mailbox: str) -> list[str]:
    """Why each message that is set aside could not be read, the oldest first."""
    return [row["why"] for row in journal.rows("SELECT why FROM aside WHERE mailbox = ? ORDER BY first, id", mailbox)]


def _is_due(tries: int, last: str, now: datetime) -> bool:
    passed = now - datetime.fromisoformat(last)
    return tries < _TRIED_AT_ONCE or not timedelta(0) <= passed < _PAUSE


def _note(journal: Journal, mailbox: str, id: str, why: str, now: datetime) -> None:
    with journal.transaction():
        journal.execute(
            "INSERT INTO aside VALUES (?, ?, ?, ?, 1, ?)"
            " ON CONFLICT (mailbox, id) DO UPDATE SET last = excluded.last, tries = tries + 1, why = excluded.why",
            mailbox,
            id,
            now.isoformat(),
            now.isoformat(),
            why,
        )


def _forget(journal: Journal, mailbox: str, ids: Iterable[str]) -> None:
    gone = list(ids)
    if gone:
        with journal.transaction():
            for id in gone:
                journal.execute("DELETE FROM aside WHERE mailbox = ? AND id = ?", mailbox, id)

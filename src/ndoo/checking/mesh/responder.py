"""Answer whatever waits in a mailbox: each message once, its replies in order, acknowledged when they are on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from ndoo.checking.mesh.answer_list import AnsweredList, Habits, ListNote, Part, answer
from ndoo.checking.mesh.body import pieces_of
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import (
    LOGIN_REFUSED,
    AtFault,
    Letter,
    LostAnswerError,
    Mailbox,
    MeshMessage,
    MessageSighting,
    NotAcceptedError,
    UnreachableError,
)
from ndoo.checking.mesh.set_aside import each, listed
from ndoo.numbers.cleaned_list import CleanedList

LARGEST = 1 << 30
"""A national file is 745 MB; more is not read."""
_ASKED_FOR_DOUBT = 5
"""So often MESH is asked whether an answer was sent."""
_MOST_ANEW = 20
"""So often an answer that MESH says it has not got is sent again, the last ten times a quarter of an hour apart; then it cannot be delivered."""


@dataclass(slots=True)
class MessageTally:
    """Messages by what became of them, and what was noted about them."""

    outcomes: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    aside: int = 0
    """Messages in the inbox that could not be read in the last round."""


class Responder:
    """The national side of one mailbox.

    Args:
        who: called for each round in which somebody asks; raises NoUsableList where what it would answer from is too old.
    """

    def __init__(
        self,
        journal: Journal,
        mailbox: Mailbox,
        name: str,
        workflow: str,
        who: Callable[[], CleanedList],
        habits: Habits,
        clock: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._mailbox = mailbox
        self._name = name
        self._workflow = workflow
        self._who = who
        self._habits = habits
        self._clock = clock
        self._taken = 0
        self._fresh: CleanedList | None = None
        """Read once in a round, and only where somebody asks."""

    def round(self, tally: MessageTally) -> int:
        """Answer all that waits now; how many messages were taken out of the inbox.

        Raises:
            UnreachableError: the mailbox cannot be used now; what was not answered stays in it.
            NoUsableList: there is nothing to answer from; everything stays in the inbox.
        """
        self._taken, self._fresh = 0, None
        ids, broken = listed(self._mailbox, self._workflow)
        walked = each(
            self._journal, self._name, ids, lambda id: self._take(id, tally), self._clock, whole=broken is None
        )
        tally.aside = walked.aside
        if (fault := broken or walked.fault) and not self._taken:
            raise fault
        return self._taken

    def _take(self, id: str, tally: MessageTally) -> None:
        job = self._journal.row("SELECT outcome FROM job WHERE mailbox = ? AND id = ?", self._name, id)
        if job is None or not job["outcome"]:
            message = self._mailbox.fetch(id, LARGEST)
            if message is None:
                return
            if message.report:
                self._finish(message, b"", "report", tally)
            elif len(message.body) > LARGEST:
                self._finish(message, b"", "too_long", tally)
            else:
                self._fresh = self._fresh or self._who()
                self._answer(message, self._fresh, tally)
        self._mailbox.acknowledge(id)
        self._taken += 1

    def _answer(self, message: MeshMessage, who: CleanedList, tally: MessageTally) -> None:
        digest = self._journal.keyed()
        for _ in digest.through(chain((message.sender.encode(), b"\n"), pieces_of(message.body))):
            pass
        likeness = digest.value
        before = self._journal.row(
            "SELECT id FROM job WHERE mailbox = ? AND likeness = ? AND id <> ? AND outcome <> ''",
            self._name,
            likeness,
            message.id,
        )
        answered = answer(message, who, self._habits, self._clock(), had_before=before is not None)
        with self._journal.transaction():
            self._journal.execute(
                "INSERT OR IGNORE INTO job (mailbox, id, seen, likeness) VALUES (?, ?, ?, ?)",
                self._name,
                message.id,
                self._clock().isoformat(),
                likeness,
            )
        outcome = self._send(message, answered)
        tally.notes.update(str(note) for note in answered.notes)
        tally.lines.update(answered.tally)
        self._finish(message, likeness, outcome, tally)

    def _send(self, message: MeshMessage, answered: AnsweredList) -> str:
        row = self._journal.row("SELECT sent FROM job WHERE mailbox = ? AND id = ?", self._name, message.id)
        done = row["sent"] if row else 0
        for at, part in enumerate(answered.parts, start=1):
            if at <= done:
                continue
            try:
                id = self._sent_in_doubt(message, at) or self._mailbox.send(self._letter(message, part), part.body)
            except LostAnswerError as lost:
                if not lost.half:
                    self._remember("doubt", message, f"{at} {lost.message_id}")
                    self._remember("asked", message, "")
                if lost.uploading:
                    self._remember("uploading", message, lost.message_id)
                if at == 1:
                    self._remember("more", message, "receipt")
                raise UnreachableError(
                    "nobody can say whether the answer was sent", wait_seconds=lost.wait_seconds
                ) from None
            except NotAcceptedError as error:
                if error.code in LOGIN_REFUSED:
                    raise UnreachableError(f"MESH answered {error.code}", AtFault.LOGIN) from None
                return "undeliverable"
            with self._journal.transaction():
                self._journal.execute(
                    "UPDATE job SET sent = ? WHERE mailbox = ? AND id = ?", at, self._name, message.id
                )
            self._remember("first", message, id if at == 1 else self._recall("first", message))
        if answered.silent:
            return "silent"
        return "rejected" if answered.rejected or ListNote.EMPTY in answered.notes else "answered"

    def _sent_in_doubt(self, message: MeshMessage, at: int) -> str:
        """Whether this part was sent although its answer was lost: MESH's id of it; empty where it has to be sent.

        Raises:
            UnreachableError: MESH does not say; it is asked again in the next rounds, and then the part counts as sent: to
            send it twice would be worse than to wait for the asker to ask again.
            NotAcceptedError: it was sent again so often that MESH will not have it.
        """
        part, _, begun = str(self._recall("doubt", message)).partition(" ")
        if part != str(at):
            return ""
        several = at > 1 and self._recall("more", message) is not None
        known = bool(begun or message.local_id.strip())
        found, id = self._mailbox.look_for(message.local_id, begun) if known else (MessageSighting.UNKNOWN, "")
        if found is MessageSighting.UNKNOWN and self._asked_again(message) < _ASKED_FOR_DOUBT:
            raise UnreachableError("MESH does not say whether the answer was sent")
        if found in (MessageSighting.ABSENT, MessageSighting.HALF) or (id and id == self._recall("first", message)):
            return self._anew(message)
        if found is MessageSighting.UNKNOWN and begun and begun == self._recall("uploading", message):
            return self._anew(message)  # the last that MESH said of it is that a piece is missing
        if several and not id:  # of which the list may be none: twice is better than never
            return ""
        return id or "unknown"

    def _anew(self, message: MeshMessage) -> str:
        """Nothing was sent of it, so it is to be sent again; NotAcceptedError where that has been done too often."""
        before = int(str(self._recall("anew", message) or 0))
        if before >= _MOST_ANEW:
            raise NotAcceptedError("lost")
        self._remember("anew", message, str(before + 1))
        return ""

    def _asked_again(self, message: MeshMessage) -> int:
        """How often MESH has been asked about this doubt and said nothing; each doubt has its own count."""
        asked = int(str(self._recall("asked", message) or 0)) + 1
        self._remember("asked", message, str(asked))
        return asked

    def _recall(self, what: str, message: MeshMessage) -> object:
        return self._journal.fact(f"{what} {self._name} {message.id}")

    def _remember(self, what: str, message: MeshMessage, value: object) -> None:
        with self._journal.transaction():
            self._journal.remember(f"{what} {self._name} {message.id}", value or "")

    def _letter(self, message: MeshMessage, part: Part) -> Letter:
        return Letter(message.sender, message.workflow, message.local_id, part.subject, part.file_name)

    def _finish(self, message: MeshMessage, likeness: bytes, outcome: str, tally: MessageTally) -> None:
        with self._journal.transaction():
            self._journal.execute(
                "INSERT INTO job (mailbox, id, seen, likeness, outcome) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (mailbox, id) DO UPDATE SET outcome = excluded.outcome",
                self._name,
                message.id,
                self._clock().isoformat(),
                likeness,
                outcome,
            )
            for what in ("doubt", "first", "more", "uploading", "asked", "anew"):
                self._journal.forget(f"{what} {self._name} {message.id}")
        tally.outcomes[outcome] += 1

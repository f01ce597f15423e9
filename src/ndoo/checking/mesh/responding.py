"""Answer whatever waits in a mailbox: each message once, its replies in order, acknowledged when they are on their way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from ndoo.checking.mesh.answering import Answered, Habits, Note, Part, answer
from ndoo.checking.mesh.body import pieces_of
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import Letter, LostAnswerError, Mailbox, Message, NotAcceptedError
from ndoo.numbers.cleaned_list import CleanedList

LARGEST = 1 << 30
"""A national file is 745 MB; more is not read."""


@dataclass(slots=True)
class Tally:
    """Messages by what became of them, and what was noted about them."""

    outcomes: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)


class Responder:
    """The national side of one mailbox.

    Args:
        who: called for each round in which somebody asks; raises NoUsableList where what it would answer from is too old.
    """

    def __init__(
        self, journal: Journal, mailbox: Mailbox, name: str, workflow: str, who: Callable[[], CleanedList],
        habits: Habits, clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._journal = journal
        self._mailbox = mailbox
        self._name = name
        self._workflow = workflow
        self._who = who
        self._habits = habits
        self._clock = clock

    def round(self, tally: Tally) -> int:
        """Answer all that waits now; how many messages were taken out of the inbox.

        Raises:
            UnreachableError: the mailbox cannot be used now; what was not answered stays in it.
            NoUsableList: there is nothing to answer from; everything stays in the inbox.
        """
        taken, who = 0, None
        for id in list(self._mailbox.waiting(self._workflow)):
            job = self._journal.row("SELECT outcome FROM job WHERE mailbox = ? AND id = ?", self._name, id)
            if job is None or not job["outcome"]:
                message = self._mailbox.fetch(id, LARGEST)
                if message is None:
                    continue
                if message.report:
                    self._finish(message, b"", "report", tally)
                elif len(message.body) > LARGEST:
                    self._finish(message, b"", "too_long", tally)
                else:
                    who = who or self._who()
                    self._answer(message, who, tally)
            self._mailbox.acknowledge(id)
            taken += 1
        return taken

    def _answer(self, message: Message, who: CleanedList, tally: Tally) -> None:
        digest = self._journal.keyed()
        for _ in digest.through(chain((message.sender.encode(), b"\n"), pieces_of(message.body))):
            pass
        likeness = digest.value
        before = self._journal.row(
            "SELECT id FROM job WHERE mailbox = ? AND likeness = ? AND id <> ? AND outcome <> ''",
            self._name, likeness, message.id,
        )  # fmt: skip
        answered = answer(message, who, self._habits, self._clock(), had_before=before is not None)
        with self._journal.transaction():
            self._journal.execute(
                "INSERT OR IGNORE INTO job (mailbox, id, seen, likeness) VALUES (?, ?, ?, ?)",
                self._name, message.id, self._clock().isoformat(), likeness,
            )  # fmt: skip
        outcome = self._send(message, answered)
        tally.notes.update(str(note) for note in answered.notes)
        tally.lines.update(answered.tally)
        self._finish(message, likeness, outcome, tally)

    def _send(self, message: Message, answered: Answered) -> str:
        row = self._journal.row("SELECT sent FROM job WHERE mailbox = ? AND id = ?", self._name, message.id)
        done = row["sent"] if row else 0
        for at, part in enumerate(answered.parts, start=1):
            if at <= done:
                continue
            try:
                self._mailbox.send(self._letter(message, part), part.body)
            except LostAnswerError:
                pass  # it may be there: to send it again would be worse than to wait for the asker to ask again
            except NotAcceptedError:
                return "undeliverable"
            with self._journal.transaction():
                self._journal.execute(
                    "UPDATE job SET sent = ? WHERE mailbox = ? AND id = ?", at, self._name, message.id
                )
        if answered.silent:
            return "silent"
        return "rejected" if answered.rejected or Note.EMPTY in answered.notes else "answered"

    def _letter(self, message: Message, part: Part) -> Letter:
        return Letter(message.sender, message.workflow, message.local_id, part.subject, part.file_name)

    def _finish(self, message: Message, likeness: bytes, outcome: str, tally: Tally) -> None:
        with self._journal.transaction():
            self._journal.execute(
                "INSERT INTO job (mailbox, id, seen, likeness, outcome) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (mailbox, id) DO UPDATE SET outcome = excluded.outcome",
                self._name, message.id, self._clock().isoformat(), likeness, outcome,
            )  # fmt: skip
        tally.outcomes[outcome] += 1

"""Cases on the MESH that a profile names: small messages of our own, from the mailbox to itself or to a second one.

Nothing in a message is about anybody. Every message is known again by a local id that was written down before it was sent,
and is cleared away in the same case; of messages that may be somebody else's only the outside is looked at, and they stay.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from ndoo.checking.mesh import client
from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.journal import alone
from ndoo.checking.mesh.message import (
    Glance,
    Letter,
    LostAnswerError,
    MessageSighting,
    NotAcceptedError,
    UnreachableError,
)
from ndoo.checking.mesh.rehearsal.case import CaseOutcome, CaseSeen, Step, judged
from ndoo.checking.mesh.rehearsal.notes import Begun, Notes
from ndoo.checking.mesh.service import known
from ndoo.domain.plurals import counted

CHUNK = 2_000
_LOOKS, _PAUSE = 24, 5.0
"""How often, and after how many seconds, the inbox is looked into for what was just sent."""
_REPORT_LATE = timedelta(days=2)
_NOT_COLLECTED = "14"
_LIMIT = 1 << 20
_LONG = b"".join(b"rehearsal, line %06d\n" % line for line in range(250))
_NO_SUCH_ID = "20000101000000000_NDOO00"
"""Of the form of a real one, from a day long before there was an API."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a rehearsal uses: who sends, who receives (perhaps the same mailbox), and how it tells the time."""

    sender: NetworkMailbox
    receiver: NetworkMailbox
    in_chunks: NetworkMailbox
    """The sender's mailbox again, cutting messages at `CHUNK` bytes."""
    disabled: NetworkMailbox | None
    sends_from: str
    sends_to: str
    workflow: str
    folder: Path
    clock: Callable[[], datetime]
    elapsed: Callable[[], float]
    sleep: Callable[[float], object]
    told: Callable[[int], object] = lambda _: None
    """Called with how many of the 600 messages have gone, come and been taken out."""


class OnMailbox:
    """The cases of one rehearsal."""

    def __init__(self, site: Site, notes: Notes, crowd: int) -> None:
        self._site, self._notes, self._crowd = site, notes, crowd
        self._before = tuple(notes.names)
        self._name = notes.new_name()
        self._count, self._lost = 0, False
        self._mine: set[str] = set()
        """Sent, and not yet taken out again."""

    def steps(self) -> dict[str, Step]:
        """The cases by their keys."""
        return {
            "handshake": self.handshake,
            "send": self.send,
            "receive": self.receive,
            "chunks": self.chunks,
            "crowd": self.crowd,
            "disabled": self.disabled,
            "recipient": self.recipient,
            "report": self.report,
            "missing": self.missing,
            "gone": self.gone,
            "alone": self.alone,
        }

    def clear(self) -> int:
        """Take out what earlier rehearsals left in the inbox when they were cut short; how many messages."""
        cleared = 0
        with self._only_one():
            for id in self._waiting() if self._before else []:
                if not self._waits_for_its_report(id) and self._is_own(self._site.receiver.glance(id)):
                    self._site.receiver.acknowledge(id)
                    cleared += 1
        self._notes.forget(self._before)
        return cleared

    def finish(self) -> None:
        """Take out what a case that went wrong left behind. Where nobody can say what was sent, the next one looks."""
        with self._only_one():
            for id in sorted(self._mine):
                self._take_out(id)
        if not self._lost:
            self._notes.forget((self._name,))

    def handshake(self) -> CaseSeen:
        with self._only_one():
            self._site.sender.handshake()
        status = self._site.sender.last_status
        return judged("The mailbox said that it is in use.", f"MESH answered {status}.", status == 200)

    def send(self) -> CaseSeen:
        with self._only_one():
            local_id, id = self._sent(b"rehearsal\n")
            status = self._site.sender.last_status
            sighting, known_as = self._site.sender.look_for(local_id)
            self._found([id])
            self._take_out(id)
        seen = f"MESH answered {status} and an id; asked for the local id, it says: {sighting}."
        right = sighting is MessageSighting.SENT and known_as in ("", id)
        return judged("A message was sent, and looked for by its local id.", seen, right)

    def receive(self) -> CaseSeen:
        with self._only_one():
            _, id = self._sent(_LONG)
            listed = self._found([id])
            message = self._site.receiver.fetch(id, _LIMIT)
            same = message is not None and message.body[:] == _LONG
            self._take_out(id)
            left = id in self._waiting()
        seen = f"It was {_listed(listed)}, came back {_equal(same)}, and after it was acknowledged was {_listed(left)}."
        return judged("A message was sent, listed, fetched and acknowledged.", seen, listed and same and not left)

    def chunks(self) -> CaseSeen:
        with self._only_one():
            _, id = self._sent(_LONG, self._site.in_chunks)
            self._found([id])
            chunks = self._site.receiver.glance(id).chunks
            message = self._site.receiver.fetch(id, _LIMIT)
            same = message is not None and message.body[:] == _LONG
            self._take_out(id)
        wanted = -(-len(_LONG) // CHUNK)
        done = f"A message of {len(_LONG)} bytes was sent in pieces of {CHUNK}, and fetched."
        return judged(
            done, f"It lay there in {counted(chunks, 'chunk')} and came back {_equal(same)}.", same and chunks == wanted
        )

    def crowd(self) -> CaseSeen:
        with self._only_one():
            sent = []
            for at in range(self._crowd):
                sent.append(self._sent(b"rehearsal %d\n" % at)[1])
                self._site.told(at + 1)
            self._found(sent)
            waiting = self._waiting()
            own, whole = set(sent), 0
            listed = [id for id in waiting if id in own]
            for at, id in enumerate(sent):
                message = self._site.receiver.fetch(id, _LIMIT)
                whole += message is not None and message.body[:] == b"rehearsal %d\n" % at
                self._take_out(id)
                self._site.told(self._crowd + at + 1)
            left = own & set(self._waiting())
        pages = -(-len(waiting) // client.PAGE)
        seen = f"{len(listed)} were listed, on {counted(pages, 'page')}; {whole} came back whole, and {len(left)} were left."
        done = f"Sent: {counted(self._crowd, 'message')}; then all were listed, fetched and acknowledged."
        if pages < 2:
            return CaseSeen(done, f"{seen} One page holds so many: ask for more.", CaseOutcome.NOT_PROVOKED)
        return judged(done, seen, sorted(listed) == sorted(sent) and whole == self._crowd and not left)

    def disabled(self) -> CaseSeen:
        if self._site.disabled is None:
            done = "Nothing: only the service desk can disable a mailbox. Name one that is disabled with --disabled."
            return CaseSeen(done, "", CaseOutcome.NOT_RUN)
        done = "A mailbox that the service desk has disabled said that it is in use."
        try:
            self._site.disabled.handshake()
        except UnreachableError as error:
            return judged(done, f"{error.reason}.", error.refused)
        return CaseSeen(done, "MESH let it in: it is not disabled.", CaseOutcome.NOT_PROVOKED)

    def recipient(self) -> CaseSeen:
        nobody = f"NDOO{self._name[-9:-1].upper()}"
        done = "A message was sent to a mailbox that does not exist."
        with self._only_one():
            try:
                self._site.sender.send(replace(self._letter(), recipient=nobody), [b"rehearsal\n"])
            except NotAcceptedError as error:
                status = self._site.sender.last_status
                return judged(done, f"MESH answered {status}, code {error.code or 'none'}.", status == 417)
        return judged(done, f"MESH answered {self._site.sender.last_status} and took it.", False)

    def report(self) -> CaseSeen:
        days = known().collect_days
        with self._only_one():
            begun = self._notes.begun
            if begun is None:
                local_id, id = self._sent(b"rehearsal: nobody collects this\n")
                self._mine.discard(id)
                self._notes.begun = begun = Begun(id, local_id, self._site.clock().isoformat())
                self._notes.keep()
            elif not begun.reported and (found := self._report_on(begun)):
                id, code = found
                self._notes.begun = begun = replace(begun, reported=self._site.clock().isoformat(), code=code)
                self._notes.keep()
                self._site.sender.acknowledge(id)
        done = f"A message was sent on {begun.when:%Y-%m-%d} at {begun.when:%H:%M} that nobody collects."
        if begun.reported:
            seen = f"MESH's report on it, of type REPORT and code {begun.code}, was there on {begun.reported[:10]}."
            return judged(done, seen, begun.code == _NOT_COLLECTED)
        passed = self._site.clock() - begun.when
        if passed > timedelta(days=days) + _REPORT_LATE:
            return CaseSeen(done, f"No report has come in {counted(passed.days, 'day')}.", CaseOutcome.DIFFERS)
        due = begun.when + timedelta(days=days)
        seen = f"No report yet. Run this again after {due:%Y-%m-%d %H:%M}, and leave the message where it is."
        return CaseSeen(done, seen, CaseOutcome.WAITING)

    def missing(self) -> CaseSeen:
        with self._only_one():
            message = self._site.receiver.fetch(_NO_SUCH_ID, _LIMIT)
        status = self._site.receiver.last_status
        done = "A message was asked for that never was."
        return judged(done, f"MESH answered {status}, and it was passed over.", message is None and status == 404)

    def gone(self) -> CaseSeen:
        with self._only_one():
            _, id = self._sent(b"rehearsal\n")
            self._found([id])
            self._take_out(id)
            message = self._site.receiver.fetch(id, _LIMIT)
        status, done = self._site.receiver.last_status, "A message was acknowledged, and asked for again."
        if message is not None:
            return CaseSeen(
                done, f"MESH answered {status}: it hands out again what was acknowledged.", CaseOutcome.NOT_PROVOKED
            )
        return judged(done, f"MESH answered {status}, and it was passed over.", status in (404, 410))

    def alone(self) -> CaseSeen:
        spans: list[tuple[float, float]] = []
        failed: list[UnreachableError] = []
        both = threading.Barrier(2)

        def run(mailbox: NetworkMailbox) -> None:
            both.wait()
            try:
                for _ in range(3):
                    with self._only_one():
                        began = self._site.elapsed()
                        list(mailbox.waiting(self._site.workflow))
                        spans.append((began, self._site.elapsed()))
            except UnreachableError as error:
                failed.append(error)

        threads = [threading.Thread(target=run, args=(box,)) for box in (self._site.sender, self._site.in_chunks)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        spans.sort()
        overlaps = sum(before[1] > after[0] for before, after in pairwise(spans))
        seen = (
            f"{counted(len(spans), 'look')} into the inbox, of which {overlaps} began before the one before had ended."
        )
        return judged("Two runs looked into the inbox three times each, at the same time.", seen, not overlaps)

    def _waits_for_its_report(self, id: str) -> bool:
        return self._notes.begun is not None and id == self._notes.begun.message_id

    def _is_own(self, outside: Glance) -> bool:
        return outside.sender.upper() == self._site.sends_from and outside.local_id.startswith(self._before)

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        with alone(self._site.folder, self._site.sends_from):
            yield

    def _letter(self) -> Letter:
        self._count += 1
        local_id = f"{self._name}{self._count}"
        return Letter(self._site.sends_to, self._site.workflow, local_id, "NDOO-REHEARSAL", f"{local_id}.dat")

    def _sent(self, body: bytes, by: NetworkMailbox | None = None) -> tuple[str, str]:
        letter = self._letter()
        try:
            id = (by or self._site.sender).send(letter, [body])
        except LostAnswerError:
            self._lost = True
            raise
        self._mine.add(id)
        return letter.local_id, id

    def _take_out(self, id: str) -> None:
        self._site.receiver.acknowledge(id)
        self._mine.discard(id)

    def _waiting(self) -> list[str]:
        return list(self._site.receiver.waiting(self._site.workflow))

    def _found(self, ids: list[str]) -> bool:
        """Are they all listed, now or before long?"""
        for look in range(_LOOKS):
            if set(ids) <= set(self._waiting()):
                return True
            if look < _LOOKS - 1:
                self._site.sleep(_PAUSE)
        return False

    def _report_on(self, begun: Begun) -> tuple[str, str] | None:
        """The id of MESH's report on that message, and its code."""
        for id in self._site.sender.waiting(self._site.workflow):
            if id != begun.message_id:
                outside = self._site.sender.glance(id)
                if outside.report and begun.message_id == outside.linked_id:
                    return id, outside.code
        return None


def _listed(there: bool) -> str:
    return "listed" if there else "not listed"


def _equal(same: bool) -> str:
    return "byte for byte" if same else "changed, or not at all"

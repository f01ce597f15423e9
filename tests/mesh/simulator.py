"""A MESH that drops, delays, doubles, reorders and forges, with both real sides on it, each of which may die at any step.

The world follows a seeded schedule. Faults come in its first part; then it becomes a reliable one, as the real world does
in the end, and everything has to come out right. `check` is played as the command plays it: go on with an open request
about the same people, or ask; go round; hand the answer out; ask again where a request failed.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from ndoo.checking.mesh.answer_list import Habits, Manner, SameFile
from ndoo.checking.mesh.exchange import Asker
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import Letter, LostAnswerError, MeshMessage, MessageSighting, UnreachableError
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.requests import RequestState, answer, delivered, request, requests, same_question
from ndoo.checking.mesh.responder import MessageTally, Responder
from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.nhs_number import NHSNumber
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some

NATIONAL, TRUST, STRANGER = "X26HC065", "RA9OT001", "RA9OT002"
WORKFLOW = "SPINE_NTT_UPHOLDING"
PROFILE = Profile("trust", "http://localhost", TRUST, "w", "k", WORKFLOW, 60.0, NATIONAL)
POOL = some(60, seed=21)
GONE = set(POOL[::4])
REJECTION = b"The file contains one or more invalid NHS Numbers."
_REPORT_AFTER, _PATIENCE = timedelta(days=5), timedelta(hours=30)


class CrashError(BaseException):
    """The process died here."""


class SmallSet(NumberSet):
    """The same people and lines, known beforehand: a set need not be read through for them."""

    def __init__(self, numbers: Iterable[str]) -> None:
        super().__init__()
        self.numbers = sorted(set(numbers))
        self.all_lines = lines(self.numbers)
        for number in self.numbers:
            self.add(NHSNumber(number))

    def lines(self, start: int = 0) -> Iterator[bytes]:
        yield self.all_lines


def lines(numbers: Iterable[str]) -> bytes:
    return "".join(f"{number},\n" for number in numbers).encode()


_OF_POOL = {number: NHSNumber(number) for number in POOL}
_REGISTER = SmallSet(GONE)
"""Nobody changes it, so it is made once, and not in each of half a million rounds."""


@dataclass
class Chance:
    """The schedule: where faults come, while they come."""

    dice: random.Random
    faults: int
    rate: float
    seen: Counter[str] = field(default_factory=Counter)

    def hits(self, what: str, weight: float = 1.0) -> bool:
        if self.faults <= 0 or self.dice.random() >= self.rate * weight:
            return False
        self.faults -= 1
        self.seen[what] += 1
        return True


class Disk:
    """Where one side's journal lasts from process to process: a file, or memory, which is the same to SQLite and much
    faster. What was committed stays; what was not is gone, as after a crash."""

    def __init__(self, folder: Path, *, in_memory: bool) -> None:
        self.folder = folder
        self.kept: sqlite3.Connection | None = None
        if in_memory:
            self.kept = sqlite3.connect(":memory:", isolation_level=None)
            self.kept.row_factory = sqlite3.Row
            self.kept.execute("PRAGMA foreign_keys = ON")
            _blank().backup(self.kept)
            folder.mkdir(parents=True)


@cache
def _blank() -> sqlite3.Connection:
    """A journal as it is when it is new."""
    with tempfile.TemporaryDirectory() as folder:
        made, blank = Journal(Path(folder), durable=False), sqlite3.connect(":memory:")
        made._sqlite.backup(blank)
        made.close()
    return blank


class DyingJournal(Journal):
    """A journal whose process may die before a transaction and after it."""

    def __init__(self, disk: Disk, chance: Chance) -> None:
        self.chance, self.kept = Chance(chance.dice, 0, 0.0), disk.kept
        if disk.kept is None:
            super().__init__(disk.folder, durable=False)
        else:
            self._sqlite = disk.kept
        self.chance = chance

    def close(self) -> None:
        if self.kept is None:
            super().close()
        else:
            assert not self.kept.in_transaction, "a process that ends holds nothing open"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self.chance.hits("crash", 0.15):
            raise CrashError
        with super().transaction():
            yield
        if self.chance.hits("crash", 0.15):
            raise CrashError


@dataclass
class Posted:
    """A message on its way or in an inbox."""

    message: MeshMessage
    recipient: str
    due: datetime


class World:
    """MESH itself: what was taken, and what lies in which inbox at what time."""

    def __init__(self, chance: Chance) -> None:
        self.chance = chance
        self.now = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
        self.inboxes: list[Posted] = []
        self.taken: dict[str, str] = {}
        self.count = 0

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def new_id(self) -> str:
        self.count += 1
        return f"M{self.count:06}"

    def deliver(self, message: MeshMessage, recipient: str, *, wait: float = 0) -> None:
        self.inboxes.append(Posted(message, recipient, self.now + timedelta(seconds=wait)))

    def take(self, sender: str, letter: Letter, body: bytes, *, half: bool = False) -> str:
        """A message that MESH took, with whatever may befall it then."""
        chance, id = self.chance, self.new_id()
        if sender == TRUST:
            assert letter.local_id not in self.taken, "one name was sent twice"
            self.taken[letter.local_id] = "half" if half else id
        message = MeshMessage(
            id, sender, letter.workflow, letter.local_id, letter.subject, body, file_name=letter.file_name
        )
        if half:
            return id
        if chance.hits("drop"):
            if sender == TRUST:  # nobody collects it, and it goes back
                self.deliver(
                    MeshMessage(
                        self.new_id(),
                        "",
                        letter.workflow,
                        letter.local_id,
                        f"NDR: {letter.subject}",
                        b"",
                        report=True,
                        linked_id=id,
                        code="14",
                    ),
                    TRUST,
                    wait=_REPORT_AFTER.total_seconds(),
                )
            return id
        wait = chance.dice.choice((0, 30, 3_600, 90_000)) if chance.hits("delay") else 0
        self.deliver(message, letter.recipient, wait=wait)
        if chance.hits("duplicate"):
            again = MeshMessage(self.new_id(), sender, letter.workflow, letter.local_id, letter.subject, body)
            self.deliver(again, letter.recipient, wait=chance.dice.choice((0, 7_200)))
        if sender == NATIONAL:
            self.forge(letter.local_id, body)
        return id

    def forge(self, local_id: str, body: bytes) -> None:
        """Things that look like a reply and are none."""
        dice = self.chance.dice
        forged = {
            "foreign list": (STRANGER, local_id, lines(POOL)),
            "foreign rejection": (STRANGER, local_id, REJECTION),
            "list of everybody": (NATIONAL, local_id, lines(POOL)),
            "half": (NATIONAL, local_id, body[: len(body) // 2 // 12 * 12 + 5]),
            "blank": (NATIONAL, local_id, b"\n"),
            "failed receipt": (NATIONAL, local_id, b'{"status": "failed"}'),
            "unknown request": (NATIONAL, "somebody-elses", lines(POOL[:3])),
            "somebody else's list": (
                NATIONAL,
                dice.choice(sorted(self.taken) or [local_id]),
                lines([*POOL[50:], *POOL[:5]]),
            ),
        }
        for name, (sender, about, text) in forged.items():
            if self.chance.hits(name, 0.5):
                if name == "half" and body.startswith(b"{"):
                    continue
                self.deliver(MeshMessage(self.new_id(), sender, WORKFLOW, about, "x", text), TRUST)


class SimulatedMailbox:
    """One side's way into the world. Every call may fail, and its process may die before and after it."""

    def __init__(self, world: World, name: str, journal: DyingJournal) -> None:
        self.world, self.name, self.journal, self.chance = world, name, journal, world.chance

    @contextmanager
    def call(self) -> Iterator[None]:
        if self.chance.hits("crash", 0.15):
            raise CrashError
        if self.chance.hits("unreachable", 0.2):
            raise UnreachableError("no connection to MESH")
        yield
        if self.chance.hits("crash", 0.15):
            raise CrashError

    def handshake(self) -> None:
        with self.call():
            pass

    def send(self, letter: Letter, body: Iterable[bytes]) -> str:
        with self.call():
            if self.chance.hits("lost before"):
                raise LostAnswerError
            half = self.name == TRUST and self.chance.hits("half sent", 0.3)
            id = self.world.take(self.name, letter, b"".join(body), half=half)
            if half or self.chance.hits("lost after"):
                raise LostAnswerError
            return id

    def look_for(self, local_id: str, message_id: str = "") -> tuple[MessageSighting, str]:
        with self.call():
            if self.chance.hits("tracker off"):
                return MessageSighting.UNKNOWN, ""
            taken = self.world.taken.get(local_id)
            if taken is None:
                return MessageSighting.ABSENT, ""
            return (MessageSighting.HALF, "") if taken == "half" else (MessageSighting.SENT, taken)

    def waiting(self, workflow: str) -> Iterator[str]:
        with self.call():
            here = [p.message.id for p in self.world.inboxes if p.recipient == self.name and p.due <= self.world.now]
            if len(here) > 1 and self.chance.hits("reorder"):
                self.chance.dice.shuffle(here)
            yield from here

    def fetch(self, message_id: str, limit: int) -> MeshMessage | None:
        with self.call():
            return next((p.message for p in self.world.inboxes if p.message.id == message_id), None)

    def acknowledge(self, message_id: str) -> None:
        with self.call():
            written = "SELECT id FROM message WHERE id = ?" if self.name == TRUST else "SELECT id FROM job WHERE id = ?"
            assert self.journal.row(written, message_id), "acknowledged before it was written down"
            self.world.inboxes = [p for p in self.world.inboxes if p.message.id != message_id]


@dataclass
class Outcome:
    """What a schedule came to."""

    handed_out: list[set[str]]
    expected: list[set[str]]
    terminal: dict[int, RequestState]
    changed: list[tuple[int, RequestState, RequestState]]
    allowed: list[tuple[set[str], int | None]]
    faults: Counter[str]
    rounds: int


class Play:
    """One schedule, from its seed."""

    def __init__(self, seed: int, folder: Path, *, in_memory: bool = True) -> None:
        dice = random.Random(seed)
        self.chance = Chance(dice, faults=dice.choice((0, 3, 10, 30)), rate=dice.choice((0.05, 0.2, 0.5)))
        self.world = World(self.chance)
        self.disks = {side: Disk(folder / side, in_memory=in_memory) for side in (TRUST, NATIONAL)}
        self.manner = dice.choice(list(Manner))
        # Each has people of its own among those who stay, so that no other's list is part of it.
        self.questions = [SmallSet(dice.sample(POOL[20 * at : 20 * at + 20], 12)) for at in range(2)]
        self.out: list[set[str] | None] = [None, None]
        self.terminal: dict[int, RequestState] = {}
        self.changed: list[tuple[int, RequestState, RequestState]] = []

    def run(self, most: int = 400) -> Outcome:
        rounds = 0
        while None in self.out:
            rounds += 1
            assert rounds < most, "it never ends"
            if rounds > most // 2:
                self.chance.faults = 0
            side = self.chance.dice.choice((self.ask, self.ask, self.respond))
            with suppress(CrashError):
                side()
            self.world.now += timedelta(seconds=self.chance.dice.choice((5, 60, 600, 7_200)))
        return self.ended(rounds)

    def ask(self) -> None:
        """One round of `ndoo check`, from its start: a new process, which may die."""
        journal = self.journal(TRUST)
        try:
            mailbox = SimulatedMailbox(self.world, TRUST, journal)
            asker = Asker(journal, mailbox, PROFILE, self.world.clock, self.disks[TRUST].folder)
            at = self.chance.dice.choice([at for at, out in enumerate(self.out) if out is None])
            people = self.questions[at]
            asked = same_question(journal, PROFILE, people) or asker.ask(people, len(people.numbers))
            asker.round()
            now = request(journal, asked.id)
            if now.state is RequestState.ANSWERED:
                self.out[at] = self.named(answer(journal, now))
                delivered(journal, now, self.world.clock())
            elif now.state is RequestState.OPEN and self.world.now - now.created > _PATIENCE:
                asker.give_up(now)
        finally:
            journal.chance = Chance(self.chance.dice, 0, 0.0)
            self.note(journal)
            journal.close()

    def respond(self) -> None:
        journal = self.journal(NATIONAL)
        try:
            mailbox = SimulatedMailbox(self.world, NATIONAL, journal)
            who = CleanedList(Provenance(Polarity.OPTED_OUT, "test", None, self.world.now, 0, 21, len(GONE)), _REGISTER)
            Responder(
                journal,
                mailbox,
                NATIONAL,
                WORKFLOW,
                lambda: who,
                Habits(self.manner, same_file=SameFile.SILENCE),
                self.world.clock,
            ).round(MessageTally())
        except UnreachableError:
            pass
        finally:
            journal.close()

    def journal(self, side: str) -> DyingJournal:
        return DyingJournal(self.disks[side], self.chance)

    def note(self, journal: Journal) -> None:
        """What is settled stays settled, in the same way."""
        for id, said in journal.rows("SELECT id, state FROM request"):
            before, state = self.terminal.get(id), RequestState(said)
            if before and state is not before:
                self.changed.append((id, before, state))
            if state is not RequestState.OPEN:
                self.terminal[id] = state

    def named(self, people: NumberSet) -> set[str]:
        return {number for number, person in _OF_POOL.items() if person in people}

    def ended(self, rounds: int) -> Outcome:
        self.chance.faults = 0
        journal = self.journal(TRUST)
        allowed = [
            (self.named(answer(journal, asked)), asked.allowed)
            for asked in requests(journal, TRUST, RequestState.ANSWERED)
        ]
        journal.close()
        for disk in self.disks.values():
            if disk.kept:
                disk.kept.close()
        return Outcome(
            [out or set() for out in self.out],
            [set(asked.numbers) - GONE for asked in self.questions],
            self.terminal,
            self.changed,
            allowed,
            self.chance.seen,
            rounds,
        )

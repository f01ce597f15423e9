"""Cases in which MESH misbehaves, and how the part of ndoo that asks takes it: its own steps, a journal of its own, made-up numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.exchange import Asker
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import Letter
from ndoo.checking.mesh.rehearsal.case import CaseSeen, Step, judged
from ndoo.checking.mesh.rehearsal.stand_in import ANSWERING, ASKING, NOBODY, StandIn, standing_in
from ndoo.checking.mesh.requests import MeshRequest, RequestState, Sending, request, sendings_of
from ndoo.checking.mesh.wait_for_answer import Patience, wait_for
from ndoo.domain.nhs_number import NHSNumber, check_digit
from ndoo.domain.plurals import counted
from ndoo.numbers.number_set import NumberSet

_FIRST, _PEOPLE = 999_000_000, 20
_OTHERS = "SOMEBODY_ELSES"


class _Bench:
    """A request that is about to be sent, and a mailbox by which it can be answered."""

    def __init__(self, mesh: StandIn, stack: ExitStack, clock: Callable[[], datetime], recipient: str) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ndoo-rehearsal-")))
        profile = mesh.profile(recipient=recipient)
        self.mesh = mesh
        self.journal = Journal(folder, durable=False)
        stack.callback(self.journal.close)
        self.mailbox = stack.enter_context(NetworkMailbox(profile, timeout=timedelta(seconds=30)))
        self.national = stack.enter_context(NetworkMailbox(mesh.profile(ANSWERING), timeout=timedelta(seconds=30)))
        self.asker = Asker(self.journal, self.mailbox, profile, clock, folder)
        people, made_up = NumberSet(), _made_up()
        for number in made_up:
            people.add(number)
        self.body = b"".join(people.lines())
        self._id = self.asker.ask(people, len(made_up)).id

    @property
    def asked(self) -> MeshRequest:
        return request(self.journal, self._id)

    @property
    def sending(self) -> Sending:
        return sendings_of(self.journal, self.asked)[-1]

    def reply(self, body: bytes, workflow: str | None = None) -> str:
        """Something comes back for the request; its id."""
        letter = Letter(ASKING, workflow or self.asked.workflow, self.sending.local_id, "rehearsal", "rehearsal.dat")
        return self.national.send(letter, [body])


@contextmanager
def _table(clock: Callable[[], datetime], recipient: str = ANSWERING) -> Iterator[_Bench]:
    with ExitStack() as stack:
        yield _Bench(stack.enter_context(standing_in()), stack, clock, recipient)


def _made_up() -> list[NHSNumber]:
    """Some numbers of the range that is for tests."""
    nines = range(_FIRST, _FIRST + _PEOPLE)
    return [NHSNumber(f"{nine}{digit}") for nine in nines if (digit := check_digit(str(nine))) is not None]


def steps(clock: Callable[[], datetime], crowd: int) -> dict[str, Step]:
    """The cases by their keys."""
    return {
        "crowd": lambda: _crowd(clock, crowd),
        "disabled": lambda: _disabled(clock),
        "recipient": lambda: _recipient(clock),
        "report": lambda: _report(clock),
        "missing": lambda: _passed_over(clock, 404),
        "gone": lambda: _passed_over(clock, 410),
    }


def _crowd(clock: Callable[[], datetime], crowd: int) -> CaseSeen:
    with _table(clock) as at:
        at.asker.round()
        for number in range(crowd):
            letter = Letter(ASKING, at.asked.workflow, f"somebody-elses-{number}", "rehearsal", "rehearsal.dat")
            at.national.send(letter, [b"rehearsal"])
        at.reply(at.body)
        seen = at.asker.round()
        done = f"A request was sent; {counted(crowd, 'message')} of another program came into the inbox, and then the answer."
        told = f"The request is {at.asked.state}; {seen.taken} message was taken out, {seen.left} were left where they are."
        return judged(done, told, (at.asked.state, seen.taken, seen.left) == (RequestState.ANSWERED, 1, crowd))


def _disabled(clock: Callable[[], datetime]) -> CaseSeen:
    with _table(clock) as at:
        at.mesh.disabled = True
        rounds: list[float] = []
        waited = wait_for(at.journal, at.asker, at.asked, Patience(60, 1, lambda: 0.0, rounds.append)).last
        refused = waited.unreachable is not None and waited.unreachable.refused
        status, sent_before = at.mailbox.last_status, len(at.mesh.messages)
        at.mesh.disabled = False
        at.asker.round()
        done = "A request was to be sent from a mailbox that is disabled; then it was enabled."
        told = (
            f"MESH answered {status}; after {counted(len(rounds) + 1, 'attempt')} ndoo stopped waiting, having sent {counted(sent_before, 'message')}, and "
            f"the request was kept. Afterwards {len(at.mesh.messages)} was sent."
        )
        return judged(done, told, refused and (status, sent_before, len(at.mesh.messages)) == (403, 0, 1))


def _recipient(clock: Callable[[], datetime]) -> CaseSeen:
    with _table(clock, recipient=NOBODY) as at:
        at.asker.round()
        done = "A request was sent to a mailbox that does not exist."
        status, code = at.mailbox.last_status, at.sending.code
        told = f"MESH answered {status}, code {code}; the request is {at.asked.state}."
        return judged(done, told, (status, code, at.asked.state) == (417, "12", RequestState.UNDELIVERED))


def _report(clock: Callable[[], datetime]) -> CaseSeen:
    with _table(clock) as at:
        at.asker.round()
        at.mesh.days_pass()
        seen = at.asker.round()
        left = len(at.mesh.inbox(ASKING, ""))
        done = "A request was sent; five days were made to pass in which nobody collected it."
        told = f"{seen.taken} report came, code {at.sending.code}; the request is {at.asked.state}, and {counted(left, 'message')} left."
        return judged(done, told, (at.asked.state, at.sending.code, left) == (RequestState.UNDELIVERED, "14", 0))


def _passed_over(clock: Callable[[], datetime], status: int) -> CaseSeen:
    with _table(clock) as at:
        at.asker.round()
        at.mesh.answering[at.reply(b"rehearsal")] = status
        at.reply(at.body)
        seen = at.asker.round()
        done = (
            f"A request was sent; of two messages in the inbox MESH answers the first with {status} when it is fetched."
        )
        told = f"It was passed over; {seen.taken} message was taken in, and the request is {at.asked.state}."
        return judged(done, told, (at.asked.state, seen.taken) == (RequestState.ANSWERED, 1))

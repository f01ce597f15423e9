"""Ask once, and take in whatever comes back: the steps between journal and mailbox, each of which may be the last one.

Order is everything here. A sending is marked as being tried before it is tried; one that was tried and has no answer is
looked for before another is made; a reply is written down, with all that it changes, before it is acknowledged; and the
inbox is listed right after sending. A run that dies between two steps is gone on with by the next run, in any process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ndoo.checking.mesh.journal import Journal, alone, deflated, way
from ndoo.checking.mesh.message import (
    LOGIN_REFUSED,
    AtFault,
    LostAnswerError,
    Mailbox,
    MeshMessage,
    MessageSighting,
    NotAcceptedError,
    UnreachableError,
)
from ndoo.checking.mesh.order import in_an_order_of_its_own
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.reply_kinds import (
    MARK,
    CleanedReply,
    MeshQuestion,
    MeshReceipt,
    NonDelivery,
    Other,
    Rejection,
    Reply,
    Why,
    judge,
    longest_reply,
)
from ndoo.checking.mesh.requests import (
    MeshRequest,
    RequestState,
    Sending,
    SendingState,
    letter,
    mark,
    open_request,
    question,
    record_sending,
    request,
    sending_about,
    sendings,
    settle,
    settle_answered,
    settle_failed,
)
from ndoo.checking.mesh.set_aside import each, listed
from ndoo.checking.mesh.trusted_time import MAY_DIFFER
from ndoo.domain.plurals import counted
from ndoo.numbers.number_set import NumberSet

HANDSHAKE_EVERY = timedelta(hours=20)
"""MESH wants one a day."""
_LARGEST_UNCLAIMED = 1 << 20
_HALF_IS_LOST_AFTER = timedelta(minutes=30)
_ABSENT_MEANS_LOST_AFTER = timedelta(seconds=60)
_MOST_ATTEMPTS = 5

_LEFT = (Why.NOT_ASKED, Why.FOREIGN_SENDER, Why.FOREIGN_WORKFLOW, Why.TOO_LONG)
"""Not for us to take out of the inbox: another program shares it, or somebody must look at what MESH holds."""

_KINDS: dict[type[Reply], str] = {
    MeshReceipt: "receipt",
    CleanedReply: "cleaned",
    Rejection: "rejection",
    NonDelivery: "non_delivery",
    Other: "other",
}


@dataclass(slots=True)
class Round:
    """What one round saw. `unreachable` is why it ended early, where it did."""

    sent: int = 0
    taken: int = 0
    left: int = 0
    aside: int = 0
    """Messages that could not be read; they stay in the inbox, and are tried again."""
    unreachable: UnreachableError | None = None


class Asker:
    """Asks through one mailbox. `clock` tells the time, with its zone; `folder` is the journal's."""

    def __init__(
        self, journal: Journal, mailbox: Mailbox, profile: Profile, clock: Callable[[], datetime], folder: Path
    ) -> None:
        self._folder = folder
        self._journal = journal
        self._mailbox = mailbox
        self._profile = profile
        self._clock = clock

    def ask(self, people: NumberSet, asked: int) -> MeshRequest:
        """Record the request. The next round sends it."""
        return open_request(self._journal, self._profile, people, asked, self._clock())

    def give_up(self, request: MeshRequest) -> None:
        """Wait no longer. A reply that comes yet is taken in and changes nothing."""
        with self._journal.transaction():
            settle(self._journal, request, RequestState.GIVEN_UP, self._clock())

    def round(self) -> Round:
        """Everything that can be done now: look for what may have been lost, send what is to be sent, take in replies."""
        seen = Round()
        try:
            with alone(self._folder, self._profile.mailbox):
                self._handshake()
                self._take_in(seen)  # first of all: a reply shows that what was lost did arrive
                self._look_for_lost()
                self._send(seen)
                if seen.sent and not seen.unreachable:
                    self._take_in(seen)
        except UnreachableError as error:
            seen.unreachable = error
        self._note_way(seen.unreachable)
        return seen

    def _note_way(self, fault: UnreachableError | None) -> None:
        """Whoever looks later must see that the last round did not get through, and why."""
        name = way(self._profile.mailbox)
        with self._journal.transaction():
            if fault is None:
                self._journal.forget(name)
            else:
                self._journal.remember(name, json.dumps([fault.fault, fault.reason]))

    def _handshake(self) -> None:
        name, now = f"handshake {self._profile.mailbox}", self._clock()
        last = self._journal.fact(name)
        if last and timedelta(0) <= now - datetime.fromisoformat(last) < HANDSHAKE_EVERY:
            return
        self._mailbox.handshake()
        with self._journal.transaction():
            self._journal.remember(name, now.isoformat())

    def _look_for_lost(self) -> None:
        for sending in sendings(self._journal, self._profile.mailbox, SendingState.TRYING):
            found, message_id = self._mailbox.look_for(sending.local_id)
            now = self._clock()
            passed = now - (sending.tried or now)
            with self._journal.transaction():
                if found is MessageSighting.SENT:
                    mark(self._journal, sending, SendingState.SENT, message_id=message_id or None)
                elif (found is MessageSighting.HALF and passed >= _HALF_IS_LOST_AFTER) or (
                    found is MessageSighting.ABSENT and passed >= self._patience
                ):
                    self._try_again(sending, now)

    @property
    def _patience(self) -> timedelta:
        """How long a sending that MESH does not know of may still be on its way."""
        return min(_ABSENT_MEANS_LOST_AFTER, timedelta(seconds=self._profile.poll_seconds))

    def _try_again(self, sending: Sending, now: datetime) -> None:
        """The sending is lost: a new one, with a new name, because the service is said to refuse a file that it knows."""
        mark(self._journal, sending, SendingState.ABSENT)
        if sending.attempt < _MOST_ATTEMPTS:
            record_sending(self._journal, sending.request, self._profile.mailbox, now)
        else:
            settle(self._journal, request(self._journal, sending.request), RequestState.UNDELIVERED, now)

    def _send(self, seen: Round) -> None:
        for sending in sendings(self._journal, self._profile.mailbox, SendingState.RECORDED):
            asked = request(self._journal, sending.request)
            with self._journal.transaction():
                mark(self._journal, sending, SendingState.TRYING, tried=self._clock())
            try:
                id = self._mailbox.send(letter(asked, sending), self._body(asked, sending))
            except LostAnswerError as lost:
                if lost.wait_seconds:
                    reason = f"MESH asks to wait {counted(round(lost.wait_seconds), 'second')}"
                    raise UnreachableError(reason, wait_seconds=lost.wait_seconds) from None
                continue
            except NotAcceptedError as error:
                if error.code in LOGIN_REFUSED:  # nothing is wrong with the request: it goes once the login is right
                    with self._journal.transaction():
                        mark(self._journal, sending, SendingState.RECORDED)
                    raise UnreachableError(f"MESH answered {error.code}", AtFault.LOGIN) from None
                with self._journal.transaction():
                    mark(self._journal, sending, SendingState.REFUSED, code=error.code)
                    settle_failed(self._journal, asked, self._clock())
                continue
            with self._journal.transaction():
                mark(self._journal, sending, SendingState.SENT, message_id=id)
            seen.sent += 1

    def _body(self, asked: MeshRequest, sending: Sending) -> Iterable[bytes]:
        numbers = self._journal.rows("SELECT numbers FROM request WHERE id = ?", asked.id)[0]["numbers"]
        return in_an_order_of_its_own(numbers, asked.asked, sending.local_id)

    def _take_in(self, seen: Round) -> None:
        """All that can be read is taken in, also where the inbox cannot be listed to its end."""
        ids, broken = listed(self._mailbox, self._profile.workflow)
        box = self._profile.mailbox
        self._set_right()
        walked = each(self._journal, box, ids, lambda id: self._take_one(id, seen), self._clock, whole=broken is None)
        seen.aside += walked.aside
        seen.unreachable = broken or walked.fault or seen.unreachable

    def _set_right(self) -> None:
        """MESH has just said what time it is: no request was made later than that, whatever this machine's clock showed."""
        now = self._clock()
        with self._journal.transaction():
            self._journal.execute(
                "UPDATE request SET created = ? WHERE mailbox = ? AND state = 'open' AND created > ?",
                now.isoformat(),
                self._profile.mailbox,
                (now + MAY_DIFFER).isoformat(),
            )

    def _take_one(self, id: str, seen: Round) -> None:
        known = self._journal.row("SELECT taken FROM message WHERE mailbox = ? AND id = ?", self._profile.mailbox, id)
        if known is None:
            message = self._mailbox.fetch(id, self._longest())
            if message is None:
                return
            taken = self._record(message)
        else:
            taken = bool(known["taken"])
        if not taken:
            seen.left += 1
            return
        self._mailbox.acknowledge(id)
        seen.taken += 1
        with self._journal.transaction():
            self._journal.execute(
                "UPDATE message SET acknowledged = ? WHERE mailbox = ? AND id = ?",
                self._clock().isoformat(),
                self._profile.mailbox,
                id,
            )

    def _longest(self) -> int:
        """The longest body that any of our requests could be answered by."""
        most = self._journal.rows(
            "SELECT coalesce(max(asked), 0) AS most FROM request WHERE mailbox = ?", self._profile.mailbox
        )[0]["most"]
        return max(_LARGEST_UNCLAIMED, longest_reply(most))

    def _record(self, message: MeshMessage) -> bool:
        """Write the message down with all that it changes. Is it ours, to be acknowledged?"""
        with self._journal.transaction():
            sending = sending_about(self._journal, self._profile.mailbox, message)
            asked = request(self._journal, sending.request) if sending else None
            reply = judge(self._question(asked), message) if asked else Other(Why.NOT_ASKED)
            ours = not (isinstance(reply, Other) and reply.why in _LEFT)
            self._journal.execute(
                "INSERT INTO message (mailbox, id, local_id, seen, kind, why, taken, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                self._profile.mailbox,
                message.id,
                sending.local_id if sending else "",
                self._clock().isoformat(),
                _KINDS[type(reply)],
                _why(reply),
                ours,
                deflated([message.body[:]]) if isinstance(reply, Other) and ours else None,
            )
            if sending and asked and asked.state is RequestState.OPEN:
                self._apply(reply, message, sending, asked)
        return ours

    def _question(self, asked: MeshRequest) -> MeshQuestion:
        """What was asked; where the numbers have expired, about nobody, so that no list can be its answer."""
        return question(self._journal, asked) or MeshQuestion(asked.national, asked.workflow, NumberSet(), asked.asked)

    def _apply(self, reply: Reply, message: MeshMessage, sending: Sending, asked: MeshRequest) -> None:
        """What a reply to an open request changes. One that is settled stays as it is: late, double and contradicting
        replies change nothing."""
        if isinstance(reply, Other):
            return
        now = self._clock()
        if sending.state in (SendingState.TRYING, SendingState.ABSENT):
            mark(self._journal, sending, SendingState.SENT)  # somebody answers it, so it arrived
        match reply:
            case CleanedReply(count=count):
                body = message.body[:].removeprefix(MARK)
                settle_answered(self._journal, asked, sending, count, deflated([body]), now)
            case Rejection():
                mark(self._journal, sending, SendingState.REJECTED)
            case NonDelivery(code=code):
                mark(self._journal, sending, SendingState.UNDELIVERED, code=code)
        settle_failed(self._journal, asked, now)


def _why(reply: Reply) -> str:
    match reply:
        case Other(why=why):
            return why
        case MeshReceipt(status=status):
            return status
        case NonDelivery(code=code):
            return code
    return ""

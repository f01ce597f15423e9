"""Requests as the journal holds them: opened, settled once, handed out."""

from __future__ import annotations

import re
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ndoo.checking.mesh.journal import Journal, deflated, inflated
from ndoo.checking.mesh.message import Letter, MeshMessage
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.reply_kinds import MeshQuestion
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.london import london_date
from ndoo.numbers.number_set import NumberSet

SAFE = re.compile(r"[A-Za-z0-9_-]+")
"""What may stand in a subject or local id: with anything else the service never answers (Renal Registry's notes)."""


class RequestState(StrEnum):
    """Of a request. It leaves `open` once, and then stays as it is."""

    OPEN = "open"
    ANSWERED = "answered"
    REJECTED = "rejected"
    UNDELIVERED = "undelivered"
    GIVEN_UP = "given_up"
    EXPIRED = "expired"


class SendingState(StrEnum):
    """Of one sending."""

    RECORDED = "recorded"
    TRYING = "trying"
    """Perhaps sent: whether it was is looked for before anything else is sent."""
    SENT = "sent"
    ABSENT = "absent"
    REFUSED = "refused"
    REJECTED = "rejected"
    UNDELIVERED = "undelivered"


FAILED = {
    SendingState.REFUSED: RequestState.UNDELIVERED,
    SendingState.UNDELIVERED: RequestState.UNDELIVERED,
    SendingState.REJECTED: RequestState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class MeshRequest:
    """One request. Times are ISO 8601, with their zone."""

    id: int
    mailbox: str
    national: str
    workflow: str
    created: datetime
    asked: int
    state: RequestState
    settled: datetime | None
    checked_at: datetime | None
    allowed: int | None
    delivered: datetime | None


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt at sending a request; each has a name and a local id of its own."""

    local_id: str
    request: int
    attempt: int
    file_name: str
    state: SendingState
    tried: datetime | None
    message_id: str | None
    code: str


def open_request(journal: Journal, profile: Profile, people: NumberSet, asked: int, now: datetime) -> MeshRequest:
    """Record a request and its first sending; nothing is sent yet."""
    digest = journal.keyed()
    numbers = deflated(digest.through(people.lines()))
    with journal.transaction():
        id = journal.execute(
            "INSERT INTO request (mailbox, national, workflow, created, asked, numbers, likeness, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'open')",
            profile.mailbox,
            profile.national,
            profile.workflow,
            now.isoformat(),
            asked,
            numbers,
            digest.value,
        )
        record_sending(journal, id, profile.mailbox, now)
    return request(journal, id)


def record_sending(journal: Journal, id: int, mailbox: str, now: datetime) -> None:
    """Give the request its next name; call inside a transaction."""
    day = london_date(now)
    month, written = f"{day:%Y-%m}", f"{day:%d%m%Y}"
    number = journal.rows(
        "SELECT coalesce(max(s.number), 0) + 1 AS next FROM sending s JOIN request r ON r.id = s.request"
        " WHERE r.mailbox = ? AND s.month = ?",
        mailbox,
        month,
    )[0]["next"]
    attempt = journal.rows("SELECT count(*) AS n FROM sending WHERE request = ?", id)[0]["n"] + 1
    local_id = f"{mailbox}-{written}-{number:04}-{secrets.token_hex(4)}"
    journal.execute(
        "INSERT INTO sending (local_id, request, attempt, number, month, day, state) VALUES (?, ?, ?, ?, ?, ?, 'recorded')",
        local_id,
        id,
        attempt,
        number,
        month,
        written,
    )


def request(journal: Journal, id: int) -> MeshRequest:
    """The request as it stands.

    Raises:
        UsageFault: there is none of that number.
    """
    row = journal.row("SELECT * FROM request WHERE id = ?", id)
    if row is None:
        raise UsageFault("mesh-request-unknown", "The MESH journal has no request with that number.")
    return _request(row)


def requests(journal: Journal, mailbox: str, *states: RequestState) -> list[MeshRequest]:
    """All requests of a mailbox in one of these states, the oldest first."""
    marks = ", ".join("?" * len(states))
    rows = journal.rows(f"SELECT * FROM request WHERE mailbox = ? AND state IN ({marks}) ORDER BY id", mailbox, *states)  # noqa: S608  only question marks
    return [_request(row) for row in rows]


def same_question(journal: Journal, profile: Profile, people: NumberSet) -> MeshRequest | None:
    """The newest request about exactly these people that is still open, or whose answer nobody has had."""
    digest = journal.keyed()
    for _ in digest.through(people.lines()):
        pass
    row = journal.row(
        "SELECT * FROM request WHERE mailbox = ? AND national = ? AND workflow = ? AND likeness = ?"
        " AND (state = 'open' OR (state = 'answered' AND delivered IS NULL)) ORDER BY id DESC LIMIT 1",
        profile.mailbox,
        profile.national,
        profile.workflow,
        digest.value,
    )
    return _request(row) if row else None


def question(journal: Journal, request: MeshRequest) -> MeshQuestion | None:
    """What was asked; None where the numbers have expired."""
    people = _people(journal, request, "numbers")
    return None if people is None else MeshQuestion(request.national, request.workflow, people, request.asked)


def answer(journal: Journal, request: MeshRequest) -> NumberSet:
    """Those who may stay.

    Raises:
        NoUsableList: there is no answer, or it has expired.
    """
    people = _people(journal, request, "answer") if request.state is RequestState.ANSWERED else None
    if people is None:
        raise NoUsableList("mesh-answer-expired", "The answer to that request has expired. Ask again.")
    return people


def _people(journal: Journal, request: MeshRequest, column: str) -> NumberSet | None:
    row = journal.row("SELECT numbers, answer FROM request WHERE id = ?", request.id)
    if row is None or row[column] is None:
        return None
    people, rest = NumberSet(crowded=request.asked > 100_000), bytearray()
    for piece in filter(None, inflated(row[column])):
        rest += piece
        del rest[: people.add_lines(rest, len(rest), final=False).consumed]
    if rest:  # a reply's last line may lack its end
        people.add_lines(rest, len(rest), final=True)
    return people


def sendings(journal: Journal, mailbox: str, *states: SendingState) -> list[Sending]:
    """The sendings of open requests of a mailbox in one of these states, the oldest first."""
    marks = ", ".join("?" * len(states))
    rows = journal.rows(
        f"SELECT s.* FROM sending s JOIN request r ON r.id = s.request WHERE r.mailbox = ? AND r.state = 'open'"  # noqa: S608  only question marks
        f" AND s.state IN ({marks}) ORDER BY s.request, s.attempt",
        mailbox,
        *states,
    )
    return [_sending(row, mailbox) for row in rows]


def sendings_of(journal: Journal, request: MeshRequest) -> list[Sending]:
    """All attempts at one request, the first one first."""
    rows = journal.rows("SELECT * FROM sending WHERE request = ? ORDER BY attempt", request.id)
    return [_sending(row, request.mailbox) for row in rows]


def sending_about(journal: Journal, mailbox: str, message: MeshMessage) -> Sending | None:
    """The sending that a message claims to answer: by its local id, or, of a report, by the message that was lost."""
    row = journal.row(
        "SELECT s.* FROM sending s JOIN request r ON r.id = s.request WHERE r.mailbox = ?"
        " AND (s.local_id = ? OR (? <> '' AND s.message_id = ?))",
        mailbox,
        message.local_id,
        message.linked_id,
        message.linked_id,
    )
    return _sending(row, mailbox) if row else None


def letter(request: MeshRequest, sending: Sending) -> Letter:
    """What the sending says on its outside; the file's name without its ending is the subject."""
    return Letter(
        request.national, request.workflow, sending.local_id, sending.file_name.removesuffix(".dat"), sending.file_name
    )


def mark(
    journal: Journal,
    sending: Sending,
    state: SendingState,
    *,
    message_id: str | None = None,
    code: str = "",
    tried: datetime | None = None,
) -> None:
    """Note what became of a sending; call inside a transaction."""
    journal.execute(
        "UPDATE sending SET state = ?, message_id = coalesce(?, message_id), code = ?, tried = coalesce(?, tried)"
        " WHERE local_id = ?",
        state,
        message_id,
        code,
        tried.isoformat() if tried else None,
        sending.local_id,
    )


def settle_answered(
    journal: Journal, request: MeshRequest, sending: Sending, allowed: int, reply: bytes, now: datetime
) -> None:
    """The request has its answer, which rests on what was sent then; call inside a transaction."""
    checked_at = sending.tried or request.created
    journal.execute(
        "UPDATE request SET state = 'answered', settled = ?, checked_at = ?, allowed = ?, answer = ?"
        " WHERE id = ? AND state = 'open'",
        now.isoformat(),
        checked_at.isoformat(),
        allowed,
        reply,
        request.id,
    )


def settle_failed(journal: Journal, request: MeshRequest, now: datetime) -> None:
    """The request has failed if every sending of it has, and one did more than not arrive; call inside a transaction."""
    states = [sending.state for sending in sendings_of(journal, request)]
    ends = [FAILED[state] for state in states if state in FAILED]
    if ends and all(state in FAILED or state is SendingState.ABSENT for state in states):
        settle(journal, request, ends[-1], now)


def settle(journal: Journal, request: MeshRequest, state: RequestState, now: datetime) -> None:
    """End an open request without an answer; call inside a transaction."""
    journal.execute(
        "UPDATE request SET state = ?, settled = ? WHERE id = ? AND state = 'open'", state, now.isoformat(), request.id
    )


def delivered(journal: Journal, request: MeshRequest, now: datetime) -> None:
    """The answer was handed out."""
    with journal.transaction():
        journal.execute("UPDATE request SET delivered = ? WHERE id = ?", now.isoformat(), request.id)


def _request(row: sqlite3.Row) -> MeshRequest:
    return MeshRequest(
        row["id"],
        row["mailbox"],
        row["national"],
        row["workflow"],
        datetime.fromisoformat(row["created"]),
        row["asked"],
        RequestState(row["state"]),
        _when(row["settled"]),
        _when(row["checked_at"]),
        row["allowed"],
        _when(row["delivered"]),
    )


def _sending(row: sqlite3.Row, mailbox: str) -> Sending:
    # DDMMYYYY, not the DDMMYY of older advice: six digits, a hyphen and four more would be an NHS number's shape.
    return Sending(
        row["local_id"],
        row["request"],
        row["attempt"],
        f"{mailbox}-{row['day']}-{row['number']:04}.dat",
        SendingState(row["state"]),
        _when(row["tried"]),
        row["message_id"],
        row["code"],
    )


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

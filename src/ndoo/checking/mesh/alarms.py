"""What somebody should look at: what the journal shows to be stuck, silent, strange or in doubt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from ndoo.checking.mesh.journal import Journal, way
from ndoo.checking.mesh.message import AtFault
from ndoo.checking.mesh.requests import MeshRequest, RequestState, Sending, SendingState, requests, sendings_of
from ndoo.checking.mesh.service import known
from ndoo.checking.mesh.set_aside import standing
from ndoo.domain.london import age_in_days
from ndoo.domain.plurals import counted

_DOUBT = timedelta(hours=1)
_STALE_AHEAD = 3
"""Days before the limit from which it is time to ask: an answer may take one, and a weekend lasts two."""
_EARLY = timedelta(hours=1)
"""An answer is said to take so long."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing; `request` is None where it is about the mailbox."""

    code: str
    sentence: str
    request: int | None = None


def alarms(journal: Journal, mailbox: str, now: datetime, limit_days: int) -> list[Alarm]:
    """All that stand now, the gravest first; `limit_days` is how old an answer may be."""
    waiting = requests(journal, mailbox, RequestState.OPEN)
    late = [asked for asked in waiting if now - asked.created > timedelta(hours=known().answer_hours)]
    found = [*_refusals(journal, mailbox), *unread(journal, mailbox)]
    if late and not _anything_since(journal, mailbox, late[0].created):
        found.append(
            Alarm(
                "silent",
                "Nothing at all has come into this mailbox since the oldest open request: look at the whole way there and back.",
            )
        )
    found += [
        Alarm(
            "stuck",
            f"Request {asked.id} has had no answer for about {counted((now - asked.created).days + 1, 'day')}.",
            asked.id,
        )
        for asked in late
    ]
    found += [
        Alarm("doubtful", f"Nobody can say whether request {asked.id} was sent: MESH does not tell.", asked.id)
        for asked in waiting
        if any(
            s.state is SendingState.TRYING and s.tried and now - s.tried > _DOUBT for s in sendings_of(journal, asked)
        )
    ]
    newest = max(
        (asked.checked_at for asked in requests(journal, mailbox, RequestState.ANSWERED) if asked.checked_at),
        default=None,
    )
    if newest and not waiting and (age := age_in_days(newest, now)) >= limit_days - _STALE_AHEAD:
        found.append(
            Alarm(
                "stale",
                f"The newest answer is {counted(age, 'day')} old, and the limit is {limit_days}: nothing is on its way. Ask again.",
            )
        )
    for code, where, sentence in (
        (
            "quarantined",
            "taken = 1 AND kind = 'other'",
            "messages came for our requests that are nothing known: they changed nothing, and are kept.",
        ),
        (
            "unclaimed",
            "taken = 0",
            "messages in the inbox are not for us: whoever shares this mailbox must collect them.",
        ),
        (
            "failed-receipt",
            f"kind = 'receipt' AND ({_SOUNDS_LIKE_A_FAILURE})",
            "receipts sound like a failure.",
        ),
    ):
        row = journal.row(f"SELECT count(*) AS n FROM message WHERE mailbox = ? AND {where}", mailbox)  # noqa: S608  our own words
        if row and row["n"]:
            found.append(Alarm(code, f"{row['n']} {sentence}"))
    return found


_FAILURE = (
    "abort",
    "cancel",
    "denied",
    "error",
    "expire",
    "fail",
    "incomplete",
    "invalid",
    "refus",
    "reject",
    "undeliver",
    "unsuccess",
)
"""What a status that is a failure may be called: the word for it is not published, so it only alarms."""
_SOUNDS_LIKE_A_FAILURE = " OR ".join(f"why LIKE '%{word}%'" for word in _FAILURE)
REFUSALS = ("login-refused", "certificate-refused", "refused")
"""Alarms that no waiting ends."""

_WAYS = {
    AtFault.LOGIN: (
        "login-refused",
        "MESH refused this mailbox's login in the last round ({}): check mailbox, password, shared key, certificate and this machine's clock.",
    ),
    AtFault.CERTIFICATE: (
        "certificate-refused",
        "MESH does not accept this client certificate: it may have expired, or be of another environment.",
    ),
}
_CODES = {
    "12": "it knows no mailbox of the recipient's name. Look at the recipient in the profile",
    "17": "this mailbox may not use the workflow. Ask the service desk",
}


def refusal(journal: Journal, asked: MeshRequest) -> str:
    """Why MESH refused a request, in words; empty where it did not."""
    for sending in reversed(sendings_of(journal, asked)):
        if sending.state is SendingState.REFUSED:
            why = _CODES.get(sending.code, "look at the recipient and the workflow in the profile")
            named = f" (code {sending.code})" if sending.code else ""
            return f"MESH refused request {asked.id}{named}: {why}."
    return ""


def _refusals(journal: Journal, mailbox: str) -> list[Alarm]:
    """The last round was refused, or the newest request was."""
    found = []
    remembered = journal.fact(way(mailbox))
    if remembered:
        fault, reason = json.loads(remembered)
        code, sentence = _WAYS.get(AtFault(fault), ("unreachable", "The last round did not get through: {}."))
        found.append(Alarm(code, sentence.format(reason)))
    newest = requests(journal, mailbox, *RequestState)[-1:]
    if newest and newest[0].state is RequestState.UNDELIVERED and (why := refusal(journal, newest[0])):
        found.append(Alarm("refused", f"{why} Nobody was checked.", newest[0].id))
    return found


def unread(journal: Journal, mailbox: str) -> list[Alarm]:
    """Messages that are set aside."""
    reasons = standing(journal, mailbox)
    if not reasons:
        return []
    return [
        Alarm(
            "set-aside",
            f"Messages that could not be read: {len(reasons)} ({reasons[0]}). What could not be read stays in the inbox, and is tried again.",
        )
    ]


def why_no_answer(journal: Journal, asked: MeshRequest, now: datetime) -> list[str]:
    """The likely reasons for which an open request has no answer, the likeliest first."""
    sent = sendings_of(journal, asked)
    last = sent[-1]
    reasons = [sentence for applies, sentence in _reasons(journal, asked, last, now) if applies]
    return reasons or ["Nothing stands out. Ask the service desk, with the message id of the sending."]


def _reasons(journal: Journal, asked: MeshRequest, last: Sending, now: datetime) -> list[tuple[bool, str]]:
    passed = now - (last.tried or asked.created)
    kinds = {
        row["kind"]
        for row in journal.rows(
            "SELECT m.kind FROM message m JOIN sending s ON s.local_id = m.local_id WHERE s.request = ?", asked.id
        )
    }
    return [
        (
            last.state is SendingState.RECORDED,
            "It has not been sent yet: the mailbox could not be reached. `ndoo mesh collect` sends it.",
        ),
        (
            last.state is SendingState.TRYING,
            "Nobody knows whether it was sent: the answer of MESH was lost, and it does not tell. The next round looks again.",
        ),
        (passed < _EARLY, "It is early: an answer takes up to an hour, now and then a day."),
        ("receipt" in kinds, "A receipt came, so the job exists: the list is still to come."),
        (
            "other" in kinds,
            "A message came that is neither list nor receipt; it is kept. If it was blank, everybody may have opted out: ask the service desk.",
        ),
        (asked.national not in known().recipients, "The recipient is none of the check service's known mailboxes."),
        (asked.workflow != known().workflow, "The workflow is not the check service's."),
        (
            asked.asked == 1,
            "A list of one person cannot be sent in another order, and the service is said to refuse a file that it has had.",
        ),
        (
            passed > timedelta(days=known().collect_days),
            "Nobody collected it in five days, and the report of that has not come either.",
        ),
        (
            passed > timedelta(hours=known().answer_hours) and not kinds,
            "The mailbox may not be allowed to use this workflow (the service does not say so): ask the service desk.",
        ),
    ]


def _anything_since(journal: Journal, mailbox: str, when: datetime) -> bool:
    return bool(journal.row("SELECT 1 FROM message WHERE mailbox = ? AND seen >= ? LIMIT 1", mailbox, when.isoformat()))

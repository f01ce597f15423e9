"""How public clients handle the exchange today, retold in a few lines each, so that every trap is known to bite.

Each is wrong in the way that its name says (sources: the public code and notes of those who wrote it). None is used for
anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.mesh.simulator import SimulatedMailbox


def sends_as_it_is(numbers: Iterable[str]) -> bytes:
    """The whole column goes out, unlooked at: one bad number, and the service refuses everybody."""
    return "".join(f"{number},\n" for number in numbers).encode()


def opted_out_is_what_did_not_come_back(asked: set[str], body: bytes) -> set[str]:
    """Sent minus returned, whatever was returned: a receipt, a rejection or a blank opts everybody out."""
    came_back = {line.strip().rstrip(",") for line in body.decode().splitlines()}
    return asked - came_back


def allowed_is_every_line(body: bytes) -> set[str]:
    """Every line is somebody who may stay, asked about or not."""
    return {line.strip().rstrip(",") for line in body.decode().splitlines() if line.strip()}


def no_opt_outs_in_what_cannot_be_read(asked: set[str], body: bytes) -> set[str]:
    """What is no list names nobody who opted out, so everybody stays."""
    lines = body.decode().splitlines()
    return (
        asked & {line.rstrip(",") for line in lines}
        if lines and all(re.match(r"\d{10}", line) for line in lines)
        else asked
    )


def cuts_the_last_character(body: bytes) -> set[str]:
    """The service writes a comma behind each number; where it does not, a digit goes."""
    return {line[:-1] for line in body.decode().splitlines()}


def compares_untrimmed(asked: set[str], body: bytes) -> set[str]:
    """The comma stays on, so nobody is ever found."""
    return asked & set(body.decode().splitlines())


def is_stale(checked: datetime, now: datetime, days: int) -> bool:
    """A comparison of dates gives a sign, not days: it is never over 7."""
    return ((now > checked) - (now < checked)) > days


def takes_the_first_message(mailbox: SimulatedMailbox, workflow: str, local_id: str) -> bytes:
    """The first message of the workflow with our local id is the list: but a receipt comes first."""
    for id in mailbox.waiting(workflow):
        message = mailbox.fetch(id, 1 << 30)
        if message is not None and message.local_id == local_id:
            return message.body
    return b""


def empties_the_inbox(mailbox: SimulatedMailbox, workflow: str, most: int) -> int:
    """Until the inbox is empty: skips what is not ours without taking it out, so it never is. How often it went round."""
    for round in range(most):
        waiting = list(mailbox.waiting(""))
        if not waiting:
            return round
        message = mailbox.fetch(waiting[0], 1 << 30)
        if message is not None and message.workflow == workflow:
            mailbox.acknowledge(message.id)
    return most


def fetches_at_every_look(mailbox: SimulatedMailbox, workflow: str, looks: int) -> int:
    """Reads what waits at each look, and acknowledges when a person has seen it: how often it fetched."""
    return sum(mailbox.fetch(id, 1 << 30) is not None for _ in range(looks) for id in mailbox.waiting(workflow))


def sends_again(mailbox: SimulatedMailbox, letter: object, body: bytes, tries: int) -> int:
    """No answer means not sent, so once more: how many arrived."""
    from dataclasses import replace

    from ndoo.checking.mesh.message import Letter, LostAnswerError

    assert isinstance(letter, Letter)
    for attempt in range(tries):
        try:
            mailbox.send(replace(letter, local_id=f"{letter.local_id}-{attempt}"), [body])
        except LostAnswerError:
            continue
        break
    return len(mailbox.world.taken)


def still_knows_its_request(asked: datetime, now: datetime) -> bool:
    """The list that was asked about lies in a cache for 48 hours; a reply that comes later is an error."""
    return now - asked <= timedelta(hours=48)


def opted_out_is_who_is_listed(listed: set[str], number: str) -> bool:
    """Whoever is not in the view has not opted out: an empty view, or one of last year, clears everybody."""
    return number in listed


def allowed_without_a_list(listed: set[str] | None, number: str) -> bool:
    """No list, no objections; and a blank number objects to nothing."""
    return listed is None or not number or number in listed


def marks_one_by_one(marked: dict[str, str], asked: list[str], body: bytes, dies_after: int) -> None:
    """Each person by themselves, outside a transaction: whoever dies halfway leaves half marked, and nobody knows."""
    allowed = allowed_is_every_line(body)
    for number in asked[:dies_after]:
        marked[number] = "allowed" if number in allowed else "opted out"


def reads_the_first_page(waiting: list[str], page: int) -> list[str]:
    """One call lists the inbox: what stands on the next page is never seen."""
    return waiting[:page]


def writes_down_for_audit(audit: list[bytes], body: bytes) -> None:
    """Each request goes whole into a table for audits, and stays there."""
    audit.append(body)

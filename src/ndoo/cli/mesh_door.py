"""The profile, the journal and the mailbox: what every command on MESH begins with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ndoo.cli.list_options import now
from ndoo.cli.speech import Speech, number
from ndoo.domain.errors import NdooError, NotPermitted, NoUsableList
from ndoo.domain.settings import data_folder, list_limit_days

if TYPE_CHECKING:
    from ndoo.checking.mesh.asking import Asker, Round
    from ndoo.checking.mesh.client import NetworkMailbox
    from ndoo.checking.mesh.journal import Journal
    from ndoo.checking.mesh.message import UnreachableError
    from ndoo.checking.mesh.profile import Profile
    from ndoo.checking.mesh.requests import Request


_TOLD_EVERY = 5
"""Minutes between two lines that say that nothing has come."""


@dataclass(frozen=True, slots=True)
class Door:
    """An open journal and a mailbox."""

    profile: Profile
    journal: Journal
    mailbox: NetworkMailbox
    asker: Asker


@contextmanager
def opened(name: str) -> Iterator[Door]:
    """The mailbox of that profile; numbers that have expired leave the journal first.

    Raises:
        UsageFault: there is no such profile, it cannot be right, or MESH is not installed.
    """
    from ndoo.checking.mesh.asking import Asker
    from ndoo.checking.mesh.client import NetworkMailbox
    from ndoo.checking.mesh.journal import Journal
    from ndoo.checking.mesh.profile import read_profile

    profile = read_profile(name)
    with ExitStack() as stack:
        mailbox = stack.enter_context(NetworkMailbox(profile))
        journal = Journal(data_folder())
        stack.callback(journal.close)
        journal.judge_clock(now())
        journal.expire(now() - timedelta(days=limit_days() + 1))
        yield Door(profile, journal, mailbox, Asker(journal, mailbox, profile, now, data_folder()))


def limit_days() -> int:
    """How old an answer may be, by the setting or by the dated limit."""
    from ndoo.checking.freshness import limit_on
    from ndoo.domain.london import london_date

    said = list_limit_days()
    return limit_on(london_date(now())) if said is None else said


def reached(call: Callable[[], object]) -> None:
    """Call, and turn what MESH says into an error with a sentence."""
    from ndoo.checking.mesh.message import UnreachableError

    try:
        call()
    except UnreachableError as error:
        raise unreachable(error) from None


def unreachable(error: UnreachableError) -> NdooError:
    """The error of a mailbox that cannot be used now, for a command that does not wait."""
    if error.refused:
        return NotPermitted(
            "mesh-login-refused",
            "MESH refuses this mailbox's login: check mailbox, password, shared key and certificate in the profile.",
        )
    return NoUsableList("mesh-unreachable", f"The mailbox cannot be reached: {error.reason}.")


def waited(door: Door, asked: Request, timeout: float, speech: Speech) -> Request:
    """The request once it has its answer.

    Raises:
        NoUsableList: time is up, or the request failed. NotPermitted: MESH refuses this mailbox's login.
    """
    from ndoo.checking.mesh.requests import State
    from ndoo.checking.mesh.waiting import wait_for

    said: list[str] = []

    def tell(request: Request, seen: Round, passed: float) -> None:
        if seen.unreachable:
            line = f"  {seen.unreachable.reason}; going on"
        elif seen.sent:
            line = f"  asked about {number(request.asked)} people; waiting for the answer"
        elif seen.taken and request.state is State.OPEN:
            line = "  a message came that is not the list; waiting for the answer"
        elif passed >= 60 * _TOLD_EVERY:
            line = (
                f"  {int(passed // 60 // _TOLD_EVERY) * _TOLD_EVERY} minutes, and no answer yet; up to an hour is usual"
            )
        else:
            return
        if said[-1:] != [line]:
            said.append(line)
            speech.say(line)

    result = wait_for(
        door.journal, door.asker, asked, timeout=timeout, every=door.profile.poll_seconds,
        elapsed=time.monotonic, sleep=time.sleep, told=tell,
    )  # fmt: skip
    if result.request.state is State.OPEN:
        if result.last.unreachable and result.last.unreachable.refused:
            raise unreachable(result.last.unreachable)
        raise NoUsableList(
            "mesh-no-answer",
            "No answer came in that time. The request stands: the same command goes on with it, `ndoo mesh collect` as "
            "well, and `ndoo mesh doctor` says why it may take so long.",
        )
    return settled(result.request)


def settled(request: Request) -> Request:
    """The request, answered.

    Raises:
        NoUsableList: it failed; which way is said.
    """
    from ndoo.checking.mesh.requests import State

    match request.state:
        case State.ANSWERED:
            return request
        case State.REJECTED:
            raise NoUsableList(
                "mesh-rejected",
                "The check service rejected the request as a whole: it says that a number in it is invalid. Nobody was "
                "checked.",
            )
        case State.UNDELIVERED:
            raise NoUsableList(
                "mesh-undelivered",
                "MESH did not deliver the request. Nobody was checked. Look at the recipient and the workflow in the profile.",
            )
    raise NoUsableList("mesh-given-up", "That request was given up, or has expired. Ask again.")

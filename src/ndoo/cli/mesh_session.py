"""The profile, the journal and the mailbox: what every command on MESH begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech
from ndoo.domain.errors import NdooError, NotPermitted, NoUsableList
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder, list_limit_days

if TYPE_CHECKING:
    from ndoo.checking.mesh.client import NetworkMailbox
    from ndoo.checking.mesh.exchange import Asker, Round
    from ndoo.checking.mesh.journal import Journal
    from ndoo.checking.mesh.message import UnreachableError
    from ndoo.checking.mesh.profile import Profile
    from ndoo.checking.mesh.requests import MeshRequest


_TOLD_EVERY = 5
"""Minutes between two lines that say that nothing has come."""


@dataclass(frozen=True, slots=True)
class Door:
    """An open journal and a mailbox."""

    profile: Profile
    journal: Journal
    mailbox: NetworkMailbox
    asker: Asker
    clock: Callable[[], datetime]
    """This machine's, or MESH's where that is earlier: what is written into the journal is never later."""

    def judge_clock(self) -> None:
        """Raises NoUsableList where this machine's clock is behind MESH's: answers would look younger than they are."""
        ahead = self.mailbox.time.ahead(now())
        if ahead < timedelta(0):
            raise NoUsableList(
                "clock-behind-mesh",
                f"This machine's clock is behind that of MESH by {_lasting(-ahead)}, so the age of an answer cannot be "
                "known. Set the clock right.",
            )

    def warn_of_clock(self, speech: Speech) -> None:
        """Say it where this machine's clock is ahead of MESH's."""
        ahead = self.mailbox.time.ahead(now())
        if ahead > timedelta(0):
            speech.warn(
                f"This machine's clock is ahead of that of MESH by {_lasting(ahead)}: set it right. The journal keeps to "
                "the time of MESH, and nothing in it has expired."
            )


@contextmanager
def opened(name: str, *, judge: bool = True) -> Iterator[Door]:
    """The mailbox of that profile. Numbers that have expired leave the journal at the end, and only if MESH has said what
    time it is: a wrong clock must not wipe a request.

    Args:
        judge: refuse a clock that is behind the journal.

    Raises:
        UsageFault: there is no such profile, it cannot be right, or MESH is not installed.
    """
    from ndoo.checking.mesh.client import NetworkMailbox
    from ndoo.checking.mesh.exchange import Asker
    from ndoo.checking.mesh.journal import Journal
    from ndoo.checking.mesh.profile import read_profile

    profile = read_profile(name)
    with ExitStack() as stack:
        mailbox = stack.enter_context(NetworkMailbox(profile))
        journal = Journal(data_folder())
        stack.callback(journal.close)
        if judge:
            journal.judge_clock(now())
        clock = mailbox.time.bound(now)
        asker = Asker(journal, mailbox, profile, clock, data_folder())
        try:
            yield Door(profile, journal, mailbox, asker, clock)
        finally:
            if (service := mailbox.time.now()) is not None:
                moment = min(now(), service)
                journal.advance(moment)
                journal.expire(moment - timedelta(days=limit_days() + 1))


def _lasting(time: timedelta) -> str:
    if time >= timedelta(days=1):
        return f"{counted(time.days, 'day')}"
    return f"{counted(time // timedelta(minutes=1), 'minute')}"


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
    from ndoo.checking.mesh.message import AtFault

    if error.fault is AtFault.CERTIFICATE:
        return NotPermitted(
            "mesh-certificate-refused",
            "MESH does not accept the client certificate of this profile: it may have expired, or be of another environment, "
            "or there is none. Ask the service desk.",
        )
    if error.refused:
        return NotPermitted(
            "mesh-login-refused",
            "MESH refuses this mailbox's login: check mailbox, password, shared key and certificate in the profile, and "
            f"this machine's clock, which a login holds. {error.reason}.",
        )
    return NoUsableList("mesh-unreachable", f"The mailbox cannot be reached: {error.reason}.")


def waited(door: Door, asked: MeshRequest, timeout: float, speech: Speech) -> MeshRequest:
    """The request once it has its answer.

    Raises:
        NoUsableList: time is up, or the request failed. NotPermitted: MESH refuses this mailbox's login.
    """
    from ndoo.checking.mesh.requests import RequestState
    from ndoo.checking.mesh.wait_for_answer import Patience, wait_for

    said: list[str] = []

    def tell(request: MeshRequest, seen: Round, passed: float) -> None:
        if seen.unreachable:
            line = f"  {seen.unreachable.reason}; going on"
        elif seen.sent:
            line = f"  asked about {counted(request.asked, 'person')}; waiting for the answer"
        elif seen.taken and request.state is RequestState.OPEN:
            line = "  a message came that is not the list; waiting for the answer"
        elif passed >= 60 * _TOLD_EVERY:
            line = (
                f"  {int(passed // 60 // _TOLD_EVERY) * _TOLD_EVERY} minutes, and no answer yet; up to an hour is usual"
            )
        else:
            return
        if said[-1:] != [line]:
            said.append(line)
            speech.note(line)

    result = wait_for(door.journal, door.asker, asked, Patience(timeout, door.profile.poll_seconds), tell)
    if result.request.state is RequestState.OPEN:
        if result.last.unreachable and result.last.unreachable.refused:
            raise unreachable(result.last.unreachable)
        raise NoUsableList(
            "mesh-no-answer",
            "No answer came in that time. The request stands: the same command goes on with it, `ndoo mesh collect` as "
            "well, and `ndoo mesh doctor` says why it may take so long.",
        )
    door.judge_clock()
    return settled(door, result.request)


def settled(door: Door, request: MeshRequest) -> MeshRequest:
    """The request, answered.

    Raises:
        NoUsableList: it failed; which way is said.
    """
    from ndoo.checking.mesh.requests import RequestState

    match request.state:
        case RequestState.ANSWERED:
            return request
        case RequestState.REJECTED:
            raise NoUsableList(
                "mesh-rejected",
                "The check service rejected the request as a whole: it says that a number in it is invalid. Nobody was "
                "checked.",
            )
        case RequestState.UNDELIVERED:
            from ndoo.checking.mesh.alarms import refusal

            said = refusal(door.journal, request) or "MESH did not deliver the request."
            raise NoUsableList(
                "mesh-undelivered",
                f"{said} Nobody was checked. Look at the recipient and the workflow in the profile.",
            )
    raise NoUsableList("mesh-given-up", "That request was given up, or has expired. Ask again.")

"""`ndoo mesh respond`: play the national side in one mailbox."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.list_options import PATH, ListOptions, When, chosen_list, now
from ndoo.cli.mesh_request import alarm_told
from ndoo.cli.mesh_session import opened, reached, unreachable
from ndoo.cli.option_group import option_group
from ndoo.cli.output import Speech, number, speech_options
from ndoo.domain.errors import NoUsableList
from ndoo.numbers.cleaned_list import CleanedList

if TYPE_CHECKING:
    from ndoo.checking.mesh.answer_list import Habits
    from ndoo.checking.mesh.responder import MessageTally, Responder


def _answers(*, register: bool, snapshot: Path | None, opted_out: tuple[Path, ...], **said: Any) -> ListOptions:
    """What answers: the register, unless something else is named."""
    return ListOptions(register=register or not (snapshot or opted_out), snapshot=snapshot, opted_out=opted_out, **said)


def _habits(manner: str, repeats: str, same_file: str, nobody: str) -> Habits:
    from ndoo.checking.mesh.answer_list import Habits, Manner, NobodyReply, Repeats, SameFile

    return Habits(Manner(manner), Repeats(repeats), NobodyReply(nobody), SameFile(same_file))


_list_options = option_group(
    "listed",
    _answers,
    click.option("--register", is_flag=True, help="Answer from the register in NDOO_DATABASE_URL. The default."),
    click.option("--snapshot", type=PATH, metavar="FILE", help="Answer from a sealed, dated snapshot of a register."),
    click.option("--snapshot-signed-by", metavar="KEY", help="The public key that must have sealed the snapshot."),
    click.option(
        "--opted-out",
        type=PATH,
        multiple=True,
        metavar="FILE",
        help="Answer from a list of those who opted out; may be repeated.",
    ),
    click.option("--checked-at", type=When(), metavar="WHEN", help="With --opted-out: when that list was taken."),
)
_habit_options = option_group(
    "habits",
    _habits,
    click.option(
        "--manner",
        type=click.Choice(["strict", "kind"]),
        default="strict",
        show_default=True,
        help="Silence and rejections as documented, or say what is wrong.",
    ),
    click.option(
        "--repeats",
        type=click.Choice(["keep", "collapse"]),
        default="keep",
        show_default=True,
        help="A number that is in a list twice.",
    ),
    click.option(
        "--same-file",
        type=click.Choice(["answer", "silence"]),
        default="answer",
        show_default=True,
        help="A file that was answered before; with --manner strict.",
    ),
    click.option(
        "--nobody",
        type=click.Choice(["newline", "silence", "text"]),
        default="newline",
        show_default=True,
        help="What is sent where nobody on a list may stay.",
    ),
)


@click.command(name="respond")
@click.option("--profile", required=True, metavar="NAME", help="The mailbox to answer in: [mesh.NAME] of ndoo.toml.")
@click.option("--once", is_flag=True, help="End when the inbox is empty.")
@_list_options
@_habit_options
@speech_options
def respond(
    profile: str,
    once: bool,
    listed: ListOptions,
    habits: Habits,
    as_json: bool,
    quiet: bool,
) -> None:
    """Answer what waits in a mailbox, as the national service does: receipt first, then the cleaned list.

    Nothing is answered from a list or a register that is older than its limit. Ctrl-C ends it between two messages.
    """
    from ndoo.checking.mesh.alarms import unread
    from ndoo.checking.mesh.responder import MessageTally, Responder

    def who() -> CleanedList:
        return chosen_list(listed, now())

    speech, tally = Speech(as_json=as_json, quiet=quiet), MessageTally()
    who()
    with opened(profile) as door:
        responder = Responder(
            door.journal, door.mailbox, door.profile.mailbox, door.profile.workflow, who, habits, door.clock
        )
        speech.note(f"Answering in mailbox {door.profile.mailbox}, {habits.manner}.")
        reached(door.mailbox.handshake)
        _rounds(responder, tally, door.profile.poll_seconds, speech, once=once)
        door.warn_of_clock(speech)
        standing = unread(door.journal, door.profile.mailbox)
    told = ", ".join(f"{outcome} {number(count)}" for outcome, count in sorted(tally.outcomes.items()))
    speech.say(f"Messages: {told or 'none'}.")
    for alarm in standing:
        speech.warn(f"{alarm.code}: {alarm.sentence}")
    speech.answer(
        {
            "outcomes": dict(tally.outcomes),
            "notes": dict(tally.notes),
            "lines": dict(tally.lines),
            "alarms": [alarm_told(alarm) for alarm in standing],
        }
    )


def _rounds(responder: Responder, tally: MessageTally, pause: float, speech: Speech, *, once: bool) -> None:
    from ndoo.checking.mesh.message import UnreachableError

    while True:
        wait = 0.0
        try:
            taken = responder.round(tally)
        except UnreachableError as error:
            if once:
                raise unreachable(error) from None
            taken, wait = 0, error.wait_seconds
            speech.note(f"  {error.reason}; going on")
        except NoUsableList as error:
            if once:
                raise
            taken = 0
            speech.note(f"  nothing is answered: {error.sentence}")
        if taken:
            speech.note(f"  {number(taken)} answered")
        elif once:
            return
        if not once:
            time.sleep(max(pause, wait))

"""`ndoo mesh request`, `collect` and `doctor`: the check one step at a time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.expected_share import Share
from ndoo.cli.list_options import PATH, now
from ndoo.cli.mesh_session import Door, limit_days, opened, settled, unreachable
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.output_options import NUMBERS, force_option, output_option
from ndoo.cli.uphold_run import HELD_BACK
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.domain.plurals import counted
from ndoo.evidence.earlier_outputs import EARLIER_LIST
from ndoo.evidence.manifest import manifest_path

if TYPE_CHECKING:
    from ndoo.checking.mesh.alarms import Alarm
    from ndoo.checking.mesh.requests import MeshRequest

UNFIT = 3
NOT_PERMITTED = 5
_NUMBER = click.IntRange(min=1)


@click.command(name="request")
@click.argument("numbers", type=PATH)
@click.option("--profile", required=True, metavar="NAME", help="The mailbox: [mesh.NAME] of ndoo.toml.")
@click.option("--ask-again", is_flag=True, help="Give up an open request about the same people, and ask anew.")
@speech_options
def ask(numbers: Path, profile: str, ask_again: bool, as_json: bool, quiet: bool) -> int:
    """Send a request about the people in NUMBERS, and do not wait. `ndoo mesh collect` takes the answer in.

    An open request about the same people is not sent again.
    """
    from ndoo.checking.mesh.alarms import alarms
    from ndoo.checking.mesh.requests import request, same_question
    from ndoo.checking.numbers_file import gather
    from ndoo.cli.check_mesh import judge_people

    speech = Speech(as_json=as_json, quiet=quiet)
    gathered = gather(numbers)
    with opened(profile) as door:
        judge_people(gathered.asked, door.profile.max_numbers)
        asked = same_question(door.journal, door.profile, gathered.people)
        if asked and ask_again:
            door.asker.give_up(asked)
            asked = None
        asked = asked or door.asker.ask(gathered.people, gathered.asked)
        with speech.progress(0, "Sending"):
            seen = door.asker.round()
        if seen.unreachable:
            speech.note(f"{unreachable(seen.unreachable).sentence} The request is kept, and goes with the next round.")
        door.warn_of_clock(speech)
        told = described(door, request(door.journal, asked.id))
        standing = _refusals(alarms(door.journal, door.profile.mailbox, door.clock(), limit_days()))
    speech.say(f"Request {told['request']} about {counted(told['requested'], 'person')}: {told['state']}.")
    for reason, count in gathered.held.items():
        speech.say(f"  held back, {reason}: {counted(count, 'line')}")
    _tell([], standing, speech)
    held = {str(reason): count for reason, count in gathered.held.items()}
    speech.answer({**told, "held": held, "alarms": [alarm_told(alarm) for alarm in standing]})
    return NOT_PERMITTED if standing else HELD_BACK if gathered.held else 0


def _refusals(standing: list[Alarm]) -> list[Alarm]:
    """Those that no waiting ends."""
    from ndoo.checking.mesh.alarms import REFUSALS

    return [alarm for alarm in standing if alarm.code in REFUSALS]


@click.command(name="collect")
@click.option("--profile", required=True, metavar="NAME", help="The mailbox: [mesh.NAME] of ndoo.toml.")
@click.option(
    "--request",
    "wanted",
    type=_NUMBER,
    metavar="N",
    help="This request. Default: the newest one that nobody had the answer of.",
)
@force_option
@output_option(
    "-o",
    "--output",
    form=NUMBERS,
    ours=EARLIER_LIST.is_one,
    beside=manifest_path,
    metavar="CLEANED",
    help="Write the cleaned list there, and its record beside it.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 30 * 86_400),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait.",
)
@click.option(
    "--expect-removed",
    "expected",
    type=Share(),
    metavar="LOW-HIGH",
    help="The share of people, in per cent, that may be withheld. Default 0.1-25; of fewer than 1,000 people, what chance explains.",
)
@speech_options
def collect(
    profile: str,
    wanted: int | None,
    output: Path | None,
    timeout: float,
    expected: tuple[float, float] | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Take in whatever has come, send what could not be sent, and say how each request stands.

    Run it once a day at least, and not more often than every five minutes. Exit status 5: MESH refused the last request,
    or the login.
    """
    from ndoo.checking.mesh.alarms import alarms
    from ndoo.checking.mesh.requests import RequestState, delivered, request, requests

    speech = Speech(as_json=as_json, quiet=quiet)
    with opened(profile) as door:
        chosen = _chosen(door, wanted)
        with speech.progress(0, "Waiting for the answer" if timeout else "Looking into the mailbox"):
            _wait(door, chosen, timeout)
        record = None
        if output:
            from ndoo.cli.check_mesh import written_out

            if chosen is None:
                raise NoUsableList("mesh-nothing-asked", "No request waits to be handed out. Ask first.")
            chosen = request(door.journal, chosen.id)
            if chosen.state is RequestState.OPEN:
                raise NoUsableList(
                    "mesh-no-answer-yet",
                    "That request has no answer yet. `ndoo mesh doctor --profile` says why it may take so long.",
                )
            door.judge_clock()
            record = written_out(door, settled(door, chosen), output, expected)
            delivered(door.journal, chosen, door.clock())
        every = [described(door, asked) for asked in requests(door.journal, door.profile.mailbox, *RequestState)]
        standing = alarms(door.journal, door.profile.mailbox, door.clock(), limit_days())
        door.warn_of_clock(speech)
    _tell(every, standing, speech)
    for warned in record["warnings"] if record else ():
        speech.warn(warned["message"])
    speech.answer({"requests": every, "alarms": [alarm_told(alarm) for alarm in standing], "record": record})
    return NOT_PERMITTED if _refusals(standing) else 0


def _chosen(door: Door, wanted: int | None) -> MeshRequest | None:
    from ndoo.checking.mesh.requests import RequestState, request, requests

    if wanted is not None:
        return request(door.journal, wanted)
    waiting = [
        asked
        for asked in requests(door.journal, door.profile.mailbox, RequestState.OPEN, RequestState.ANSWERED)
        if asked.delivered is None
    ]
    return waiting[-1] if waiting else None


def _wait(door: Door, chosen: MeshRequest | None, timeout: float) -> None:
    from ndoo.checking.mesh.wait_for_answer import Patience, wait_for

    if chosen is None:
        seen = door.asker.round()
    else:
        seen = wait_for(door.journal, door.asker, chosen, Patience(timeout, door.profile.poll_seconds)).last
    if seen.unreachable:
        raise unreachable(seen.unreachable)


@click.command(name="doctor")
@click.argument("file", type=PATH, required=False)
@click.option("--subject", metavar="TEXT", help="What stood in the subject when FILE was sent.")
@click.option("--local-id", metavar="TEXT", help="What stood in the local id, or message reference.")
@click.option("--profile", metavar="NAME", help="Say why the open requests of this mailbox may have no answer.")
@speech_options
def doctor(
    file: Path | None, subject: str | None, local_id: str | None, profile: str | None, as_json: bool, quiet: bool
) -> int:
    """What is FILE, and what is wrong with it? Or: why has a request no answer?

    Exit status 3: as it is, the check service would reject FILE, or never answer; 5: MESH refused the last request, or the
    login.
    """
    speech = Speech(as_json=as_json, quiet=quiet)
    if file is None and profile:
        return _why(profile, speech, now())
    if file is None or profile:
        raise UsageFault("doctor-what", "Name a FILE to look at, or --profile for the requests of a mailbox.")
    from ndoo.checking.mesh.diagnose import examine, outside

    finding = examine(file)
    finding.problems[:0] = outside(subject, local_id)
    speech.say(finding.sentence)
    if finding.lines:
        speech.say(f"  {counted(finding.lines, 'line')}, {counted(finding.people, 'person')}")
    for problem in finding.problems:
        speech.say(f"  {'WRONG' if problem.fatal else 'note '}  {problem.sentence}")
    speech.say(
        "As far as is known it can be sent."
        if finding.sound
        else "Do not send it, and do not use it as an answer."
        if finding.lines == 0
        else "Do not send it as it is. `ndoo check` holds bad lines back and sends the rest."
    )
    speech.answer(
        {
            "kind": str(finding.kind),
            "sound": finding.sound,
            "lines": finding.lines,
            "people": finding.people,
            "held": {str(reason): count for reason, count in finding.held.items()},
            "problems": [{"code": p.code, "message": p.sentence, "fatal": p.fatal} for p in finding.problems],
        }
    )
    return 0 if finding.sound else UNFIT


def _why(profile: str, speech: Speech, moment: datetime) -> int:
    from ndoo.checking.mesh.alarms import alarms, why_no_answer
    from ndoo.checking.mesh.requests import RequestState, requests

    with opened(profile) as door:
        waiting = requests(door.journal, door.profile.mailbox, RequestState.OPEN)
        reasons = {asked.id: why_no_answer(door.journal, asked, moment) for asked in waiting}
        standing = alarms(door.journal, door.profile.mailbox, moment, limit_days())
    if not waiting:
        speech.say("No request waits for an answer.")
    for asked in waiting:
        speech.say(
            f"Request {asked.id} of {asked.created:%Y-%m-%d %H:%M}, {counted(asked.asked, 'person')}. The likely reasons, in order:"
        )
        for at, reason in enumerate(reasons[asked.id], start=1):
            speech.say(f"  {at}. {reason}")
    _tell([], standing, speech)
    speech.answer(
        {
            "requests": [{"request": id, "reasons": said} for id, said in reasons.items()],
            "alarms": [alarm_told(alarm) for alarm in standing],
        }
    )
    return NOT_PERMITTED if _refusals(standing) else 0


def described(door: Door, asked: MeshRequest) -> dict[str, Any]:
    """A request for people and machines; no number of anybody."""
    from ndoo.checking.mesh.requests import sendings_of

    return {
        "request": asked.id,
        "created": asked.created.isoformat(timespec="seconds"),
        "requested": asked.asked,
        "state": str(asked.state),
        "allowed": asked.allowed,
        "withheld": None if asked.allowed is None else asked.asked - asked.allowed,
        "checked_at": asked.checked_at.isoformat() if asked.checked_at else None,
        "handed_out": asked.delivered is not None,
        "sendings": [
            {"local_id": s.local_id, "file_name": s.file_name, "state": str(s.state), "message_id": s.message_id}
            for s in sendings_of(door.journal, asked)
        ],
    }


def alarm_told(alarm: Alarm) -> dict[str, Any]:
    """An alarm for machines."""
    return {"code": alarm.code, "message": alarm.sentence, "request": alarm.request}


def _tell(every: list[dict[str, Any]], standing: list[Alarm], speech: Speech) -> None:
    for asked in every:
        came = (
            ""
            if asked["allowed"] is None
            else f", {number(asked['allowed'])} allowed, {number(asked['withheld'])} withheld"
        )
        speech.say(
            f"Request {asked['request']} of {asked['created']}: {asked['state']}, {counted(asked['requested'], 'person')}{came}."
        )
    for alarm in standing:
        speech.warn(f"{alarm.code}: {alarm.sentence}")

"""`ndoo mesh rehearse`: run the assurance cases against a mailbox, and write the report to hand over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ndoo.cli.list_options import now
from ndoo.cli.mesh_request import UNFIT
from ndoo.cli.mesh_session import opened, reached
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import OutputForm, force_option, output_option
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.uphold_run import HELD_BACK
from ndoo.domain.errors import UsageFault
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder
from ndoo.evidence.document import parse_document

if TYPE_CHECKING:
    from ndoo.checking.mesh.client import NetworkMailbox
    from ndoo.checking.mesh.profile import Profile
    from ndoo.checking.mesh.rehearsal.case import CaseResult
    from ndoo.checking.mesh.rehearsal.on_mailbox import OnMailbox
    from ndoo.checking.mesh.rehearsal.report import RehearsalSubject

_CROWD = 600
REPORT = OutputForm(
    "a web page",
    (".html", ".htm"),
    UsageFault("rehearsal-output", "The report is a page: end the name that -o gives in .html."),
)


def _is_report(output: Path) -> bool:
    """Is this the report of an earlier rehearsal with its sealed object beside it, or that object?"""
    document = (
        parse_document(output.with_suffix(".json").read_bytes()) if output.with_suffix(".json").is_file() else None
    )
    return document is not None and document.get("kind") == "mesh-rehearsal"


@click.command(name="rehearse")
@click.option("--profile", required=True, metavar="NAME", help="The mailbox: [mesh.NAME] of ndoo.toml.")
@click.option("--to", "to", metavar="NAME", help="Another mailbox of yours to send to. Default: the mailbox itself.")
@click.option("--disabled", metavar="NAME", help="A mailbox of yours that the service desk has disabled.")
@click.option("--workflow", metavar="ID", help="The workflow of the messages. Default: the profile's.")
@click.option(
    "--crowd",
    type=click.IntRange(1, 5000),
    default=_CROWD,
    show_default=True,
    metavar="N",
    help="How many messages wait at once.",
)
@click.option("--on-live", is_flag=True, help="Yes, in the live MESH: send several hundred small messages there.")
@force_option
@output_option(
    "-o",
    "--output",
    form=REPORT,
    ours=_is_report,
    beside=lambda output: output.with_suffix(".json"),
    default="rehearsal.html",
    show_default=True,
    metavar="REPORT.html",
    help="The report; the same as .json goes beside it.",
)
@speech_options
def rehearse(
    profile: str,
    to: str | None,
    disabled: str | None,
    workflow: str | None,
    crowd: int,
    on_live: bool,
    output: Path,
    as_json: bool,
    quiet: bool,
) -> int:
    """Run the cases of MESH assurance, and write a report to hand over.

    What can be run in the mailbox itself is run there, with small messages from it to itself; nothing goes to the check
    service, and messages of others stay as they are. What needs a MESH that misbehaves is run against a stand-in on this
    machine. The case of five days is begun by the first run; run it again after that. Any other case is run anew.
    """
    from ndoo.checking.mesh.rehearsal import on_stand_in
    from ndoo.checking.mesh.rehearsal.case import CasePlace
    from ndoo.checking.mesh.rehearsal.report import document
    from ndoo.checking.mesh.rehearsal.run_cases import complete, rehearse

    record = _judged(output)
    speech = Speech(as_json=as_json, quiet=quiet)
    with (
        _rehearsing(profile, to, disabled, workflow, crowd, on_live=on_live, speech=speech) as (on_mailbox, about),
    ):
        if cleared := on_mailbox.clear():
            speech.note(f"Taken out: {counted(cleared, 'message')} of a rehearsal that was cut short.")
        steps = {CasePlace.MAILBOX: on_mailbox.steps(), CasePlace.STAND_IN: on_stand_in.steps(now, crowd)}
        try:
            results = rehearse(steps, now, time.monotonic, lambda result: _tell(result, speech))
        finally:
            reached(on_mailbox.finish)
    whole = complete(results)
    sealed = _written(document(results, about, now(), complete=whole), output, record)
    outcomes = sealed["outcomes"]
    counts = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in outcomes.items())
    speech.say(f"{counts}. The report is {output.name}; beside it stands {record.name}.")
    speech.answer(sealed)
    return UNFIT if "differs" in outcomes else 0 if whole else HELD_BACK


def _judged(output: Path) -> Path:
    """Where the report for machines goes.

    Raises:
        UsageFault: the output names somebody, or would overwrite what ndoo lives by.
    """
    from ndoo.domain.nhs_number import names_somebody

    if names_somebody(output.name):
        raise UsageFault("name-identifies", "The output's name holds what is a valid NHS number.")
    record = output.with_suffix(".json")
    refuse_own_files(output, record)
    return record


@contextmanager
def _rehearsing(
    name: str, to: str | None, disabled: str | None, workflow: str | None, crowd: int, *, on_live: bool, speech: Speech
) -> Iterator[tuple[OnMailbox, RehearsalSubject]]:
    from ndoo.checking.mesh.client import NetworkMailbox
    from ndoo.checking.mesh.profile import read_profile
    from ndoo.checking.mesh.rehearsal.notes import Notes
    from ndoo.checking.mesh.rehearsal.on_mailbox import CHUNK, OnMailbox, Site
    from ndoo.checking.mesh.rehearsal.report import RehearsalSubject
    from ndoo.checking.mesh.service import known

    theirs = read_profile(to) if to else None
    shut = read_profile(disabled) if disabled else None
    with ExitStack() as stack:
        door = stack.enter_context(opened(name))
        profile = door.profile
        host = urlsplit(profile.url).hostname or ""
        environment = known().environments.get(host, "other")
        if environment == "live" and not on_live:
            raise UsageFault(
                "rehearsal-on-live",
                "That is the live MESH, and a rehearsal sends hundreds of messages. Rehearse in the integration environment, or use --on-live.",
            )

        def box(of: Profile, chunk_size: int | None = None) -> NetworkMailbox:
            return stack.enter_context(NetworkMailbox(of, chunk_size=chunk_size))

        receiver = box(theirs) if theirs else door.mailbox
        progress = stack.enter_context(speech.progress(2 * crowd, counted(crowd, "message"), "message"))
        site = Site(
            door.mailbox,
            receiver,
            box(profile, CHUNK),
            box(shut) if shut else None,
            profile.mailbox,
            theirs.mailbox if theirs else profile.mailbox,
            workflow or profile.workflow,
            data_folder(),
            now,
            time.monotonic,
            time.sleep,
            progress,
        )
        reached(door.mailbox.handshake)
        speech.note(f"Rehearsing in mailbox {profile.mailbox} of {host} ({environment}), workflow {site.workflow}.")
        about = RehearsalSubject(name, profile.mailbox, site.sends_to, site.workflow, host, environment)
        yield OnMailbox(site, Notes.read(door.journal, profile.mailbox), crowd), about


def _tell(result: CaseResult, speech: Speech) -> None:
    from ndoo.checking.mesh.rehearsal.report import WORDS

    number = f"{result.case.numbers}: " if result.case.numbers else ""
    speech.say(f"{WORDS[result.came.outcome]:>12}  {number}{result.case.title} [{result.place}]")
    speech.say(f"{'':>12}  {result.came.seen or result.came.done}")


def _written(told: dict[str, Any], output: Path, record: Path) -> dict[str, Any]:
    """The page and the sealed object, both or neither."""
    from ndoo.checking.mesh.rehearsal.report import page
    from ndoo.evidence.manifest import written
    from ndoo.evidence.seal import load_sealer
    from ndoo.upholding.publication.publish import OutputTerms, Publication
    from ndoo.upholding.publication.sink import Sink

    sealed = load_sealer(data_folder()).seal(told)
    with Publication(record, output, terms=OutputTerms(force=True)) as publication:
        for path, text in ((output, page(sealed).encode()), (record, written(sealed))):
            with Sink(publication.draft(path).handle, None) as sink:
                sink.write(text).result()
                sink.finish()
        publication.publish()
    return sealed

"""`ndoo assets`: the register of information assets and flows, in and out of the database, and its decisions."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.list_options import PATH, now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.output_options import MARKDOWN, TABLE, OutputFile, force_option, output_option, said_terms
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.register_session import entry, opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.near_names import did_you_mean
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted

if TYPE_CHECKING:
    from ndoo.assets.register import Register

REVIEW = 7


@click.group(name="assets")
def command() -> None:
    """The register of information assets and data flows.

    It lives in files under version control, in a spreadsheet, or in the database, and goes from one to the other
    without loss.
    """


@command.command(name="import", short_help="Bring a register in: .toml, .json or .xlsx.")
@click.argument("file", type=PATH)
@click.option(
    "--replace", is_flag=True, help="Take out assets and flows that the file does not hold. Their history stays."
)
@speech_options
def take_in(file: Path, replace: bool, as_json: bool, quiet: bool) -> int:
    """Bring the register in FILE into the database: all of it, or nothing.

    A new flow is decided on at once. A flow whose facts changed keeps its decision, which is stale then: see
    `ndoo assets decide`. Bringing the same file in twice changes nothing.
    """
    from ndoo.assets.files import register_from

    speech, moment = Speech(as_json=as_json, quiet=quiet), now()
    register = register_from(file)
    with opened():
        from ndoo.service.asset_register import overview, record_versions

        with speech.progress(0, "Bringing the register in"):
            taken = record_versions.take_in(register, entry, moment, replace=replace)
            decided = overview.decide_open(entry, moment, new_only=True)
    for word, names in (("added", taken.added), ("changed", taken.changed), ("removed", taken.removed)):
        if names:
            speech.say(f"{word}: {', '.join(names)}")
    speech.say(
        f"{counted(len(register.assets), 'asset')} and {counted(len(register.flows), 'flow')} in the file; "
        f"unchanged: {number(len(taken.unchanged))}. {counted(len(decided), 'new decision')}."
    )
    speech.answer(
        {
            "added": list(taken.added),
            "changed": list(taken.changed),
            "unchanged": list(taken.unchanged),
            "removed": list(taken.removed),
            "decided": {row.flow: row.outcome for row in decided},
        }
    )
    return 0


@command.command(name="export", short_help="Write the register: .toml, .json or .xlsx.")
@click.argument("output", type=OutputFile(), metavar="FILE")
@click.option(
    "--from", "source", type=PATH, metavar="FILE", help="Write another file's register; default: the database's."
)
@force_option
@speech_options
def put_out(output: Path, source: Path | None, as_json: bool, quiet: bool) -> int:
    """Write the register into FILE, from which `ndoo assets import` makes the same again.

    A file that is there is replaced only with --force, unless it holds just what would be written.
    """
    from ndoo.assets.files import loses_nothing, write

    speech = Speech(as_json=as_json, quiet=quiet)
    refuse_own_files(output)
    register = _register(source)
    if os.path.lexists(output) and not (said_terms().force or loses_nothing(register, output)):
        raise UsageFault(
            "output-exists",
            f"{masked(str(output))} already exists, and comments or edits in it would be lost. Name another file, or use --force to "
            "replace it.",
        )
    write(register, output)
    speech.say(f"Wrote {output}.")
    speech.say(f"{counted(len(register.assets), 'asset')} and {counted(len(register.flows), 'flow')}.")
    speech.answer({"assets": len(register.assets), "flows": len(register.flows)})
    return 0


@command.command(name="article-30", short_help="Write the record of processing activities as a table.")
@click.argument("source", type=PATH, required=False, metavar="[REGISTER]")
@force_option
@output_option("-o", "--output", form=TABLE, metavar="FILE.csv", required=True, help="Write it there, as CSV.")
@speech_options
def article_30(source: Path | None, output: Path, as_json: bool, quiet: bool) -> int:
    """The record of processing activities of article 30 of the UK GDPR: a row for each flow, and for each asset without one.

    REGISTER is a file; left out, it is the register in the database. What nobody said stands there as "not said".
    """
    from ndoo.assets import processing_record
    from ndoo.policy.write_flow import put

    speech = Speech(as_json=as_json, quiet=quiet)
    refuse_own_files(output)
    told = processing_record.article_30(_register(source))
    put(output, told)
    speech.note(f"Wrote {output}.")
    rows = told.count("\r\n") - 1
    speech.say(f"{counted(rows, 'activity')}.")
    speech.answer({"activities": rows})
    return 0


@command.command(short_help="Write the opt-out section of a flow's impact assessment.")
@click.argument("flow")
@click.argument("source", type=PATH, required=False, metavar="[REGISTER]")
@force_option
@output_option("-o", "--output", form=MARKDOWN, metavar="FILE.md", required=True, help="Write it there, as Markdown.")
@speech_options
def dpia(flow: str, source: Path | None, output: Path, as_json: bool, quiet: bool) -> int:
    """The facts of FLOW (its reference), whether the opt-out applies to it and why, for its data protection impact assessment.

    REGISTER is a file; left out, it is the register in the database. Exit status 7: the answer is `review`.
    """
    from ndoo.assets.processing_record import dpia_section
    from ndoo.domain.london import london_date
    from ndoo.policy import decide as decide_flow
    from ndoo.policy import load_pack
    from ndoo.policy.write_flow import put

    speech, moment = Speech(as_json=as_json, quiet=quiet), now()
    refuse_own_files(output)
    register = _register(source)
    if flow not in register.flows:
        raise UsageFault(
            "assets-flow",
            f"The register has no flow {masked(flow)!r}.{did_you_mean(flow, register.flows)} Name one as the register has it.",
        )
    record = register.flows[flow]
    decision = decide_flow(record.facts, load_pack(), london_date(moment))
    put(output, dpia_section(register, record, decision))
    speech.note(f"Wrote {output}.")
    speech.say(f"{decision.outcome.replace('_', ' ')} ({decision.reason}).")
    speech.answer(decision.line())
    return REVIEW if decision.outcome == "review" else 0


def _register(source: Path | None) -> Register:
    """The register of a file, or of the database."""
    from ndoo.assets.files import register_from

    if source:
        return register_from(source)
    with opened():
        from ndoo.service.asset_register import record_versions

        return record_versions.register()


@command.command(short_help="Decide on every flow, as on today.")
@click.argument("file", type=PATH, required=False)
@click.option("--all", "everything", is_flag=True, help="Also those whose decision stands. Without FILE only.")
@speech_options
def decide(file: Path | None, everything: bool, as_json: bool, quiet: bool) -> int:
    """Does the opt-out apply to each flow? Exit status 7: the answer to one of them is `review`.

    With FILE the answers are printed and nothing is kept. Without it, a decision is recorded for every flow of the
    database that has none, or whose decision is stale because a fact, the policy pack or the day changed the answer.
    """
    from ndoo.assets.files import register_from
    from ndoo.assets.flow_decisions import decide_all
    from ndoo.domain.london import london_date
    from ndoo.policy import load_pack

    speech, moment, pack = Speech(as_json=as_json, quiet=quiet), now(), load_pack()
    if file:
        with speech.progress(0, "Deciding"):
            decisions = decide_all(register_from(file), pack, london_date(moment))
        lines = [decision.line() for decision in decisions.values()]
    else:
        with opened(), speech.progress(0, "Deciding"):
            from ndoo.service.asset_register import overview, record_versions

            if everything:
                rows = overview.decide_all(record_versions.register().flows.values(), entry, moment)
            else:
                rows = overview.decide_open(entry, moment)
        lines = [{"id": row.flow, "outcome": row.outcome, "reason": row.reason} for row in rows]
    for line in lines:
        speech.say(f"  {line['outcome']:<15} {line['id']} ({line['reason']})")
    counts = Counter(line["outcome"] for line in lines)
    speech.say(f"{counted(len(lines), 'decision')} by policy pack {pack.name} {pack.version}.")
    speech.answer({"decisions": lines, "summary": dict(counts), "policy": pack.named()})
    return REVIEW if counts["review"] else 0

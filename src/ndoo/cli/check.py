"""`ndoo check NUMBERS -o CLEANED`"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.decision_options import DecisionOptions, Meanings, decision_options
from ndoo.cli.help_texts import GroupedCommand
from ndoo.cli.list_options import ListOptions, chosen_list, list_options, now
from ndoo.cli.option_group import option_group
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.output_options import (
    OutputFile,
    dry_run_option,
    force_option,
    refuse_address,
    said_terms,
    told_of_dry_run,
)
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.reading_options import reading_from, reading_options, say_left_out
from ndoo.cli.standard_input import read_input
from ndoo.cli.type1_options import chosen_type1, files_of, type1_options
from ndoo.cli.uphold_run import HELD_BACK
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import spoken
from ndoo.domain.plurals import counted
from ndoo.numbers.cleaned_list import CleanedList

if TYPE_CHECKING:
    from ndoo.type1.sql_entries import CodesTable


OF_PEOPLE = ("not_covered", "ambiguous", "type1_undecided")
"""Reasons for which people are held, and not lines."""


_decision_options = option_group(
    "wanted",
    DecisionOptions,
    *decision_options(
        Meanings(
            flow="Decide first whether the opt-out applies to this flow, as on today: see `ndoo applies`.",
            undecided="Lines and people that nobody can decide on: leave out and exit 6; leave out and exit 0; write nothing; "
            "or make nothing of lines with no number at all.",
            justification="Why lines without a number are of no account; goes into the record.",
            held="Where held lines go, when they are wanted.",
            expected="The share of people, in per cent, that may be withheld. Default 0.1-25; of fewer than 1,000 people, what chance "
            "explains.",
            held_as=OutputFile(),
        )
    ),
)


@click.command(name="check", cls=GroupedCommand)
@click.argument("numbers", metavar="NUMBERS")
@click.option(
    "-o", "--output", type=OutputFile(), required=True, metavar="CLEANED", help="Where those who may stay go."
)
@force_option
@dry_run_option
@click.option(
    "--nhs-number", metavar="COLUMN", help="Where NUMBERS is a table: the column; found by evidence if left out."
)
@list_options
@click.option(
    "--ask-again", is_flag=True, help="With --mesh: give up an open request about the same people, and ask anew."
)
@click.option(
    "--reuse-days",
    type=click.IntRange(0, 366),
    default=0,
    metavar="DAYS",
    help="With --mesh: take answers that are at most so old, and ask about the others only. Default: ask about everybody.",
)
@type1_options
@_decision_options
@reading_options
@speech_options
def command(
    numbers: str,
    output: Path,
    nhs_number: str | None,
    listed: ListOptions,
    ask_again: bool,
    reuse_days: int,
    type1: tuple[Path | CodesTable, ...],
    wanted: DecisionOptions,
    as_json: bool,
    quiet: bool,
    **reading: Any,
) -> int:
    """Who of the people in NUMBERS may stay? Writes the cleaned list, and its own dated record beside it.

    NUMBERS has one NHS number a line, or is a table with a column of them (CSV, Parquet, Arrow); - is standard input. With --mesh a request is sent once: run the same command again, after a stop or
    a crash, and it goes on waiting for the same answer.
    """
    from ndoo.cli.check_input import opened
    from ndoo.cli.check_output import CheckRequest, judge_paths, put
    from ndoo.evidence.release_record import UndecidedPolicy
    from ndoo.numbers.opt_outs import OptOuts
    from ndoo.policy.type1_duty import type1_set_aside

    if wanted.flow_file:
        from ndoo.cli.uphold_flow import decided, stopped, told

    refuse_address(numbers)
    speech, moment = Speech(as_json=as_json, quiet=quiet), now()
    wanted.refuse_unjustified()
    if (ask_again or reuse_days) and not listed.mesh:
        raise UsageFault("mesh-options", "--ask-again and --reuse-days go with --mesh.")
    listed.judge_mesh()
    if said_terms().dry_run and listed.mesh:
        raise UsageFault(
            "dry-run-mesh", "--dry-run sends nothing, so it cannot be used with --mesh. Give a list instead."
        )
    decision = decided(wanted.flow_file, moment, with_type1=bool(type1)) if wanted.flow_file else None
    if decision and decision.outcome == "review":
        return stopped(decision, speech)
    overridden = type1_set_aside(decision, with_type1=bool(type1)) if decision else None
    refuse_own_files(output, wanted.held)
    read_as = reading_from(**reading)
    path = Path(click.get_current_context().with_resource(read_input(numbers)))
    with speech.progress(0, "Reading"):
        source = opened(path, nhs_number, read_as)
    gathered = source.gathered
    objections = chosen_type1(type1, moment, speech)
    of_nobody = objections.record["dissents_of_nobody"] if objections else 0
    _judge_held(gathered, of_nobody, wanted.undecided)
    inputs = (path, *listed.files, *([wanted.flow_file] if wanted.flow_file else []), *files_of(type1))
    judge_paths(output, inputs, wanted.held)
    policy, terms = UndecidedPolicy(str(wanted.undecided), wanted.justification), said_terms()
    asked = CheckRequest(wanted.expected, policy, wanted.held, decision, overridden, read_as.left_out, terms)
    with ExitStack() as stack:
        cleaned = None
        if decision and decision.outcome != "applies":
            told(decision, speech, with_type1=objections is not None)
        elif listed.mesh:
            from ndoo.cli.check_mesh import exchanged

            cleaned = stack.enter_context(
                exchanged(
                    listed.mesh,
                    gathered.people,
                    gathered.asked,
                    listed.patience,
                    again=ask_again,
                    reuse_days=reuse_days,
                    speech=speech,
                )
            )
        else:
            cleaned = chosen_list(listed, now())
        with speech.progress(0, "Writing the cleaned list"):
            record = put(source, output, inputs, OptOuts(cleaned, objections), asked, now())
    if decision and cleaned:
        told(decision, speech, with_type1=objections is not None)
    _report(record, output, cleaned, speech, dry_run=terms.dry_run)
    say_left_out(read_as.left_out, speech)
    speech.answer(told_of_dry_run(record) if terms.dry_run else record)
    held_back = sum(record["held"].values()) or of_nobody
    return HELD_BACK if held_back and wanted.undecided != "exclude" else 0


def _judge_held(gathered: Any, of_nobody: int, undecided: str | None) -> None:
    from ndoo.domain.errors import UnfitData

    if of_nobody and undecided == "stop":
        raise UnfitData(
            "type1-of-nobody",
            "Some Type 1 opt-outs are recorded under numbers that cannot be read, and --undecided is stop.",
        )
    if gathered.held and undecided == "stop":
        reasons = ", ".join(f"{reason} {count}" for reason, count in gathered.held.items())
        raise UnfitData("lines-undecided", f"Some lines hold no valid NHS number ({reasons}), and --undecided is stop.")


def _counted(reason: str, count: int) -> str:
    one, many = ("person", "people") if reason in OF_PEOPLE else ("line", "lines")
    return one if count == 1 else many


def _report(
    record: dict[str, Any], output: Path, cleaned: CleanedList | None, speech: Speech, *, dry_run: bool
) -> None:
    speech.table(
        ("", "people"),
        [(name, number(record[name])) for name in ("requested", "allowed", "withheld")],
    )
    for reason, count in record["held"].items():
        speech.say(f"  held back, {reason}: {number(count)} {_counted(reason, count)}")
    if (type1 := record["type1"]) and type1["applied"]:
        speech.say(
            f"Type 1 opt-out: {counted(type1['people']['removed'], 'person')}; {number(type1['people']['removed_by_it_alone'])} for it alone."
        )
    if cleaned:
        speech.say(
            f"Checked at {spoken(cleaned.provenance.checked_at)}: {counted(cleaned.provenance.age_days, 'day')} old."
        )
    if dry_run:
        speech.say(f"A dry run: nothing was written. The cleaned list would be {output}, its record beside it.")
    else:
        speech.say(f"Wrote {output} and its record, {output}.manifest.json.")
    for warned in record["warnings"]:
        speech.warn(warned["message"])

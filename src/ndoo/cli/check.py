"""`ndoo check NUMBERS -o CLEANED`"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from ndoo.cli.list_options import PATH, alone, chosen_list, list_options, now
from ndoo.cli.speech import Speech, number, speech_options
from ndoo.cli.uphold import HELD_BACK, Share
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import spoken
from ndoo.numbers.cleaned_list import CleanedList


@click.command(name="check")
@click.argument("numbers", type=PATH)
@click.option("-o", "--output", type=PATH, required=True, metavar="CLEANED", help="Where those who may stay go.")
@click.option("--nhs-number", metavar="COLUMN", help="Where NUMBERS is a table: the column; found by evidence if left out.")  # fmt: skip
@list_options
@click.option("--ask-again", is_flag=True, help="With --mesh: give up an open request about the same people, and ask anew.")  # fmt: skip
@click.option("--reuse-days", type=click.IntRange(0, 366), default=0, metavar="DAYS",
              help="With --mesh: take answers that are at most so old, and ask about the others only. Default: ask about everybody.")  # fmt: skip
@click.option("--undecided", type=click.Choice(["hold", "exclude", "stop"]), default="hold", show_default=True,
              help="Lines that nobody can be asked about: leave out and exit 6; leave out and exit 0; ask nothing.")  # fmt: skip
@click.option("--expect-removed", "expected", type=Share(), metavar="LOW-HIGH",
              help="The share of people, in per cent, that may be withheld. Default 0.1-25 from 1,000 people on.")  # fmt: skip
@speech_options
def command(
    numbers: Path, output: Path, nhs_number: str | None, allowed: Path | None, opted_out: Path | None, requested: Path | None,
    checked_at: datetime | date | None, register: bool, snapshot: Path | None, snapshot_signed_by: str | None,
    mesh: str | None, timeout: float, ask_again: bool, reuse_days: int, undecided: str, expected: tuple[float, float] | None,
    as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Who of the people in NUMBERS may stay? Writes the cleaned list, and its own dated record beside it.

    NUMBERS has one NHS number a line, or is a table with a column of them (CSV, Parquet, Arrow). With --mesh a request is sent once: run the same command again, after a stop or
    a crash, and it goes on waiting for the same answer.
    """
    from ndoo.cli.check_input import opened
    from ndoo.cli.check_output import judge_paths, put

    speech = Speech(as_json=as_json, quiet=quiet)
    alone(mesh, allowed, opted_out, requested, checked_at, register, snapshot, snapshot_signed_by)
    if (ask_again or reuse_days) and not mesh:
        raise UsageFault("mesh-options", "--ask-again and --reuse-days go with --mesh.")
    source = opened(numbers, nhs_number)
    gathered = source.gathered
    _judge_held(gathered, undecided)
    inputs = tuple(path for path in (numbers, allowed, opted_out, requested, snapshot) if path)
    judge_paths(output, inputs)
    with ExitStack() as stack:
        if mesh:
            from ndoo.cli.check_mesh import exchanged

            cleaned = stack.enter_context(
                exchanged(
                    mesh,
                    gathered.people,
                    gathered.asked,
                    timeout,
                    again=ask_again,
                    reuse_days=reuse_days,
                    speech=speech,
                )
            )
        else:
            cleaned = chosen_list(allowed, opted_out, requested, checked_at, now(), register=register,
                                  snapshot=snapshot, snapshot_signed_by=snapshot_signed_by)  # fmt: skip
        record = put(source, output, inputs, cleaned, expected, now())
    _report(record, output, cleaned, speech)
    held = sum(record["held"].values())
    speech.answer(record)
    return HELD_BACK if held and undecided != "exclude" else 0


def _judge_held(gathered: Any, undecided: str) -> None:
    from ndoo.domain.errors import UnfitData

    if gathered.held and undecided == "stop":
        reasons = ", ".join(f"{reason} {count}" for reason, count in gathered.held.items())
        raise UnfitData(
            "lines-undecided", f"Lines that nobody can be asked about ({reasons}), and --undecided is stop."
        )


def _report(record: dict[str, Any], output: Path, cleaned: CleanedList, speech: Speech) -> None:
    speech.table(
        ("", "people"),
        [(name, number(record[name])) for name in ("requested", "allowed", "withheld")],
    )
    for reason, count in record["held"].items():
        speech.say(f"  held back, {reason}: {number(count)} lines")
    speech.say(f"Checked at {spoken(cleaned.provenance.checked_at)}: {cleaned.provenance.age_days} days old.")
    speech.say(f"{output} is ready, its record beside it.")

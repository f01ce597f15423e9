"""`ndoo applies FLOW.toml`"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.list_options import PATH, now
from ndoo.cli.output import Speech, echo, speech_options
from ndoo.cli.output_options import JSON, TOML, force_option, output_option
from ndoo.cli.own_files import refuse_own_files
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import masked

if TYPE_CHECKING:
    from ndoo.policy import Decision, Flow, Pack

REVIEW = 7


class DayParameter(click.ParamType[date]):
    """A day, such as 2026-11-20."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        from ndoo.policy.flow import iso_day

        day = iso_day(str(value))
        if day is None:
            self.fail("not a date such as 2026-11-20.", param, ctx)
        return day


@click.command(name="applies")
@click.argument("flows", nargs=-1, type=PATH, metavar="[FLOW]...")
@click.option(
    "--as-of", type=DayParameter(), metavar="DAY", help="Decide as on this day, whatever the flow says. Default: today."
)
@click.option("--pack", "pack_name", metavar="NAME", help="The policy pack, by its name or its folder. Default: opg.")
@click.option("--ask", is_flag=True, help="Put the fewest questions that still decide. FLOW may hold first answers.")
@force_option
@output_option("-o", "--output", form=TOML, metavar="FILE", help="With --ask: write the flow there.")
@output_option("--save", form=JSON, metavar="FILE", help="Keep the decision, to be replayed.")
@click.option(
    "--replay", "replayed", type=PATH, metavar="FILE", help="Decide a kept decision again, and explain any difference."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    help="Print the explanation on stdout in this form.",
)
@speech_options
def command(
    flows: tuple[Path, ...],
    as_of: date | None,
    pack_name: str | None,
    ask: bool,
    output: Path | None,
    save: Path | None,
    replayed: Path | None,
    form: str | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Does the national data opt-out apply to this FLOW? Outcome, reasons, citations.

    FLOW is a TOML or JSON file, a CSV table with a flow a row, or a folder of these; several give a line each and
    a summary. Exit status 7: the answer, or one of several, is `review`.
    """
    from ndoo.policy import load_pack

    if as_json and form not in (None, "json"):
        raise UsageFault("decision-forms", "--json prints the decision as JSON: leave --format out.")
    speech = Speech(as_json=as_json or form == "json", quiet=quiet)
    refuse_own_files(output, save)
    moment = now()
    if replayed:
        return _replay(replayed, flows, pack_name, form, speech)
    pack = load_pack(pack_name or "opg")
    if as_of and as_of < pack.begins:
        raise UnfitData("before-opt-out", "--as-of: before 25 May 2018 the national data opt-out did not exist.")
    if output and not ask:
        raise UsageFault("output-alone", "-o goes with --ask. To keep a decision, use --save.")
    today = as_of or london_date(moment)
    if ask:
        from ndoo.cli.applies_ask import interview

        flow = interview(_first_answers(flows, as_of), pack, today, output)
        return _single(flow, pack, today, save, form, speech, moment)
    if not flows:
        raise UsageFault("flow-missing", "Name a flow (.toml or .json), a table (.csv) or a folder; or use --ask.")
    from ndoo.cli.applies_many import decide_many, is_single, only_flow

    if is_single(flows):
        return _single(only_flow(flows[0], as_of), pack, today, save, form, speech, moment)
    if save:
        raise UsageFault("save-many", "--save keeps one decision. Name one flow.")
    return decide_many(flows, pack, as_of, today, form, speech)


def _first_answers(flows: tuple[Path, ...], as_of: date | None) -> Flow:
    from ndoo.cli.applies_many import only_flow
    from ndoo.policy import Flow

    if len(flows) > 1:
        raise UsageFault("ask-many", "--ask is about one flow: name one file of first answers, or none.")
    return only_flow(flows[0], as_of) if flows else Flow({} if as_of is None else {"as_of": as_of})


def _single(
    flow: Flow, pack: Pack, today: date, save: Path | None, form: str | None, speech: Speech, moment: datetime
) -> int:
    from ndoo.policy import decide
    from ndoo.policy.decision_record import record
    from ndoo.policy.write_flow import put

    decision = decide(flow, pack, today)
    if save:
        put(save, record(decision, moment))
    tell(decision, form, speech)
    if save:
        speech.say(f"\nKept in {masked(save.name)}.")
    speech.answer(decision.to_dict())
    return status(decision)


def tell(decision: Decision, form: str | None, speech: Speech) -> None:
    """The explanation: in the form asked for, which no wish for quiet hides."""
    from ndoo.policy.explanation import text
    from ndoo.policy.markdown import markdown

    if form == "markdown":
        echo(markdown(decision), err=False, nl=False)
    else:
        speech.say(text(decision), always=form == "text")


def status(decision: Decision) -> int:
    """7 for `review`, else 0."""
    return REVIEW if decision.outcome == "review" else 0


def _replay(path: Path, flows: tuple[Path, ...], pack_name: str | None, form: str | None, speech: Speech) -> int:
    from ndoo.policy import load_pack
    from ndoo.policy.decision_record import read_record, replay
    from ndoo.policy.documents import parsed_json, text_of

    if flows:
        raise UsageFault("replay-flows", "--replay decides the flow that the file holds: name no other.")
    kept = read_record(parsed_json(masked(path.name), text_of(path)))
    result = replay(kept, load_pack(pack_name or kept.pack_name))
    tell(result.now, form, speech)
    speech.say()
    if result.same_pack:
        speech.say("The same policy pack gives the same answer as was kept.")
    else:
        word = "the answer is the same" if result.same_answer else "so is the answer"
        speech.say(f"The policy pack is another one than then, and {word}{':' if result.differences else '.'}")
    for difference in result.differences:
        speech.say(f"  {difference}")
    speech.answer(result.to_dict())
    return status(result.now)

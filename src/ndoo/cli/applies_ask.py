"""`ndoo applies --ask`: the questions at a terminal, or with the answers piped in, one a line."""

from __future__ import annotations

import sys
import textwrap
from datetime import date
from pathlib import Path

import click

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked
from ndoo.policy import Flow, Pack
from ndoo.policy.decide_flow import check_claim
from ndoo.policy.fields import FlowField
from ndoo.policy.interview import Interview
from ndoo.policy.write_flow import as_toml, put

WIDTH = 80


def interview(flow: Flow, pack: Pack, today: date, output: Path | None) -> Flow:
    """The flow that the answers make; written to `output` if one is named.

    Raises:
        UnfitData: an answer that was piped in is none. At a terminal the question is put again.
    """
    check_claim(flow, pack)
    talk = Interview(flow, pack, flow.day("as_of") or today)
    _tell("Press Enter if not known. Ctrl-C ends without writing anything.")
    asked = 0
    while (field := talk.next_field()) is not None:
        asked += 1
        _put(asked, field)
        typed = _read()
        if typed is None:
            _tell("No more answers: whatever else would be asked is not known.")
            break
        try:
            talk = talk.answered(field, talk.understood(field, typed))
        except UnfitData as error:
            if not sys.stdin.isatty():
                raise
            asked -= 1
            _tell(error.sentence)
    _tell(f"That is enough after {asked} {'question' if asked == 1 else 'questions'}.\n")
    if output:
        put(output, as_toml(talk.flow))
        _tell(f"The flow is in {masked(output.name)}.\n")
    return talk.flow


def _put(count: int, field: FlowField) -> None:
    _tell(f"\n{count}. {field.ask}")
    if field.help:
        _tell(field.help, "   ")
    if field.kind == "yes_no":
        _tell("yes or no", "   ")
    for at, (name, words) in enumerate(field.values.items(), 1):
        _tell(f"{at:>2}  {name}: {words}", "   ", "       ")
    click.echo("> ", nl=False, err=True)


def _read() -> str | None:
    """The next line, or None at the end of the answers."""
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        click.echo(err=True)
    return line.rstrip("\r\n") if line else None


def _tell(text: str, first: str = "", rest: str | None = None) -> None:
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest, break_long_words=False
    )
    lead = "\n" if text.startswith("\n") else ""
    click.echo(lead + "\n".join(lines) + ("\n" if text.endswith("\n") else ""), err=True)

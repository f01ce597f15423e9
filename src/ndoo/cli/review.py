"""`ndoo review [REGISTER]`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from ndoo.cli.governance_options import governance_options, look
from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.output_options import OutputForm, force_option, is_calendar, output_option
from ndoo.domain.london import london_date

CALENDAR = OutputForm("a calendar", (".ics",))
OPEN = 6
SHOWN = 20
"""Open things of one kind that are named to people; --json names all."""


@click.command(name="review")
@governance_options
@force_option
@output_option(
    "--calendar",
    form=CALENDAR,
    ours=is_calendar,
    metavar="FILE.ics",
    help="Write the days on which something is due or ends.",
)
@speech_options
def command(
    register: Path | None,
    findings: tuple[str, ...],
    scan_now: bool,
    evidence: tuple[str, ...],
    signed_by: tuple[str, ...],
    calendar: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """What is open? Made for a nightly job: exit status 6 when anything is.

    Joins the register of assets and flows with what scans found and what manifests prove: findings that no asset
    explains, assets and flows that are due for review, flows to which the opt-out applies and nothing proves that it
    was applied, flows without a decision that stands, and approvals that ended. REGISTER is a file (.toml, .json,
    .xlsx); left out, it is the register in the database, where what is handed over is kept for the staff's pages.
    """
    from ndoo.assets.gaps import WORDS
    from ndoo.policy.watch_days import watch_list

    speech, moment = Speech(as_json=as_json, quiet=quiet), now()
    with speech.progress(0, "Joining what is known"):
        seen = look(register, findings, evidence, signed_by, moment, scan_now=scan_now)
    for name, items in seen.joined.groups().items():
        if items:
            speech.say(f"{WORDS[name].capitalize()} ({number(len(items))}):")
        for item in items[:SHOWN]:
            speech.say(f"  {f'{item.id}  ' if item.id else ''}{item.name}: {item.because}")
        if len(items) > SHOWN:
            speech.say(f"  … and {number(len(items) - SHOWN)} more: --json names them all.")
    for item in (*seen.joined.soon, *seen.joined.unseen, *seen.joined.released)[:SHOWN]:
        speech.say(f"  note: {f'{item.id}  ' if item.id else ''}{item.name}: {item.because}")
    watch = watch_list(seen.pack)
    for entry in watch:
        if entry.is_due(london_date(moment)):
            speech.say(f"  note: look again at {entry.title} (since {entry.recheck}): {entry.says}")
    for entry in [one for one in watch if not one.is_due(london_date(moment))][:1]:
        speech.say(f"  note: next to look at again: {entry.title}, from {entry.recheck} on.")
    for one in seen.not_counted:
        speech.say(f"  not counted: {one.name}: {one.because}")
    if seen.known.standings is None:
        speech.say("Who reviewed what is not kept in a file: bring the register in with `ndoo assets import`.")
    count = seen.joined.count
    speech.say(f"{number(count)} open." if count else "Nothing is open.")
    if calendar:
        from ndoo.assets.calendar import calendar_of
        from ndoo.policy.write_flow import put

        put(calendar, calendar_of(seen.known, moment, watch=watch))
        speech.note(f"Wrote {calendar}.")
    speech.answer(
        {
            **seen.joined.to_dict(),
            "reviews_kept": seen.known.standings is not None,
            "watch": [entry.to_dict(london_date(moment)) for entry in watch],
            "not_counted": [asdict(one) for one in seen.not_counted],
            "assets": len(seen.known.register.assets),
            "flows": len(seen.known.register.flows),
            "tables": len(seen.known.findings),
            "policy": seen.pack.named(),
        }
    )
    return OPEN if count else 0

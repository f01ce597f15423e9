"""`ndoo scan TARGET`"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.progress_line import BYTES
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted

if TYPE_CHECKING:
    from ndoo.domain.progress import Progress
    from ndoo.scanning.examined import ExaminedTable
    from ndoo.scanning.scan_result import TableFinding

_ENVIRONMENT = "env:"
FOUND = 6


@click.command(name="scan")
@click.argument("target")
@click.option(
    "--afresh", is_flag=True, help="Read every table again, also those that did not change since the last scan."
)
@click.option(
    "--fail-on",
    type=click.Choice(["yes", "unsure"]),
    help="Exit status 6 where a table is so; unsure includes yes. For jobs that must not go on then.",
)
@speech_options
def command(target: str, afresh: bool, fail_on: str | None, as_json: bool, quiet: bool) -> int:
    """Find confidential patient information in TARGET: a file, a folder with all below it, or a database.

    Files: delimited text, Parquet, Arrow, Excel, JSON, SQLite, packed or not. Databases: an address such as
    postgresql://host/name, or env:VARIABLE, whose value is the address, so that no shell keeps the password. They are
    only read.

    Every cell is looked at for NHS numbers; a random sample of 5,000 rows of each table for everything else. No value from
    the data is shown or kept. Whatever cannot be read is named, and its answer is "unsure".
    """
    from ndoo.domain.errors import UsageFault
    from ndoo.domain.settings import data_folder
    from ndoo.scanning.headings import shown
    from ndoo.scanning.scan import scan
    from ndoo.scanning.store import Store

    speech = Speech(as_json=as_json, quiet=quiet)
    if target.startswith(_ENVIRONMENT):
        variable = target.removeprefix(_ENVIRONMENT)
        target = os.environ.get(variable, "")
        if not target:
            raise UsageFault(
                "scan-variable",
                f"The environment variable {masked(variable)}, which should hold the address, is not set.",
            )

    with Store(data_folder()) as store, speech.progress(0, "Scanning") as progress:

        def tell(table: ExaminedTable) -> Progress:
            return progress.turn_to(f"Scanning {shown(table.name)}", table.size, BYTES if table.size else "row")

        report = scan(target, now=now(), store=None if afresh else store, tell=tell)
    failing = {"yes": ("yes",), "unsure": ("unsure", "yes")}.get(fail_on or "", ())
    failed = [finding for finding in report.tables if finding.verdict in failing]
    for finding in report.tables:
        _said(finding, speech, always=finding in failed)
    if not report.tables:
        speech.say("Nothing was scanned: there is no file and no table.")
    speech.answer(report.told())
    return FOUND if failed else 0


def _said(finding: TableFinding, speech: Speech, *, always: bool) -> None:
    speech.say(f"{finding.name}: {finding.verdict}. {finding.because}", always=always)
    shown = [c for c in finding.columns if c.kind != "none" or c.holds or c.suspected]
    for column in shown:
        inside = f", holds {', '.join(column.holds)}" if column.holds else ""
        speech.say(f"  {column.name}: {column.kind} in {column.share:.1%}{inside} ({column.because})")
    unseen = f"; what fewer than {finding.unseen:.2%} of rows hold may not have been seen" if finding.unseen else ""
    speech.say(
        f"  {counted(finding.rows, 'row')} read for NHS numbers, {number(finding.sampled)} for the rest{unseen}."
    )
    for note in finding.notes:
        speech.say(f"  {note}")

"""The options of `ndoo uphold` that are its own, which the command takes together as `wanted`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.decision_options import Meanings, decision_options, refuse_unjustified
from ndoo.cli.list_options import PATH
from ndoo.cli.option_group import option_group
from ndoo.cli.output_options import HeldOutput, dry_run_option, force_option, refuse_standard_output
from ndoo.cli.table_options import table_options
from ndoo.cli.type1_options import type1_options
from ndoo.domain.errors import UsageFault

if TYPE_CHECKING:
    from ndoo.type1.sql_entries import CodesTable


@dataclass(frozen=True, slots=True)
class UpholdOptions:
    """What was asked for."""

    output: str | None
    """A file; a folder, where it ends as one, or where the input is one, or several."""
    held: Path | None
    describe: bool
    nhs_number: str | None
    also: tuple[str, ...]
    ignored: tuple[str, ...]
    leads_to_nobody: tuple[str, ...]
    type1: tuple[Path | CodesTable, ...]
    flow_file: Path | None
    undecided: str
    mentions: str
    justification: str | None
    expected: tuple[float, float] | None
    asset: str | None
    released_by: str | None
    shape: Path | None
    engine: str | None
    table_version: int | None
    table: str | None
    schema: str | None
    into: str | None
    form: str
    replace: bool
    manifest: Path | None

    def judge(self) -> None:
        """Raises UsageFault where options contradict each other, whatever the input is."""
        if self.output:
            refuse_standard_output(self.output)
        refuse_unjustified(self.undecided, self.justification)
        if self.released_by and not self.asset:
            raise UsageFault("asset-missing", "--released-by goes with --asset.")


uphold_options = option_group(
    "wanted",
    UpholdOptions,
    click.option(
        "-o",
        "--output",
        metavar="OUTPUT",
        help="Where the kept rows go, in the input's format; of several inputs, or where it ends in /, a folder.",
    ),
    force_option,
    dry_run_option,
    click.option(
        "--describe",
        is_flag=True,
        help="INPUT is a folder without a datapackage.json: propose one, for you to read, put right and confirm.",
    ),
    click.option(
        "--nhs-number",
        metavar="COLUMN",
        help="The column of the person's NHS number; found by evidence if left out.",
    ),
    click.option(
        "--also",
        multiple=True,
        metavar="COLUMN",
        help="Another column of NHS numbers to apply opt-outs by; may be repeated.",
    ),
    click.option(
        "--ignore-column",
        "ignored",
        multiple=True,
        metavar="COLUMN",
        help="Another column of NHS numbers that may stay as it is; said in the manifest.",
    ),
    type1_options,
    *decision_options(
        Meanings(
            flow="Decide first whether the opt-out applies to this flow, as on today: see `ndoo applies`.",
            undecided="Rows whose person cannot be decided on: leave out and exit 6; leave out and exit 0; write nothing; "
            "or keep those with no number at all.",
            justification="Why rows without a number may stay; goes into the manifest.",
            held="Where held rows go, when they are wanted.",
            expected="The share of people, in per cent, that may be removed. Default 0.1-25; of fewer than 1,000 people, what "
            "chance explains.",
            held_as=HeldOutput(),
        )
    ),
    click.option(
        "--mentions",
        type=click.Choice(["stop", "hold"]),
        default="stop",
        show_default=True,
        help="Rows whose other cells hold the number of somebody who may not be released: write nothing and name the "
        "columns; or hold these rows back.",
    ),
    click.option(
        "--asset",
        metavar="NAME",
        help="Compare with earlier releases of this asset; stop where that would tell who opted out.",
    ),
    click.option(
        "--released-by",
        metavar="NAME",
        help="With --asset: the second person who releases it all the same. Taken as said: nobody checks who they are.",
    ),
    click.option(
        "--shape",
        type=PATH,
        metavar="FILE",
        help="Where the feed's shape is pinned: written the first time; from then on another shape stops the run.",
    ),
    click.option(
        "--engine",
        type=click.Choice(["spark"]),
        help="Let Spark do it: INPUT is a Parquet file or a folder of these, partitioned or not.",
    ),
    click.option(
        "--table-version",
        type=click.IntRange(min=0),
        metavar="N",
        help="Of a Delta table: the version to uphold; the newest if left out. The manifest says which.",
    ),
    table_options,
)
"""Adds them all, those of tables and of Type 1 opt-outs too."""

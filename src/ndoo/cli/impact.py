"""`ndoo impact BEFORE AFTER --by COLUMN`"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.list_options import PATH, When, now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import OutputForm, force_option, output_option
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import masked

if TYPE_CHECKING:
    from ndoo.impact.report import Impact

REPORT = OutputForm(
    "a page or the pictures alone",
    (".html", ".svg"),
    UsageFault("impact-output", "The report is written as .html or .svg: end the name that -o gives in one of these."),
)


@click.command(name="impact")
@click.argument("before", type=PATH)
@click.argument("after", type=PATH)
@click.option("--by", multiple=True, required=True, metavar="COLUMN", help="Group by this column; may be repeated.")
@click.option("--nhs-number", metavar="COLUMN", help="The patients' NHS number; else the one of AFTER's manifest.")
@click.option("--rows", "by_rows", is_flag=True, help="Count rows; groups of few people are hidden all the same.")
@click.option(
    "--on", type=When(), metavar="DAY", help="The day at which people have an age; else that of AFTER's manifest."
)
@force_option
@output_option("-o", "--output", form=REPORT, metavar="FILE", help="A page (.html) or the pictures alone (.svg).")
@click.option(
    "--title", default="What upholding opt-outs did to the cohort", show_default=True, help="The page's title."
)
@speech_options
def command(
    before: Path,
    after: Path,
    by: tuple[str, ...],
    nhs_number: str | None,
    by_rows: bool,
    on: datetime | date | None,
    output: Path | None,
    title: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Compare the table BEFORE an exclusion with the one AFTER it: who was lost, by age, sex, area or any column.

    Ages and dates of birth are put in bands of ten years, other dates in years. Counts of 1 to 7 are not shown, nor what
    would give them away. Nobody is named.
    """
    from ndoo.domain.nhs_number import names_somebody
    from ndoo.domain.settings import data_folder
    from ndoo.impact.earlier_reports import EarlierReports
    from ndoo.impact.report import Cohort, compare
    from ndoo.impact.report_text import TOLD_BEFORE, paragraph
    from ndoo.upholding.datasets.some_columns import number_columns
    from ndoo.upholding.input_files.source import first_bytes

    speech = Speech(as_json=as_json, quiet=quiet)
    if names_somebody(title) or (output and names_somebody(output.name)):
        raise UsageFault("name-identifies", "The title or the output's name holds what is a valid NHS number.")
    for path in (before, after):
        first_bytes(path, 1)
    if output and any(output.resolve() == path.resolve() for path in (before, after)):
        raise UsageFault("output-is-input", f"{masked(str(output))} would overwrite an input. Name another output.")
    released = _released(after)
    number = nhs_number or released.nhs_number
    if by_rows and number is None and len(there := number_columns(before)) == 1:
        (number,) = there
    if number is None:
        raise UsageFault(
            "impact-unit",
            f"There is no manifest beside {masked(str(after))} that says which column holds the NHS numbers. Name it with --nhs-number COLUMN.",
        )
    day = london_date(on or released.at or now())
    earlier = EarlierReports(data_folder(), before, after)
    cohort = Cohort(before, after, number, by_rows)
    with speech.progress(cohort.bytes_read, "Comparing") as progress:
        impact = compare(cohort, by, on=day, earlier=earlier.columns, progress=progress)
    earlier.keep(impact.shown)
    if output:
        _written(impact, output, title)
        speech.note(f"Wrote {output}.")
    _said(impact, speech)
    speech.say(paragraph(impact))
    if impact.told_before:
        speech.warn(TOLD_BEFORE)
    speech.answer({**impact.told(), "on": day.isoformat(), "paragraph": paragraph(impact)})
    return 0


@dataclass(frozen=True, slots=True)
class _Released:
    """What the manifest beside AFTER says, if there is one."""

    nhs_number: str | None = None
    at: datetime | None = None


def _released(after: Path) -> _Released:
    """Of a manifest that cannot be read nothing is known.

    Raises:
        UnfitData: one that can be read says what no manifest says.
    """
    from ndoo.domain.errors import UnfitData
    from ndoo.evidence.manifest import manifest_path, read_manifest
    from ndoo.upholding.verify.verification import FORGED

    try:
        manifest = read_manifest(manifest_path(after))
    except UnfitData:
        return _Released()
    try:
        at = datetime.fromisoformat(manifest.created)
        london_date(at)
        return _Released(manifest.columns.nhs_number, at)
    except (*FORGED, OverflowError):
        raise UnfitData("manifest-description", "The manifest's description of the file cannot be read.") from None


def _said(impact: Impact, speech: Speech) -> None:
    from ndoo.impact.report_text import HEADING, headline, rows

    for table in impact.tables:
        speech.say(headline(table))
        speech.table((f"({table.grouping})", *HEADING[1:]), rows(table))
        speech.say()


def _written(impact: Impact, output: Path, title: str) -> None:
    """The page or the pictures, whole or not at all."""
    from ndoo.impact.page import page, pictures
    from ndoo.upholding.publication.publish import OutputTerms, Publication
    from ndoo.upholding.publication.sink import Sink

    text = page(impact, title) if output.suffix.lower() == ".html" else pictures(impact)
    with Publication(output, terms=OutputTerms(force=True)) as publication:
        with Sink(publication.draft(output).handle, None) as sink:
            sink.write(text.encode()).result()
            sink.finish()
        publication.publish()

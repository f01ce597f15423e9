"""`ndoo statistics -o FOLDER`"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.help_texts import GroupedCommand
from ndoo.cli.list_options import PATH, When, now
from ndoo.cli.option_group import Decorator, option_group
from ndoo.cli.output import Speech, number, speech_options, stored_size
from ndoo.cli.output_options import is_there
from ndoo.domain.london import london_date
from ndoo.domain.plurals import counted as agreeing
from ndoo.domain.settings import data_folder

if TYPE_CHECKING:
    from ndoo.numbers.number_set import NumberSet

FOREVER = 1_000_000
"""Days: statistics of a day long past are still of that day."""


@dataclass(frozen=True, slots=True)
class CountedChoices:
    """Whose choices are counted, and as at when."""

    as_at: datetime | date | None
    register: bool
    snapshot: Path | None
    opted_out: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ReferenceFiles:
    """Who the people are, and what is known of practices and areas."""

    people: Path
    list_sizes: Path
    practices: Path
    areas: Path


def _file_option(name: str, what: str) -> Decorator:
    return click.option(name, type=PATH, required=True, metavar="FILE", help=what)


_choice_options = option_group(
    "choices",
    CountedChoices,
    click.option(
        "--as-at", type=When(), metavar="WHEN", help="As the choices stood then; default: the first of this month."
    ),
    click.option("--register", is_flag=True, help="The choices of the register in NDOO_DATABASE_URL."),
    click.option("--snapshot", type=PATH, metavar="FILE", help="Those of a snapshot, as at its own time."),
    click.option(
        "--opted-out",
        type=PATH,
        multiple=True,
        metavar="FILE",
        help="Those of a list of who had opted out at --as-at; may be repeated.",
    ),
)
_file_options = option_group(
    "files",
    ReferenceFiles,
    _file_option(
        "--people",
        "Who they are: nhs_number, date_of_birth, sex, date_of_death, gp_practice, lsoa (CSV, Parquet or Arrow).",
    ),
    _file_option(
        "--list-sizes",
        "How many people are registered: gp_practice, list_size, and if known sex and age_band (CSV).",
    ),
    _file_option("--practices", "The open practices, with the columns of reg_geo that describe them (CSV)."),
    _file_option("--areas", "The small areas, with the columns of res_geo that describe them (CSV)."),
)


@click.command(name="statistics", cls=GroupedCommand)
@click.option(
    "-o", "--output", type=PATH, required=True, metavar="FOLDER", help="A new folder for the tables and the page."
)
@_choice_options
@_file_options
@click.option(
    "--earlier",
    type=PATH,
    multiple=True,
    metavar="FOLDER",
    help="What was published before: a publication, or a folder of them; may be repeated.",
)
@click.option(
    "--earlier-accepted-by",
    metavar="NAME",
    help="Who has seen that earlier publications by themselves give small numbers away, and goes on.",
)
@click.option(
    "--exact-national",
    is_flag=True,
    help="National numbers as they are, as the official form has them: then each month's change is known exactly.",
)
@click.option("--beside", type=PATH, metavar="FILE", help="A file that NHS Digital published, to be shown beside.")
@click.option(
    "--test-numbers", is_flag=True, help="Count NHS numbers that start with 9 too: a trial with made-up people."
)
@click.option("--title", default="National data opt-out", show_default=True, help="The page's title.")
@speech_options
def command(
    output: Path,
    choices: CountedChoices,
    files: ReferenceFiles,
    earlier: tuple[Path, ...],
    earlier_accepted_by: str | None,
    exact_national: bool,
    beside: Path | None,
    test_numbers: bool,
    title: str,
    as_json: bool,
    quiet: bool,
) -> int:
    """Publish how many people have opted out: by age and sex, by practice, by small area, and as a page with charts.

    Numbers of 1 to 7 are suppressed and all others rounded to 5; then a solver tries to work small numbers out from all
    tables and every earlier publication, and more is suppressed until it cannot.
    """
    from ndoo.domain.errors import UsageFault
    from ndoo.domain.nhs_number import names_somebody
    from ndoo.evidence.manifest import written as written_record
    from ndoo.evidence.seal import load_sealer
    from ndoo.statistics.disclosure import controlled, looked_at_again
    from ndoo.statistics.page import headline, page
    from ndoo.statistics.people import counted
    from ndoo.statistics.published import read_published
    from ndoo.statistics.published_files import PAGE, RECORD, earlier_publications, record
    from ndoo.statistics.references import read_references
    from ndoo.statistics.tables import cells_of, written
    from ndoo.upholding.publication.output_names import refuse_file_name_of_folder

    speech, created = Speech(as_json=as_json, quiet=quiet), now()
    if any(names_somebody(text) for text in (title, output.name, earlier_accepted_by or "")):
        raise UsageFault(
            "name-identifies", "A name or a title holds what is a valid NHS number. It is published: say it without."
        )
    refuse_file_name_of_folder(output)
    if is_there(output):
        raise UsageFault(
            "statistics-exists", "That folder is there already, and what was published stays. Name a new one."
        )
    with speech.progress(0, "Reading what is counted") as progress:
        before = earlier_publications(earlier)
        references = read_references(files.practices, files.areas, files.list_sizes)
        chosen, day = _chosen(choices, created)
        found = counted(
            files.people,
            chosen,
            day,
            practices=references.practices,
            areas=references.areas,
            test_numbers=test_numbers,
            progress=progress.turn_to("Counting who opted out", stored_size(files.people)),
        )
        progress.turn_to("Protecting small numbers", size=0)
        published = read_published(beside, day) if beside else None
        safe = controlled(
            found.cells,
            cells_of(references),
            day,
            references.list_sizes,
            before,
            earlier_accepted=bool(earlier_accepted_by),
            exact_national=exact_national,
        )
        tables = written(safe, references)
        looked_at_again(tables, safe, before)
        tables[PAGE] = page(safe, references, title, published).encode()
    document = load_sealer(data_folder()).seal(
        record(safe, tables, created, earlier=len(before), accepted_by=earlier_accepted_by)
    )
    _publish(output, {**tables, RECORD: written_record(document)})
    said = document["disclosure_control"]
    speech.say(headline(safe))
    if exact_national:
        speech.warn(
            "The national numbers are exact, so everybody sees by how many people they change from month to month."
        )
    if found.unmet:
        speech.say("Some of them are not in the table of people: they are counted as unknown and unallocated.")
    if found.tests:
        speech.say(f"Test numbers (they start with 9) left aside: {number(found.tests)}.")
    speech.say(
        f"Suppressed numbers: {number(said['cells_suppressed'])} of {number(said['cells'])}. Nothing small can be worked out "
        f"from them{_and_earlier(len(before))}."
    )
    speech.say(f"Wrote {output}, signed with key {document['seal']['public_key']}.")
    speech.answer({**document, "headline": headline(safe), "folder": str(output)})
    return 0


def _and_earlier(many: int) -> str:
    return f" and {agreeing(many, 'earlier publication')}" if many else ""


def _chosen(choices: CountedChoices, created: datetime) -> tuple[NumberSet, date]:
    """Who had opted out, and as at which day. A list may be as old as it is: it speaks of that day."""
    from ndoo.cli.register_person import asked_moment
    from ndoo.domain.answers import Polarity
    from ndoo.domain.errors import UsageFault

    if sum(map(bool, (choices.register, choices.snapshot, choices.opted_out))) != 1:
        raise UsageFault(
            "statistics-choices",
            "Give one of --register, --snapshot and --opted-out. It says whose choices are counted.",
        )
    if choices.snapshot:
        from ndoo.checking.snapshot_file import read_snapshot

        if choices.as_at:
            raise UsageFault("statistics-as-at", "A snapshot is dated: --as-at goes with --register or --opted-out.")
        listed = read_snapshot(choices.snapshot, now=created, limit_days=FOREVER)
        return listed.listed, london_date(listed.provenance.checked_at)
    if choices.opted_out:
        from ndoo.checking.list_file import read_lists

        if not choices.as_at:
            raise UsageFault("statistics-as-at", "Give the date of the list with --as-at.")
        listed = read_lists(
            choices.opted_out, Polarity.OPTED_OUT, checked_at=choices.as_at, now=created, limit_days=FOREVER
        )
        return listed.listed, london_date(choices.as_at)
    from ndoo.cli.register_session import opened

    with opened():
        from ndoo.service.choices.opted_out import opted_out as standing

        when = asked_moment(choices.as_at or london_date(created).replace(day=1))
        people, _ = standing(when.past)
    return people, london_date(when.said)


def _publish(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files in a new folder, the record last: without it nothing counts as published."""
    from ndoo.domain.machine_faults import explained
    from ndoo.upholding.publication.publish import Publication
    from ndoo.upholding.publication.sink import Sink

    try:
        folder.mkdir()
    except OSError as error:
        raise explained(error, "the output") from None
    try:
        with Publication(*(folder / name for name in files)) as publication:
            for name, raw in files.items():
                with Sink(publication.draft(folder / name).handle, None) as sink:
                    sink.write(raw).result()
                    sink.finish()
            publication.publish()
    except BaseException:
        with suppress(OSError):
            folder.rmdir()
        raise

"""`ndoo type1 status CODES` and `ndoo type1 rerun MANIFEST`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.output_options import TABLE, force_option, output_option
from ndoo.cli.type1_options import Codes, warned
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder, trust_unconfirmed_type1

if TYPE_CHECKING:
    from ndoo.type1.sql_entries import CodesTable
    from ndoo.type1.status import Type1Status

HELD_BACK = AGAIN = 6
_ROWS = (("dissent", "dissent"), ("withdrawn", "withdrawn"), ("not_recorded", "not recorded"), ("people_held", "held"))


@click.group(name="type1")
def command() -> None:
    """Type 1 opt-outs: objections in the GP record to identifiable GP data leaving the practice."""


@command.command(name="status")
@click.argument("codes", nargs=-1, required=True, type=Codes())
@force_option
@output_option(
    "-o", "--output", form=TABLE, metavar="FILE", help="A CSV file: nhs_number, status, since; readable by you alone."
)
@speech_options
def status(codes: tuple[Path | CodesTable, ...], output: Path | None, as_json: bool, quiet: bool) -> int:
    """The Type 1 status of each patient from CODES: coded GP entries as CSV, Parquet or FHIR, a
    folder of them, or a table in a database (ADDRESS#TABLE).

    Columns: nhs_number, code, date, and if you like scheme and practice. The latest dated entry decides, on one day
    dissent; entries without a date, from the future or under a number that cannot be read are held. Each file is a source
    of its own; where two disagree, dissent stands.
    """
    from ndoo.type1.status import read_status

    speech = Speech(as_json=as_json, quiet=quiet)
    with speech.progress(0, "Reading coded entries"):
        found = read_status(codes, now(), trust=trust_unconfirmed_type1())
    if output:
        _written(found, output, codes)
    counts = found.counts
    speech.table(("", "people"), [(word, number(counts[key])) for key, word in _ROWS])
    for reason, count in counts["held"].items():
        speech.say(f"    entries held, {reason}: {number(count)}")
    if output:
        speech.note(f"Wrote {output}.")
    warned(found, speech)
    speech.answer(counts)
    return HELD_BACK if counts["held"] else 0


@command.command(name="rerun")
@click.argument("releases", nargs=-1, required=True, metavar="RELEASES…")
@click.option(
    "--type1",
    "codes",
    multiple=True,
    required=True,
    type=Codes(),
    metavar="CODES",
    help="The coded entries as they are now.",
)
@speech_options
def rerun(releases: tuple[str, ...], codes: tuple[Path | CodesTable, ...], as_json: bool, quiet: bool) -> int:
    """Which ongoing datasets must be made again, because somebody in them has a Type 1 opt-out now?

    RELEASES are earlier releases that are still in use, of every kind, wherever they lie: files, folders, their manifests, folders that
    hold them, databases and tables in them. One of which only the manifest is here is listed too, unless the coded entries are the very
    same as then; one that upheld no Type 1 opt-outs is not. Nobody is named. Exit status 6 where one is to be made again.

    `ndoo recall RELEASES --type1 CODES` asks the same of every release, whatever it upheld.
    """
    from ndoo.cli.type1_options import chosen_type1
    from ndoo.evidence.seal import own_keys
    from ndoo.upholding.found_releases import find_some
    from ndoo.upholding.recall import reruns

    speech = Speech(as_json=as_json, quiet=quiet)
    objections = chosen_type1(codes, now(), speech)
    if objections is None:
        raise AssertionError("click asks for --type1")
    found = find_some(releases)
    with speech.progress(len(found.releases), "Looking into releases", "release") as progress:
        answers = reruns(found, objections, own_keys(data_folder()), progress)
    again = [answer for answer in answers if answer.again]
    read = [answer for answer in answers if answer.created]
    unread = [answer for answer in answers if not answer.created]
    speech.say(f"To be made again: {number(sum(one.again for one in read))} of {counted(len(read), 'dataset')}.")
    for answer in read:
        if answer.again:
            speech.say(f"  {answer.dataset} ({answer.created}): {answer.because}")
    if unread:
        speech.say("Not known, so look into it:", always=True)
    for answer in unread:
        speech.say(f"  {answer.dataset}: {answer.because}", always=True)
    speech.answer(
        {
            "rerun": [answer.told() for answer in again],
            "clear": [answer.told() for answer in answers if not answer.again],
        }
    )
    return AGAIN if again else 0


def _written(found: Type1Status, output: Path, codes: tuple[Path | CodesTable, ...]) -> None:
    """The list of people, whole or not at all."""
    from ndoo.domain.errors import UsageFault
    from ndoo.domain.nhs_number import names_somebody
    from ndoo.upholding.publication.publish import OutputTerms, Publication
    from ndoo.upholding.publication.sink import Sink

    if names_somebody(output.name):
        raise UsageFault("name-identifies", "A file's name holds what is a valid NHS number. Rename it: names travel.")
    if any(
        path.resolve() == output.resolve() or path.resolve() == output.parent.resolve()
        for path in codes
        if isinstance(path, Path)
    ):
        raise UsageFault("output-is-input", "The output would overwrite an input, or join them. Name another output.")
    with Publication(output, terms=OutputTerms(force=True)) as publication:
        with Sink(publication.draft(output, private=True).handle, None) as sink:
            sink.write(b"nhs_number,status,since\n")
            for piece in found.lines():
                sink.write(piece).result()
            sink.finish()
        publication.publish()

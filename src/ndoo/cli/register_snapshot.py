"""`ndoo register snapshot`: the sealed, dated file by which others uphold the register."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from ndoo.cli.list_options import When, now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import OutputForm, force_option, is_snapshot, output_option
from ndoo.cli.register_person import asked_moment
from ndoo.cli.register_session import opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import instant, spoken
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder

SNAPSHOT = OutputForm("a snapshot of a register", (".snapshot", ".dat"))


@click.command(name="snapshot", short_help="Write who has opted out, dated and sealed.")
@force_option
@output_option(
    "-o", "--output", form=SNAPSHOT, ours=is_snapshot, required=True, metavar="FILE", help="Where the snapshot goes."
)
@click.option("--as-at", type=When(), metavar="WHEN", help="As it stood then; a day means its end in London.")
@speech_options
def snapshot(output: Path, as_at: datetime | date | None, as_json: bool, quiet: bool) -> None:
    """Write who has opted out to FILE, dated and sealed, readable by you alone.

    It holds NHS numbers: guard it like the register. `ndoo uphold … --snapshot FILE` reads it, until it is too old.
    """
    from ndoo.checking.snapshot_format import snapshot as sealed_snapshot
    from ndoo.evidence.seal import load_sealer
    from ndoo.upholding.publication.publish import OutputTerms, Publication
    from ndoo.upholding.publication.sink import Sink

    if names_somebody(output.name):
        raise UsageFault(
            "name-identifies", "A file's name holds what is a valid NHS number. Rename it: names travel with the file."
        )
    speech = Speech(as_json=as_json, quiet=quiet)
    with (
        opened(),
        Publication(output, terms=OutputTerms(force=True)) as publication,
        speech.progress(0, "Writing the snapshot"),
    ):
        from ndoo.service.choices.opted_out import opted_out

        when = asked_moment(as_at)
        people, count = opted_out(when.past)
        heading, whole = sealed_snapshot(people, count, load_sealer(data_folder()), as_at=when.said, created=now())
        with Sink(publication.draft(output, private=True).handle, None) as sink:
            sink.write(whole).result()
        publication.publish()
    speech.say(
        f"{counted(count, 'person')} had opted out at {spoken(instant(heading['as_at']))}: {counted(len(whole), 'byte')} in {output},"
    )
    speech.say(f"sealed by {heading['seal']['public_key']}. Whoever gets the file should know that key.")
    speech.answer({**heading, "bytes": len(whole)})

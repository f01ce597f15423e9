"""`ndoo ledger export`: the whole log in a file, for whoever checks it elsewhere."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import JSON_LINES, force_option, is_ledger_export, output_option
from ndoo.cli.register_session import opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.plurals import counted

_LINES = 2_000


@click.command(name="export", short_help="Write the whole log to a file that proves itself.")
@force_option
@output_option(
    "-o",
    "--output",
    form=JSON_LINES,
    ours=is_ledger_export,
    required=True,
    metavar="FILE",
    help="Where the export goes.",
)
@speech_options
def export(output: Path, as_json: bool, quiet: bool) -> None:
    """Write the log to FILE: its newest head, and each leaf's entry on a line.

    No personal value is in it, only commitments, which say nothing. `ndoo ledger verify FILE` checks it anywhere.
    """
    from ndoo.evidence.ledger.export import first_line
    from ndoo.upholding.publication.publish import OutputTerms, Publication
    from ndoo.upholding.publication.sink import Sink

    if names_somebody(output.name):
        raise UsageFault(
            "name-identifies", "A file's name holds what is a valid NHS number. Rename it: names travel with the file."
        )
    speech = Speech(as_json=as_json, quiet=quiet)
    with (
        opened(),
        speech.progress(0, "Exporting the ledger", "leaf") as progress,
        Publication(output, terms=OutputTerms(force=True)) as publication,
    ):
        from ndoo.service.ledger.check_ledger import bodies_up_to
        from ndoo.service.ledger.heads import seal
        from ndoo.service.read_snapshot import one_view

        document = seal(now()).document
        with one_view(), Sink(publication.draft(output, private=True).handle, None) as sink:
            sink.write(first_line(document)).result()
            entries, done = bodies_up_to(document["size"]), 0
            progress.turn_to("Exporting the ledger", document["size"])
            while piece := list(islice(entries, _LINES)):
                sink.write(b"\n".join((*piece, b""))).result()
                progress(done := done + len(piece))
        publication.publish()
    speech.say(f"{counted(document['size'], 'leaf')} in {output}, root {document['root']},")
    speech.say(f"sealed by {document['seal']['public_key']}. Whoever checks it should know that key.")
    speech.answer(document)

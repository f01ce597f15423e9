"""`ndoo verify OUTPUT`"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.list_options import PATH, alone, chosen_list, list_options, now
from ndoo.cli.speech import Speech, speech_options, stored_size
from ndoo.cli.type1_options import chosen_type1, type1_options

if TYPE_CHECKING:
    from ndoo.type1.sql_entries import CodesTable

FAILED = 3


@click.command(name="verify")
@click.argument("output", type=PATH)
@click.option(
    "--nhs-number",
    metavar="COLUMN",
    help="The column that you expect to be the person's; else the manifest's.",
)
@list_options
@type1_options
@click.option(
    "--signed-by",
    metavar="KEY",
    help="The public key that must have sealed the manifest, as `ndoo uphold` prints it.",
)
@speech_options
def command(
    output: Path, nhs_number: str | None, allowed: Path | None, opted_out: Path | None, requested: Path | None,
    checked_at: datetime | date | None, register: bool, snapshot: Path | None, snapshot_signed_by: str | None,
    mesh: str | None, timeout: float,
    type1: tuple[Path | CodesTable, ...], signed_by: str | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Prove, from its manifest and a list, that OUTPUT is whole, unchanged, and holds nobody who opted out.

    OUTPUT may be a released folder of linked tables: then every key is walked anew.

    The list may be a later one than the release was made with: then the answer says whether the file may still be used.
    """
    from ndoo.upholding.fhir.verify import is_fhir_release
    from ndoo.upholding.source import first_bytes
    from ndoo.upholding.verify import needs_no_list

    speech = Speech(as_json=as_json, quiet=quiet)
    if is_fhir_release(output):
        from ndoo.upholding.fhir.verify import verify_fhir as verify
    elif output.is_dir():
        from ndoo.upholding.linked.verify import verify_folder as verify
    else:
        from ndoo.upholding.verify import verify

        first_bytes(output, 1)
    alone(mesh, allowed, opted_out, requested, checked_at, register, snapshot, snapshot_signed_by)
    cleaned = None
    objections = chosen_type1(type1, now(), speech)
    with ExitStack() as stack:
        if mesh:
            from ndoo.cli.check_mesh import asked_about
            from ndoo.upholding.verify import described

            columns, reading = described(output)
            named = (columns.nhs_number, columns.also, columns.ignored)
            cleaned = stack.enter_context(asked_about(mesh, output, named, reading, timeout, speech))
        elif allowed or opted_out or register or snapshot or not needs_no_list(output):
            cleaned = chosen_list(allowed, opted_out, requested, checked_at, now(),
                                  register=register, snapshot=snapshot, snapshot_signed_by=snapshot_signed_by)  # fmt: skip
        with speech.progress(stored_size(output), "Verifying") as progress:
            result = verify(
                output, cleaned, signed_by=signed_by, nhs_number=nhs_number, type1=objections, progress=progress
            )
    for promise in result.promises:
        speech.say(f"  {'kept  ' if promise.kept else 'BROKEN'}  {promise.name}: {promise.because}")
    if result.sealed_by and not signed_by:
        speech.say(f"Sealed by {result.sealed_by}. Ask the sender for their key, and name it with --signed-by.")
    provenance = cleaned.provenance if cleaned else None
    if provenance and provenance.sealed_by and not snapshot_signed_by:
        speech.say(
            f"The snapshot is sealed by {provenance.sealed_by}: name the key you expect with --snapshot-signed-by."
        )
    speech.say("Verified." if result.verified else "NOT verified. Do not release or use this file.")
    speech.answer({
        "verified": result.verified,
        "promises": [asdict(promise) for promise in result.promises],
        "sealed_by": result.sealed_by,
        "list": provenance and {
            "polarity": str(provenance.polarity), "source": provenance.source, "checked_at": provenance.checked_at.isoformat(),
            "age_days": provenance.age_days, "numbers": provenance.numbers,
        },
        "type1": objections and objections.record,
    })  # fmt: skip
    return 0 if result.verified else FAILED

"""`ndoo verify OUTPUT`"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.decision_options import DecisionOptions
from ndoo.cli.help_texts import GroupedCommand
from ndoo.cli.left_aside import say_left_aside
from ndoo.cli.list_options import ListOptions, chosen_list, list_options, now
from ndoo.cli.output import Speech, speech_options, stored_size
from ndoo.cli.progress_line import BYTES
from ndoo.cli.signer import UNKNOWN, signer_named, signer_of, signer_option
from ndoo.cli.type1_options import chosen_type1, type1_options
from ndoo.cli.verify_expected import expected_options, kept_besides
from ndoo.cli.verify_place import released_at
from ndoo.domain.errors import UsageFault

if TYPE_CHECKING:
    from ndoo.evidence.release import Release
    from ndoo.type1.sql_entries import CodesTable

FAILED = 3
NOT_CHECKED = (
    "The list was not checked: whether somebody in it has opted out, now or on the day of the release, was not looked up here. Who "
    "sealed it answers for that."
)


@click.command(name="verify", cls=GroupedCommand)
@click.argument("output")
@click.option(
    "--nhs-number",
    metavar="COLUMN",
    help="The column that you expect to be the person's; else the manifest's.",
)
@list_options
@type1_options
@signer_option
@click.option(
    "--no-list",
    is_flag=True,
    help="Check the seal, the counts, the digest and the rows, and no list: what a recipient without one can check.",
)
@expected_options
@click.option("--table", metavar="TABLE", help="OUTPUT is the address of a database: the released table in it.")
@click.option("--schema", metavar="SCHEMA", help="In PostgreSQL: the released schema, with all its tables.")
@speech_options
def command(
    output: str,
    nhs_number: str | None,
    listed: ListOptions,
    type1: tuple[Path | CodesTable, ...],
    signed_by: str | None,
    no_list: bool,
    table: str | None,
    schema: str | None,
    expected: DecisionOptions,
    as_json: bool,
    quiet: bool,
) -> int:
    """Prove, from its manifest and a list, that OUTPUT is whole, unchanged, and holds nobody who opted out.

    OUTPUT may be a released folder of linked tables: then every key is walked anew. It may be a folder of Parquet that
    was released with --engine spark; Spark is not needed to verify it.

    OUTPUT may be a table or a schema in a database, ADDRESS#TABLE, as the manifest of `ndoo uphold` names it: it is
    verified where it lies, and nothing there is changed.

    The list may be a later one than the release was made with: then the answer says whether the file may still be used.

    Exit status 8 where everything holds, but nobody here knows whose seal it is: this account's own key, one that `ndoo key trust`
    named, and the one of --signed-by are known.
    """
    from ndoo.upholding.database_address import is_address
    from ndoo.upholding.safeguards.plausibility import warnings_of
    from ndoo.upholding.verify.verification import ReleaseQuestion
    from ndoo.upholding.verify_release import verify_release

    speech = Speech(as_json=as_json, quiet=quiet)
    path = None if is_address(output) else Path(output)
    if path and (table or schema):
        raise UsageFault("table-of-file", "--table and --schema go with the address of a database, not with a file.")
    if listed.mesh and (not path or path.is_dir()):
        raise UsageFault(
            "mesh-and-table", "--mesh asks about the people of a file. With a folder or a database, name a list."
        )
    if no_list and (listed.names_one or listed.mesh or type1):
        raise UsageFault("no-list-and-list", "--no-list checks no list: name none, and no coded entries.")
    signer = signer_named(signed_by)
    listed.judge_mesh()
    cleaned = None
    objections = chosen_type1(type1, now(), speech)
    with ExitStack() as stack:
        release = _released(path) if path else released_at(output, table, schema)
        document = release.manifest
        size, unit = (stored_size(release.place), BYTES) if isinstance(release.place, Path) else (0, "row")
        if listed.mesh and path:
            from ndoo.cli.check_mesh import asked_about
            from ndoo.evidence.release import ReleaseKind
            from ndoo.upholding.columns import ColumnChoice
            from ndoo.upholding.files.verify import described
            from ndoo.upholding.people_asked import AskedDataset

            columns, reading = described(path)
            choice = ColumnChoice(columns.nhs_number, columns.also, columns.ignored)
            about = AskedDataset(path, choice, reading, ReleaseKind.FILE)
            cleaned = stack.enter_context(asked_about(listed.mesh, about, listed.patience, speech))
        elif listed.names_one or not (no_list or document.needs_no_list):
            cleaned = chosen_list(listed, now(), otherwise="; or --no-list, to check everything but the list")
        question = ReleaseQuestion(cleaned, objections, signer, nhs_number, by_what_is_named=no_list)
        with speech.progress(size, "Verifying", unit) as progress:
            result = verify_release(release, question, progress)
    result = replace(result, promises=(*result.promises, *kept_besides(expected, document, path)))
    for promise in result.promises:
        told = f"  {'PASS' if promise.kept else 'FAIL'}  {promise.name}: {promise.because}"
        speech.say(told, always=not promise.kept)
    warnings = [*document.warnings, *(warnings_of(cleaned.provenance) if cleaned else ())]
    for warned in warnings:
        speech.warn(warned.message)
    say_left_aside(document, result.met.ignored, speech)
    sealed_by = signer_of(result.sealed_by, signer)
    if sealed_by:
        speech.say(sealed_by.told, always=not sealed_by.known)
    provenance = cleaned.provenance if cleaned else None
    if provenance and provenance.sealed_by and not listed.snapshot_signed_by:
        speech.say(
            f"The snapshot is sealed by {provenance.sealed_by}: name the key you expect with --snapshot-signed-by."
        )
    if no_list:
        speech.warn(NOT_CHECKED)
    status = FAILED if not result.verified else 0 if sealed_by and sealed_by.known else UNKNOWN
    speech.say(
        {
            0: "Verified, but for the list." if no_list else "Verified.",
            UNKNOWN: "Everything holds, under a seal that nobody here knows.",
            FAILED: f"NOT verified. Do not release or use this {_kind(path)}.",
        }[status],
        always=status != 0,
    )
    speech.answer(
        {
            "verified": result.verified,
            "promises": [asdict(promise) for promise in result.promises],
            "sealed_by": result.sealed_by,
            "signer": sealed_by and sealed_by.name,
            "list_checked": not no_list,
            "list": provenance
            and {
                "polarity": str(provenance.polarity),
                "source": provenance.source,
                "checked_at": provenance.checked_at.isoformat(),
                "age_days": provenance.age_days,
                "numbers": provenance.numbers,
            },
            "type1": objections and objections.record,
            "warnings": [asdict(warned) for warned in warnings],
            "ignored": [asdict(sighting) for sighting in result.met.ignored],
            "leads_to_nobody": list(document.leads_to_nobody),
        }
    )
    return status


def _kind(path: Path | None) -> str:
    """What was verified, in a word."""
    if path is None:
        return "table"
    return "folder" if path.is_dir() else "file"


def _released(path: Path) -> Release:
    """The release at a path, which is there."""
    from ndoo.evidence.manifest import released_manifest
    from ndoo.evidence.release import place_of, release_at
    from ndoo.upholding.input_files.source import first_bytes

    place = place_of(path)
    if not (place.is_dir() or released_manifest(place).exists()):
        first_bytes(place, 1)
    release = release_at(path)
    if not place.is_dir():
        first_bytes(place, 1)
    return release

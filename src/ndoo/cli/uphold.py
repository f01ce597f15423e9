"""`ndoo uphold INPUT -o OUTPUT`"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from ndoo.cli.help_texts import GroupedCommand
from ndoo.cli.list_options import ListOptions, list_options
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import STANDARD, folder_for, names_folder, said_terms, told_of_dry_run
from ndoo.cli.reading_options import reading_from, reading_options
from ndoo.cli.standard_input import read_input
from ndoo.cli.table_options import place_named
from ndoo.cli.uphold_options import UpholdOptions, uphold_options
from ndoo.cli.uphold_report import report
from ndoo.cli.uphold_run import Run
from ndoo.domain.errors import UsageFault


@click.command(name="uphold", cls=GroupedCommand)
@click.argument("sources", metavar="INPUT…", nargs=-1, required=True)
@uphold_options
@list_options
@reading_options
@speech_options
def command(
    sources: tuple[str, ...], wanted: UpholdOptions, listed: ListOptions, as_json: bool, quiet: bool, **reading: Any
) -> int:
    """Remove the records of people who opted out of INPUT, and write the manifest beside the OUTPUT.

    INPUT is delimited text (plain, .gz or .zst), Parquet or an Arrow file; OUTPUT has the same format. Kept rows stay
    as they are and in order. Both files appear, or neither. INPUT - is standard input. With -o FOLDER/ the release has the
    input's name; then there may be several inputs, and all releases appear, or none.

    INPUT may be a folder of linked tables with its datapackage.json: then OUTPUT is a folder, columns are named
    TABLE.COLUMN, and whatever leads to a person who opted out goes from every table. All tables appear, or none.

    INPUT may be an Excel workbook (.xlsx): it is read strictly as text, and OUTPUT is CSV.

    INPUT may be a Delta table, a folder with a _delta_log: then OUTPUT is a new Delta table of one version, without any history.

    INPUT may be a FHIR export: NDJSON, a bundle, or a folder of these. Whatever refers to a patient follows them.

    INPUT may be the address of a database (postgresql://HOST/DATABASE, duckdb:///FILE, sqlite:///FILE): then --table and
    --into name tables in it (--schema and --into, all tables of a schema). The database compares; of a schema, up to 128 texts
    of a column are read out of it, to be taken apart. A password belongs in the environment, never in the address.
    """
    speech = Speech(as_json=as_json, quiet=quiet)
    if wanted.describe:
        from ndoo.cli.uphold_describe import described

        if len(sources) > 1:
            raise UsageFault("describe-alone", "--describe takes one folder.")
        return described(Path(sources[0]), Path(wanted.output) if wanted.output else None, speech)
    wanted.judge()
    listed.judge_mesh()
    terms = said_terms()
    if terms.dry_run and listed.mesh:
        raise UsageFault(
            "dry-run-mesh", "--dry-run sends nothing, so it cannot be used with --mesh. Give a list instead."
        )
    run = Run(wanted, listed, reading_from(**reading, version=wanted.table_version), speech, terms)
    with ExitStack() as stack:
        if len(sources) > 1:
            from ndoo.cli.uphold_several import uphold_several

            return uphold_several(sources, run)
        in_folder = bool(wanted.output) and names_folder(str(wanted.output))
        if in_folder and sources[0] == STANDARD:
            raise UsageFault("output-unnamed", "Standard input has no name. Name the file in the folder.")
        source = stack.enter_context(read_input(sources[0]))
        output = None if wanted.output is None else Path(wanted.output)
        if in_folder and Path(source).is_file():
            output = stack.enter_context(folder_for(str(wanted.output), source, dry_run=terms.dry_run))
        target = place_named(source, output, wanted)
        run.judge(source, target)
        if not run.decide():
            return run.stopped()
        outcome = run.upheld(source, target, stack)
    run.tell_decision()
    report(outcome, target, speech, dry_run=terms.dry_run)
    speech.answer(told_of_dry_run(outcome.manifest.document) if terms.dry_run else outcome.manifest.document)
    return run.status([outcome])

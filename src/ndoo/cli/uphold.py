"""`ndoo uphold INPUT -o OUTPUT`"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.expected_share import Share
from ndoo.cli.list_options import PATH, ListOptions, chosen_list, list_options, now
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.reading_options import reading_from, reading_options, say_left_out
from ndoo.cli.speech import Speech, number, speech_options, stored_size
from ndoo.cli.table_options import Place, place_named, table_options, uphold_place
from ndoo.cli.type1_options import chosen_type1, files_of, type1_options
from ndoo.domain.london import instant, spoken
from ndoo.domain.settings import data_folder

if TYPE_CHECKING:
    from ndoo.type1.sql_entries import CodesTable
    from ndoo.upholding.support import Source
    from ndoo.upholding.uphold import Outcome

HELD_BACK = 6


@click.command(name="uphold")
@click.argument("source", metavar="INPUT")
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="OUTPUT",
    help="Where the kept rows go, in the input's format.",
)
@click.option(
    "--describe",
    is_flag=True,
    help="INPUT is a folder without a datapackage.json: propose one, for you to read, put right and confirm.",
)
@click.option(
    "--nhs-number",
    metavar="COLUMN",
    help="The column of the person's NHS number; found by evidence if left out.",
)
@click.option(
    "--also",
    multiple=True,
    metavar="COLUMN",
    help="Another column of NHS numbers to uphold on; may be repeated.",
)
@click.option(
    "--ignore-column",
    "ignored",
    multiple=True,
    metavar="COLUMN",
    help="Another column of NHS numbers that may stay as it is; said in the manifest.",
)
@list_options
@type1_options
@click.option(
    "--flow",
    "flow_file",
    type=PATH,
    metavar="FLOW.toml",
    help="Decide first whether the opt-out applies to this flow, as on today: see `ndoo applies`.",
)
@click.option(
    "--undecided",
    type=click.Choice(["hold", "exclude", "stop", "keep-missing"]),
    default="hold",
    show_default=True,
    help="Rows whose person cannot be decided on: leave out and exit 6; leave out and exit 0; write nothing; "
    "or keep those with no number at all.",
)
@click.option(
    "--mentions",
    type=click.Choice(["stop", "hold"]),
    default="stop",
    show_default=True,
    help="Rows whose other cells hold the number of somebody who may not be released: write nothing and name the columns; "
    "or hold these rows back.",
)
@click.option("--justification", metavar="TEXT", help="Why rows without a number may stay; goes into the manifest.")
@click.option("--held", type=PATH, metavar="FILE", help="Where held rows go, when they are wanted.")
@click.option(
    "--expect-removed",
    "expected",
    type=Share(),
    metavar="LOW-HIGH",
    help="The share of people, in per cent, that may be removed. Default 0.1-25; of fewer than 1,000 people, what chance explains.",
)
@click.option(
    "--asset",
    metavar="NAME",
    help="Compare with earlier releases of this asset; stop where that would tell who opted out.",
)
@click.option(
    "--released-by",
    metavar="NAME",
    help="With --asset: the second person who releases it all the same. Taken as said: nobody checks who they are.",
)
@click.option("--shape", type=PATH, metavar="FILE",
              help="Where the feed's shape is pinned: written the first time; from then on another shape stops the run.")  # fmt: skip
@reading_options
@click.option(
    "--engine",
    type=click.Choice(["spark"]),
    help="Let Spark do it: INPUT is a Parquet file or a folder of these, partitioned or not.",
)
@table_options
@speech_options
def command(
    source: str, output: Path | None, describe: bool, nhs_number: str | None, also: tuple[str, ...], ignored: tuple[str, ...],
    leads_to_nobody: tuple[str, ...], listed: ListOptions, type1: tuple[Path | CodesTable, ...], flow_file: Path | None, undecided: str, mentions: str, justification: str | None, held: Path | None, expected: tuple[float, float] | None,
    asset: str | None, released_by: str | None, table: str | None, schema: str | None, into: str | None, form: str, replace: bool,
    manifest: Path | None, engine: str | None,
    shape: Path | None, as_json: bool, quiet: bool, **reading: Any,
) -> int:  # fmt: skip
    """Remove the records of people who opted out of INPUT, and write the manifest beside the OUTPUT.

    INPUT is delimited text (plain, .gz or .zst), Parquet or an Arrow file; OUTPUT has the same format. Kept rows stay
    as they are and in order. Both files appear, or neither.

    INPUT may be a folder of linked tables with its datapackage.json: then OUTPUT is a folder, columns are named
    TABLE.COLUMN, and whatever leads to a person who opted out goes from every table. All tables appear, or none.

    INPUT may be an Excel workbook (.xlsx): it is read strictly as text, and OUTPUT is CSV.

    INPUT may be a FHIR export: NDJSON, a bundle, or a folder of these. Whatever refers to a patient follows them.

    INPUT may be the address of a database (postgresql://HOST/DATABASE, duckdb:///FILE, sqlite:///FILE): then --table and
    --into name tables in it (--schema and --into, all tables of a schema), and no row leaves it. A
    password stands in the environment, never in the address.
    """
    from ndoo.domain.errors import UnfitData, UsageFault
    from ndoo.evidence.seal import load_sealer
    from ndoo.upholding.columns import WhenMentioned
    from ndoo.upholding.deciding import Undecidable
    from ndoo.upholding.request import Request
    from ndoo.upholding.source import first_bytes
    from ndoo.upholding.support import Source, Wish, refuse

    if flow_file:
        from ndoo.cli.uphold_flow import decided, stopped, told
        from ndoo.policy.type1_duty import type1_set_aside

    speech = Speech(as_json=as_json, quiet=quiet)
    if describe:
        from ndoo.cli.uphold_describe import described

        return described(Path(source), output, speech)
    mode = Undecidable(undecided)
    if (mode is Undecidable.KEEP_MISSING) != bool(justification and justification.strip()):
        raise UsageFault("justification", "--undecided keep-missing and --justification TEXT go together.")
    target = place_named(
        source, output, held, table=table, schema=schema, into=into, replace=replace, manifest=manifest, form=form
    )
    of_file = isinstance(target, Path)
    if released_by and not asset:
        raise UsageFault("asset-missing", "--released-by goes with --asset.")
    kind = _kind_of(source, target, engine)
    wished = {Wish.SHAPE: shape, Wish.ALSO: also, Wish.TYPE1: type1, Wish.HELD: held, Wish.NOBODYS: leads_to_nobody,
              Wish.MENTIONS: mentions == "hold"}  # fmt: skip
    read_as = reading_from(**reading)
    refuse(kind, *(wish for wish, said in wished.items() if said), *read_as.wished)
    refuse_own_files(output, held if of_file else None, manifest, shape)
    moment = now()
    if engine:
        from ndoo.upholding.spark.folder import uphold_parquet as uphold
    else:
        from ndoo.upholding.uphold import uphold

        if kind is Source.TEXT:
            first_bytes(Path(source), 1)
    decision = decided(flow_file, moment, with_type1=bool(type1)) if flow_file else None
    if decision and decision.outcome == "review":
        return stopped(decision, speech)
    overridden = type1_set_aside(decision, with_type1=bool(type1)) if decision else None
    listed.refuse_mesh_and_list()
    cleaned = None
    only_type1 = decision is None and type1 and not (listed.names_one or listed.mesh)
    objections = chosen_type1(type1, moment, speech)
    of_nobody = objections.record["dissents_of_nobody"] if objections else 0
    if of_nobody and mode is Undecidable.STOP:
        raise UnfitData(
            "type1-of-nobody", "Type 1 opt-outs stand under numbers that cannot be read, and --undecided is stop."
        )
    with ExitStack() as stack:
        if (decision is None or decision.outcome == "applies") and not only_type1:
            if listed.mesh:
                from ndoo.cli.check_mesh import asked_about
                from ndoo.upholding.asking import About

                place = Path(source) if isinstance(target, Path) else target.address
                inside = None if isinstance(target, Path) else target.table
                about = About(kind, place, inside, nhs_number, also, ignored, read_as)
                cleaned = stack.enter_context(asked_about(listed.mesh, about, listed.timeout, speech))
                moment = now()
            else:
                cleaned = chosen_list(listed, moment)
        said: dict[str, Any] = {
            "cleaned": cleaned, "now": moment, "nhs_number": nhs_number, "also": also, "ignored": ignored, "leads_to_nobody": leads_to_nobody,
            "undecided": mode, "justification": justification, "expected_share": expected,
            "decision": decision.to_dict() if decision else None, "type1": objections, "type1_overridden": overridden,
            "shape": shape,
        }  # fmt: skip
        if asset:
            from ndoo.cli.asset_named import asset_named

            said["asset"] = asset_named(asset, released_by)
        said["other_inputs"] = (*listed.files, *([flow_file] if flow_file else []), *files_of(type1))
        if not isinstance(target, Path):
            outcome = uphold_place(target, said)
        else:
            when = WhenMentioned(mentions)
            request = Request(input=Path(source), output=target, held=held, reading=read_as, mentions=when, **said)
            with speech.progress(stored_size(Path(source)), "Upholding") as progress:
                outcome = uphold(request, load_sealer(data_folder()), progress)
    if decision:
        told(decision, speech, with_type1=objections is not None)
    _report(outcome, str(target if isinstance(target, Path) else target.into), speech)
    held_back = (outcome.rows_held or of_nobody) and mode is not Undecidable.EXCLUDE
    if outcome.rows_held and held_back:
        speech.say("Some rows were held back because nobody can say whose they are: see the reasons above.")
    speech.answer(outcome.manifest)
    return HELD_BACK if held_back else 0


def _kind_of(source: str, target: Place | Path, engine: str | None) -> Source:
    """Where INPUT lies, as far as options go: every file is one kind."""
    from ndoo.domain.errors import UsageFault
    from ndoo.upholding.fhir.folder import holds_fhir
    from ndoo.upholding.support import Source

    if not isinstance(target, Path):
        if engine:
            raise UsageFault("engine-of-table", "--engine goes with a file or a folder. A database is its own engine.")
        return Source.SCHEMA if target.whole_schema else Source.TABLE
    if engine:
        return Source.SPARK
    if holds_fhir(Path(source)):
        return Source.FHIR
    return Source.FOLDER if Path(source).is_dir() else Source.TEXT


def _report(outcome: Outcome, output: str, speech: Speech) -> None:
    """What a person wants to see: the columns, the counts, the list, the seal."""
    manifest, rows, people = outcome.manifest, outcome.rows, outcome.people
    columns = manifest["columns"]
    if columns["nhs_number"] is not None:
        speech.say(f"Column {columns['nhs_number']!r} names the person ({columns['found']}).")
    for name in columns["also"]:
        speech.say(f"Column {name!r} was upheld on as well.")
    for name in columns["ignored"]:
        speech.say(f"Column {name!r} also holds NHS numbers and was left as it is, as you said.")
    for name in manifest.get("leads_to_nobody", ()):
        speech.say(f"{name!r} leads to nobody, as you said.")
    if "tables" in manifest or "resources" in manifest:
        _report_tables(manifest.get("tables") or manifest["resources"], speech)
    if left_out := manifest.get("left_out"):
        beside = ", ".join(one if many == 1 else f"{one} ({number(many)} files)" for one, many in left_out.items())
        speech.say(f"Left out, because it is no FHIR: {beside}.")
    speech.table(
        ("", "rows", "people"),
        [
            ("read", number(rows.read), number(people.read)),
            ("kept", number(rows.kept), number(people.kept)),
            ("removed", number(rows.removed), number(people.removed)),
            ("held back", number(outcome.rows_held), number(people.held)),
        ],
    )
    for reason, count in rows.held.items():
        speech.say(f"    {reason}: {number(count)}")
    if manifest["list"]:
        _report_list(manifest["list"], speech)
    say_left_out(manifest["input"].get("dialect") or {}, speech)
    _report_type1(manifest, speech)
    if told := manifest.get("asset"):
        many = told["compared_with"]
        speech.say(f"Compared with {number(many)} earlier release{'' if many == 1 else 's'} of {told['name']}."
                   + (f" Released by {told['released_by']}." if told["released_by"] else ""))  # fmt: skip
    where = "in" if Path(output).is_dir() else "beside"
    speech.say(f"{output} is ready, its manifest {where} it, sealed by {manifest['seal']['public_key']}.")
    for warned in manifest["warnings"]:
        speech.warn(warned["message"])


def _report_list(listed: dict[str, Any], speech: Speech) -> None:
    """How old it is, and where its date comes from; of several that are one, each."""
    parts = listed.get("lists", [])
    if parts:
        speech.say(f"{number(len(parts))} lists are one, of {number(listed['numbers'])} people. The oldest counts.")
    speech.say(
        f"List of {spoken(instant(listed['checked_at']))}: {listed['age_days']} days old, {listed['limit_days']} allowed."
    )
    for part in parts:
        speech.say(f"    of {spoken(instant(part['checked_at']))}: {number(part['numbers'])} people")
    if "sealed_by" in listed:
        speech.say(f"It is a snapshot sealed by {listed['sealed_by']}.")
    if "record_sealed_by" in listed:
        speech.say(f"Its date is that of its own record, sealed by {listed['record_sealed_by']}.")


def _report_tables(tables: dict[str, Any], speech: Speech) -> None:
    """Each table apart, and whether its rows lead to people."""
    lines: list[tuple[str, ...]] = []
    for name, told in tables.items():
        rows = told["rows"]
        held = sum(rows["held"].values())
        whose = "" if told.get("leads_to_person", True) else "leads to nobody"
        lines.append((name, number(rows["read"]), number(rows["kept"]), number(rows["removed"]), number(held), whose))
    speech.table(("table", "read", "kept", "removed", "held back", ""), lines)


def _report_type1(manifest: dict[str, Any], speech: Speech) -> None:
    """Both opt-outs apart: whom each removes."""
    told, rows = manifest["type1"], manifest["rows"]
    if not told:
        return
    if not told["applied"]:
        speech.say(f"Type 1 opt-outs were not applied: {told['because']} [{told['citation']}]")
        return
    by_type1, people = told["rows"], told["people"]
    many = "tables" in manifest or "resources" in manifest
    if many:
        speech.say(
            f"Type 1 opt-out: {number(people['removed'])} people; for it alone {number(people['removed_by_it_alone'])} "
            f"people and {number(by_type1['removed_by_it_alone'])} rows."
        )
    elif manifest["list"]:
        speech.say(
            f"National opt-out: {number(rows['removed'] - by_type1['removed_by_it_alone'])} rows, "
            f"{number(manifest['people']['removed'] - people['removed_by_it_alone'])} people."
        )
    if not many:
        speech.say(
            f"Type 1 opt-out: {number(by_type1['removed'])} rows, {number(people['removed'])} people; "
            f"{number(by_type1['removed_by_it_alone'])} rows, {number(people['removed_by_it_alone'])} people for it alone."
        )
    if not manifest["list"] and not manifest["decision"]:
        speech.warn("National opt-outs were NOT upheld: no list was named.")

"""What `ndoo uphold` says when it is done: the columns, the counts, the list, the seal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndoo.cli.left_aside import say_left_aside
from ndoo.cli.output import Speech, number
from ndoo.cli.reading_options import say_left_out
from ndoo.domain.london import instant, spoken
from ndoo.domain.nhs_number import Undecided
from ndoo.domain.plurals import counted
from ndoo.evidence.document import DocumentPart
from ndoo.evidence.manifest import ReleaseManifest, manifest_path
from ndoo.evidence.release_record import ListEntry, read_counts

if TYPE_CHECKING:
    from ndoo.cli.table_options import TableChoice
    from ndoo.upholding.uphold import Outcome

_FOUND = {"found by evidence": "detected; --nhs-number overrides", "named by the caller": "as you said"}


def report(outcome: Outcome, target: Path | TableChoice, speech: Speech, *, dry_run: bool = False) -> None:
    """What a person wants to see: the columns, the counts, the list, the seal."""
    manifest, rows, people = outcome.manifest, outcome.rows, outcome.people
    columns = manifest.columns
    found = manifest.whole.part("columns").text("found")
    if columns.nhs_number is not None:
        speech.note(f"Using {columns.nhs_number!r} as the patient's NHS number ({_FOUND.get(found, found)}).")
    for name in columns.also:
        speech.say(f"Opt-outs were applied by column {name!r} as well.")
    for name in columns.ignored:
        speech.say(f"Column {name!r} was left as it is, as you said.")
    if parts := manifest.whole.part_if_any("tables") or manifest.whole.part_if_any("resources"):
        _report_tables(parts.parts(), speech)
    if left_out := manifest.whole.counts_if_any("left_out"):
        beside = ", ".join(one if many == 1 else f"{one} ({counted(many, 'file')})" for one, many in left_out.items())
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
    speech.picture(rows.kept, rows.removed, outcome.rows_held)
    for reason, count in rows.held.items():
        finer = manifest.whole.counts_if_any("malformed") if reason == Undecided.MALFORMED else {}
        shown = f" ({', '.join(f'{one} {number(many)}' for one, many in finer.items())})" if finer else ""
        speech.say(f"    {reason}: {number(count)}{shown}")
    _report_kept_missing(manifest, speech)
    say_left_aside(manifest, outcome.ignored, speech)
    if manifest.list:
        _report_list(manifest.list, speech)
    say_left_out(manifest.input.dialect or {}, speech)
    _report_type1(manifest, speech)
    if told := manifest.whole.part_if_any("asset"):
        many = told.count("compared_with")
        speech.say(f"Compared with {counted(many, 'earlier release')} of {told.text('name')}.")
    output, beside = _written(target)
    if dry_run:
        speech.say(f"A dry run: nothing was written. It would write {output} and its manifest.")
    else:
        speech.say(f"Wrote {output} {beside}, signed with key {manifest.sealed_under}.")
    for warned in manifest.warnings:
        speech.warn(warned.message)


def _written(target: Path | TableChoice) -> tuple[str, str]:
    """What was written, and where its manifest is."""
    if isinstance(target, Path):
        return str(target), "with its manifest in it" if target.is_dir() else f"and {manifest_path(target)}"
    from ndoo.upholding.databases.manifest_table import manifest_beside, manifest_within

    name = target.into.name
    within = target.into.whole_schema
    where = f"the table {manifest_within(name) if within else manifest_beside(name)}"
    also = f" (and as {target.manifest})" if target.manifest else ""
    output = f"the {'schema' if within else 'table'} {name} of {target.into.address.shown}"
    return output, f"and its manifest, {where}{also}"


def report_several(releases: Sequence[tuple[str, Outcome]], speech: Speech) -> None:
    """One table of the counts of several releases; the list, and what to look at in each."""
    lines = []
    whole = [0, 0, 0, 0]
    for name, outcome in releases:
        counts = (outcome.rows.read, outcome.rows.kept, outcome.rows.removed, outcome.rows_held)
        whole = [before + more for before, more in zip(whole, counts, strict=True)]
        lines.append((name, *map(number, counts)))
    lines.append(("together", *map(number, whole)))
    speech.table(("rows", "read", "kept", "removed", "held back"), lines)
    for name, outcome in releases:
        for reason, count in outcome.rows.held.items():
            speech.say(f"    {name}: {reason}: {number(count)}")
        _report_kept_missing(outcome.manifest, speech, f"{name}: ")
        say_left_aside(outcome.manifest, outcome.ignored, speech, f"{name}: ")
    if listed := releases[0][1].manifest.list:
        _report_list(listed, speech)
    for name, outcome in releases:
        for warned in outcome.manifest.warnings:
            speech.warn(f"{name}: {warned.message}")


def _report_kept_missing(manifest: ReleaseManifest, speech: Speech, of: str = "") -> None:
    """How many of the kept rows name nobody, and why they may stay."""
    policy = manifest.undecided
    if policy.mode == "keep-missing":
        many = counted(manifest.rows.kept_without_number, "row")
        speech.say(f"    {of}kept without an NHS number: {many}, because: {policy.justification}")


def _report_list(listed: ListEntry, speech: Speech) -> None:
    """How old it is, and where its date comes from; of several that are one, each."""
    if parts := listed.lists:
        speech.say(
            f"{counted(len(parts), 'list')} were joined, of {counted(listed.numbers or 0, 'person')}. The oldest counts."
        )
    speech.say(
        f"List checked on {spoken(instant(listed.checked_at))}: {counted(listed.age_days, 'day')} old (limit {counted(listed.limit_days, 'day')})."
    )
    for part in parts:
        speech.say(f"    of {spoken(instant(part.checked_at))}: {counted(part.numbers or 0, 'person')}")
    if listed.sealed_by:
        speech.say(f"It is a snapshot sealed by {listed.sealed_by}.")
    if listed.record_sealed_by:
        speech.say(f"Its date is that of its own record, sealed by {listed.record_sealed_by}.")


def _report_tables(tables: dict[str, DocumentPart], speech: Speech) -> None:
    """Each table apart, and whether its rows lead to people."""
    lines: list[tuple[str, ...]] = []
    for name, told in tables.items():
        rows = read_counts(told.part("rows"))
        held = sum(rows.held.values())
        whose = "leads to nobody" if told.said("leads_to_person") is False else ""
        lines.append((name, number(rows.read), number(rows.kept), number(rows.removed), number(held), whose))
    speech.table(("table", "read", "kept", "removed", "held back", ""), lines)


def _report_type1(manifest: ReleaseManifest, speech: Speech) -> None:
    """Both opt-outs apart: whom each removes."""
    told, rows = manifest.type1, manifest.rows
    if not told:
        return
    if not told.applied:
        speech.say(f"Type 1 opt-outs were not applied: {told.because} [{told.citation}]")
        return
    by_type1, people = told.rows, told.people
    many = "tables" in manifest.whole or "resources" in manifest.whole
    if many:
        speech.say(
            f"Type 1 opt-out: {counted(people['removed'], 'person')}; for it alone {counted(people['removed_by_it_alone'], 'person')} "
            f"and {counted(by_type1['removed_by_it_alone'], 'row')}."
        )
    elif manifest.list:
        speech.say(
            f"National opt-out: {counted(rows.removed - by_type1['removed_by_it_alone'], 'row')}, "
            f"{counted(manifest.people.removed - people['removed_by_it_alone'], 'person')}."
        )
    if not many:
        speech.say(
            f"Type 1 opt-out: {counted(by_type1['removed'], 'row')}, {counted(people['removed'], 'person')}; "
            f"{counted(by_type1['removed_by_it_alone'], 'row')}, {counted(people['removed_by_it_alone'], 'person')} for it alone."
        )
    if not manifest.list and not manifest.decision:
        speech.warn("National opt-outs were NOT upheld: no list was named.")

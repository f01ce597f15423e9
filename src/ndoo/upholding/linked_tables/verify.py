"""Verifies that a folder is what its manifest says, and that nothing in it leads to somebody whom the list withholds.

The promises are those of a file (`promises.py`), over all tables, and one more:

keys: every row that leads to people is walked anew; whatever it leads to is there, and none leads to nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from ndoo.domain.errors import NdooError
from ndoo.domain.progress import Progress
from ndoo.evidence.manifest import OF_A_FOLDER, ReleaseManifest
from ndoo.evidence.release import Release, named_files
from ndoo.evidence.release_record import FileRecord
from ndoo.upholding.input_files.source import changed, fingerprint
from ndoo.upholding.linked_tables.descriptor import Package, read_package
from ndoo.upholding.linked_tables.folder_manifest import inputs_of, of_files, whole
from ndoo.upholding.linked_tables.tables import FolderChoice, Opened, as_settled, nobodys_named, opened
from ndoo.upholding.linked_tables.walk import Walk, Walked, mentioned_in
from ndoo.upholding.table_links.people import People
from ndoo.upholding.table_links.promises import counts, nothing_leads_to_the_withheld
from ndoo.upholding.table_links.table_entry import tables_in
from ndoo.upholding.verify.promises import asking_nobody, unread
from ndoo.upholding.verify.verification import FORGED, Findings, MetPeople, Promise, ReleaseQuestion, judge_paths


def inspect_folder(place: Path, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Progress) -> Findings:
    """See `engine.Engine.inspect`."""
    release = Release(place, manifest)
    opt_outs = question.opt_outs
    adding_up = counts(manifest)
    paths, there = judge_paths(release)
    if not there:
        return Findings((adding_up, paths, unread("folder", None)))
    try:
        package = read_package(place, released=True)
        before = [fingerprint(place / path) for path in package.paths]
        people = People(opt_outs, keep_missing=bool(manifest.rows.kept_without_number))
        with ThreadPoolExecutor(1) as worker:
            tables = opened(place, package, worker, released=True)
            asked = question.asks_about_people
            # where no column names people, every cell of every table is looked at instead
            named = asked and manifest.columns.nhs_number is not None
            choice = _choice(manifest, tables) if named else FolderChoice(None, "", {})
            nobodys = nobodys_named(tables, manifest.whole.texts_if_any("leads_to_nobody")) if named else None
            walk = Walk(
                tables,
                choice,
                people,
                progress,
                watching=named,
                ignored=manifest.columns.ignored,
                nobodys=nobodys,
            )
            walked, undeclared = walk.through(lambda _: (None, None))
        if [fingerprint(place / path) for path in package.paths] != before:
            raise changed()
        same, counted = _digests(package, release, walked), _rows(manifest, walked)
        objecting = people.by_type1()["removed"] if opt_outs.type1 else None
        met = MetPeople(ignored=[sighting for one in walked for sighting in one.ignored])
        if asked:
            counted = counted and people.counts().read == manifest.people.kept
            held = sum(sum(one.rows.held.values()) for one in walked)
            rows = sum(one.rows.removed for one in walked)
            met = MetPeople(people.counts().removed, rows, held, mentioned_in(walked), met.ignored)
        people_in_it = (
            nothing_leads_to_the_withheld(
                walked, objecting, manifest, question, mentioned=mentioned_in(walked), undeclared=undeclared
            )
            if asked
            else asking_nobody(manifest, question)
        )
    except (NdooError, *FORGED) as error:
        return Findings((adding_up, paths, unread("folder", error)))
    promises = (
        adding_up,
        paths,
        Promise(
            "digest",
            same,
            "Every file's bytes are those that were published."
            if same
            else "A file was changed after it was published, or is another one.",
        ),
        Promise(
            "rows",
            counted,
            "Every table holds the rows that were kept, and all the people."
            if counted
            else "The tables do not hold the rows and people that the manifest says were kept.",
        ),
        *people_in_it,
    )
    return Findings(promises, met)


def _choice(manifest: ReleaseManifest, tables: Sequence[Opened]) -> FolderChoice:
    """The columns as they were settled then: by the first rows of the output, another column could seem to hold numbers."""
    columns = manifest.columns
    return as_settled(tables, str(columns.nhs_number), tables_in(manifest), columns.ignored)


def _digests(package: Package, release: Release, walked: list[Walked]) -> bool:
    """Each table and each file of it, the descriptor's files, and the digest over all."""
    manifest = release.manifest
    said, descriptor, inputs = manifest.output, package.raw, inputs_of(walked)
    described, tables = manifest.whole.part("descriptor"), manifest.whole.part("tables").parts().values()
    record = whole("", inputs, package, descriptor)
    pieces = [piece for table in tables for piece in table.list_of_parts_if_any("files")]
    return bool(
        (record.sha256, record.bytes) == (said.sha256, said.bytes)
        and hashlib.sha256(descriptor).hexdigest() == described.text("sha256")
        and {*package.paths, OF_A_FOLDER} == named_files(release)
        and all(piece.said("output") == asdict(inputs[piece.text("path")]) for piece in pieces)
        and all(
            one.text("sha256") == hashlib.sha256(package.files[one.text("path")]).hexdigest()
            for one in described.list_of_parts_if_any("files")
        )
        and {name: table.output.sha256 for name, table in tables_in(manifest).items()}
        == {one.name: _as_one(one).sha256 for one in walked}
    )


def _rows(manifest: ReleaseManifest, walked: list[Walked]) -> bool:
    tables = tables_in(manifest)
    return all(_as_one(one).rows == tables[one.name].output.rows for one in walked)


def _as_one(one: Walked) -> FileRecord:
    return of_files(one.name, {passed.path: passed.input for passed in one.files})

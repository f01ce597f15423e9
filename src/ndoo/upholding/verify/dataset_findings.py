"""Looks through a dataset that was released, in a file or in a folder of Parquet, and judges what stands in it by its manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Columns, FileRecord
from ndoo.upholding.columns import ColumnChoice, Watch, choose, choose_if_any, refuse_unclassified
from ndoo.upholding.datasets.formats import Rows
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.verify.promises import ListFindings, on_people
from ndoo.upholding.verify.verification import Findings, MetPeople, Promise, ReleaseQuestion


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found in a file: in a release that was read, or in a draft while it was written."""

    record: FileRecord
    names: Sequence[str]
    """Of its columns."""
    columns: Columns
    """Those by which it was looked at."""
    deciding: RowDecision
    """What the lists of the question make of its rows, which all should stay."""
    mentions: MentionSearch | None
    """What stands in its other columns; None where nobody looked."""
    same_parts: bool = True
    """Is each file of a folder the one that its manifest names?"""


def contents_of(
    dataset: Rows, manifest: ReleaseManifest, question: ReleaseQuestion, progress: Callable[[int], object]
) -> Contents:
    """Everything in a dataset, read by the columns that its manifest names.

    Raises:
        UnfitData, UsageFault: it is damaged, or has other columns.
    """
    asked = question.asks_about_people
    columns = columns_in(dataset, manifest, asked=asked)
    looking = asked or bool(columns.ignored)
    mentions = MentionSearch(dataset.names, columns.keys, question.opt_outs) if looking else None
    watch = Watch(dataset.names, mentions)
    deciding = RowDecision(
        question.opt_outs,
        len(columns.keys),
        keep_missing=bool(manifest.rows.kept_without_number),
        crowded=dataset.crowded,
    )
    record = dataset.stream(columns, deciding, watch, None, None, progress)
    if asked or question.leaves_list_out(manifest):
        refuse_unclassified(watch, columns)
    return Contents(record, dataset.names, columns, deciding, mentions)


def judge_contents(contents: Contents, manifest: ReleaseManifest, question: ReleaseQuestion) -> Findings:
    """The promises of a file on its digest, its rows and its people, and who was met in it."""
    said, record, columns, mentions = manifest.output, contents.record, contents.columns, contents.mentions
    rows, people, asked = contents.deciding.rows(), contents.deciding.people(), question.asks_about_people
    as_said = (record.sha256, record.bytes, record.format) == (said.sha256, said.bytes, said.format)
    same = as_said and contents.same_parts
    everybody = columns.nhs_number != manifest.columns.nhs_number or people.read == manifest.people.kept
    counted = record.rows == said.rows and everybody
    ignored = mentions.seen_in(columns.ignored) if mentions else ()
    mentioned = tuple(name for name in mentions.found if name not in columns.ignored) if mentions and asked else ()
    found = ListFindings(rows, people, contents.deciding.by_type1(), mentioned)
    promises = (
        Promise(
            "digest",
            same,
            "The file's bytes are those that were published."
            if same
            else "The file was changed after it was published.",
        ),
        Promise(
            "rows",
            counted,
            "It holds the rows and people that were kept."
            if counted
            else "It does not hold the rows and people that the manifest says were kept.",
        ),
        *on_people(found, manifest, question),
    )
    return Findings(promises, replace(found.met if asked else MetPeople(), ignored=ignored))


def columns_named(manifest: ReleaseManifest) -> Columns:
    """The columns that a manifest names, none of which need be there."""
    return manifest.columns


def columns_in(dataset: Rows, manifest: ReleaseManifest, *, asked: bool) -> Columns:
    """Those of the manifest, once they are found to be there; where it names no person and lists ask, what the data shows."""
    watch, named = Watch(dataset.names), columns_named(manifest)
    if asked and named.nhs_number is None:
        dataset.preview(watch)
        return choose_if_any(watch, ColumnChoice(None, named.also, named.ignored))
    (choose if asked else choose_if_any)(watch, ColumnChoice(named.nhs_number, named.also, named.ignored))
    return named

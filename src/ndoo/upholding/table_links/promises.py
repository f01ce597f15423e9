"""The promises of tables that lead to each other, in a folder or in a schema of a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ndoo.domain.nhs_number import Undecided
from ndoo.domain.plurals import counted
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Counts
from ndoo.upholding.column_names import listed
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.table_links.table_entry import tables_in
from ndoo.upholding.table_links.undeclared import Undeclared
from ndoo.upholding.verify.promises import leaving_aside, mentioning
from ndoo.upholding.verify.verification import FORGED, Promise, ReleaseQuestion

_UNLINKED = (str(Undecided.ORPHAN), str(Undecided.MISSING), str(Undecided.AMBIGUOUS))


def counts(manifest: ReleaseManifest) -> Promise:
    """Table by table, and all of them together."""
    try:
        rows, tables = manifest.rows, tables_in(manifest).values()
        right = (
            manifest.people.adds_up
            and all(
                one.rows.adds_up and one.input.rows == one.rows.read and one.output.rows == one.rows.kept
                for one in tables
            )
            and rows.adds_up
            and rows.read == sum(one.rows.read for one in tables)
            and rows.kept == sum(one.rows.kept for one in tables)
            and rows.removed == sum(one.rows.removed for one in tables)
            and rows.kept_without_number == sum(one.rows.kept_without_number for one in tables)
            and (not rows.kept_without_number or manifest.undecided.mode == Undecidable.KEEP_MISSING)
        )
    except FORGED:
        right = False
    return Promise(
        "counts",
        right,
        "Rows read = kept + removed + held back, in every table." if right else "The manifest's counts do not add up.",
    )


class JudgedTable(Protocol):
    """What one table came to."""

    @property
    def name(self) -> str: ...
    @property
    def leads_to_person(self) -> bool: ...
    @property
    def rows(self) -> Counts: ...
    @property
    def removed_by_type1_alone(self) -> int: ...
    @property
    def unreached(self) -> int | None: ...


def nothing_leads_to_the_withheld(
    walked: Sequence[JudgedTable],
    objecting: int | None,
    manifest: ReleaseManifest,
    question: ReleaseQuestion,
    *,
    undeclared: Undeclared,
    of: str = "folder",
    mentioned: Sequence[str] = (),
) -> tuple[Promise, ...]:
    """The promises on keys and people.

    Args:
        objecting: how many people have a Type 1 opt-out; None where these were not looked up.
        undeclared: columns that may lead to people although no key says so.
        of: what the tables are together.
        mentioned: columns that nobody classified, in which the number of somebody withheld stands.
    """
    held = {reason: sum(one.rows.held.get(reason, 0) for one in walked) for reason in map(str, Undecided)}
    without = sum(one.rows.kept_without_number for one in walked) == manifest.rows.kept_without_number
    tables = tables_in(manifest)
    as_led = {one.name: one.leads_to_person for one in walked} == {
        name: table.leads_to_person for name, table in tables.items()
    }
    left_behind = [one.name for one in walked if tables[one.name].unused not in (None, one.unreached)] if as_led else []
    astray = sum(held[reason] for reason in _UNLINKED)
    by_type1 = sum(one.removed_by_type1_alone for one in walked)
    by_list = sum(one.rows.removed for one in walked) - by_type1
    type1_unknown = held[Undecided.TYPE1_UNDECIDED]
    unknown = sum(held.values()) - type1_unknown - astray
    linked = not astray and as_led and without
    keys = linked and not left_behind
    promises = [
        Promise(
            "keys",
            keys and not undeclared.stops,
            "Whatever a row leads to is there, and none leads to nobody."
            if keys and not undeclared.stops
            else f"No key says to whom these columns lead, and they hold what may be keys of people: {undeclared}. Their rows were "
            f"released whole. Do not release this {of}."
            if keys
            else f"Rows to which no person's row leads are not as many as the manifest says, in {listed(left_behind)}: they may be those "
            f"of people who are not in it. Do not release this {of}."
            if linked
            else f"It holds {counted(astray, 'row')} without a person, or with a key of a row that is not there. Do not release this {of}.",
        ),
    ]
    if mentioned:
        promises.append(mentioning(mentioned))
    elif question.cleaned is None and not question.leaves_list_out(manifest):
        promises.append(
            Promise(
                "nobody",
                True,
                f"No list of national opt-outs was upheld: the {of} was released for Type 1 opt-outs alone.",
            )
        )
    elif question.cleaned is not None:
        gone = not by_list and not unknown
        promises.append(
            Promise(
                "nobody",
                gone,
                leaving_aside("Nothing in it leads to somebody whom the list withholds.", manifest)
                if gone
                else f"It holds {counted(by_list, 'row')} of people withheld by this list, and {counted(unknown, 'row')} that cannot be shown to be "
                f"allowed. Do not release this {of}.",
            )
        )
    if objecting is not None:
        clear = not by_type1 and not objecting and not type1_unknown and (question.cleaned is not None or not unknown)
        promises.append(
            Promise(
                "type1",
                clear,
                leaving_aside("Nothing in it leads to somebody with a Type 1 opt-out.", manifest)
                if clear
                else f"It holds {counted(objecting, 'person')} with a Type 1 opt-out, and {counted(type1_unknown, 'row')} that cannot be shown to be "
                f"without one. Do not release this {of}.",
            )
        )
    return tuple(promises)

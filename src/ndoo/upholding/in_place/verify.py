"""Is this table what its manifest says, and is nobody in it whom the list withholds? The promises of a file, asked where it lies.

Nothing is changed: the connection may only read, but for the temporary table of the list, and nothing is ever committed.
"""

from __future__ import annotations

from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import nobody_had_to_go
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.in_place.address import TableName
from ndoo.upholding.in_place.beside import Released
from ndoo.upholding.in_place.database import LIST, Database
from ndoo.upholding.in_place.elsewhere import mentioned_in
from ndoo.upholding.in_place.fates import Deciding
from ndoo.upholding.in_place.job import chosen_in, form_of, keys_of
from ndoo.upholding.in_place.listing import list_table, rule_of
from ndoo.upholding.in_place.reading import script
from ndoo.upholding.verify import Found, Promise, Verification, counted, needed, on_people, sealed

FORGED = (TypeError, ValueError, AttributeError, LookupError)
"""What reading a manifest may come to whose seal nobody needs to believe: it may say anything."""


def verify_table(
    database: Database, released: Released, cleaned: CleanedList | None, *, signed_by: str | None = None,
    nhs_number: str | None = None, type1: Objections | None = None,
) -> Verification:  # fmt: skip
    """Check a table against its manifest and a list; the arguments and the errors are those of `upholding.verify.verify`.

    Args:
        database: open, see `open_database(read_only=True)`.
    """
    manifest = released.manifest
    seal, sealed_by = begun(manifest, cleaned, type1, signed_by, nhs_number)
    given = None if nobody_had_to_go(manifest) else cleaned
    with database.guarded():
        contents = _contents(database, released.name, manifest, given, type1)
    return Verification((seal, counted(manifest), *contents), sealed_by)


def begun(
    manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None, signed_by: str | None,
    nhs_number: str | None,
) -> tuple[Promise, str | None]:  # fmt: skip
    """The first promise and who sealed it, once it is clear that the question can be asked.

    Raises:
        NoUsableList: the manifest needs one. UsageFault: `nhs_number` is not the manifest's column.
    """
    needed(manifest, cleaned, type1)
    if nhs_number not in (None, manifest["columns"]["nhs_number"]):
        raise UsageFault("column-other", "The manifest names another column as the person's than --nhs-number does.")
    return sealed(manifest, signed_by)


def unreadable(error: Exception, what: str) -> tuple[Promise, ...]:
    """The promise that is broken where the table (or schema) is not what its manifest describes."""
    said = error.sentence if isinstance(error, (UnfitData, UsageFault)) else f"The manifest's description of the {what} cannot be read."  # fmt: skip
    return (Promise("digest", False, f"The {what} cannot be read as it was published. {said}"),)


def _contents(
    database: Database, table: TableName, manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None
) -> tuple[Promise, ...]:  # fmt: skip
    try:
        said, without = manifest["output"], int(manifest["rows"]["kept_without_number"])
        named = (manifest["columns"]["nhs_number"], tuple(manifest["columns"]["also"]), tuple(manifest["columns"]["ignored"]))  # fmt: skip
        columns = database.needed(table)
        asked = cleaned is not None or type1 is not None
        chosen = chosen_in(database, table, columns, *named, asked=asked)
        rule = rule_of(cleaned, type1, keep_missing=bool(without))
        if rule.sets:
            database.take_list(list_table(cleaned, type1))
        database.settle()
        deciding = Deciding(table.quoted, columns, keys_of(columns, chosen), rule, LIST)
        sql = script(deciding.steps, deciding.tally(), database.dialect, width=database.width)
        tally = deciding.counted(database.run(sql)[0])
        same = said["format"] == form_of(database) and said["sha256"] == database.digest(table)
        mentioned = mentioned_in(database, table, columns, chosen.classified, cleaned, type1) if asked else []
        whole = tally.rows.read == said["rows"] and (not asked or tally.people.read == manifest["people"]["kept"])
    except (UnfitData, UsageFault, *FORGED) as error:
        return unreadable(error, "table")
    return (
        Promise("digest", same, "The table's rows are those that were published." if same else "The table was changed after it was published."),
        Promise("rows", whole, "It holds the rows and people that were kept." if whole
                else "It does not hold the rows and people that the manifest says were kept."),
        *on_people(Found(tally.rows, tally.people, tally.type1, mentioned), manifest, cleaned, type1, of="table"),
    )  # fmt: skip

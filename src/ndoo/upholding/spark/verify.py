"""Is this folder of Parquet what its manifest says, and is nobody in it whom the list withholds? Asked without Spark.

The promises are those of a file (`upholding/verify.py`), over all files of the folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import OF_A_PARQUET_FOLDER, Columns, nobody_had_to_go, read_manifest
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.objections import Objections
from ndoo.upholding.columns import Watch, choose, choose_if_any, refuse_unclassified
from ndoo.upholding.deciding import Deciding
from ndoo.upholding.in_place.fates import Tally
from ndoo.upholding.in_place.verify import FORGED, begun, promised, unreadable
from ndoo.upholding.mentions import Mentions
from ndoo.upholding.parquet import Parquet
from ndoo.upholding.source import changed
from ndoo.upholding.spark.folder import FORMAT, recorded, stored
from ndoo.upholding.verify import Promise, Verification, counted


def is_spark_release(output: Path) -> bool:
    """Is this a folder that Spark released?"""
    return (output / OF_A_PARQUET_FOLDER).is_file()


def verify_parquet_folder(
    output: Path, cleaned: CleanedList | None, *, signed_by: str | None = None, nhs_number: str | None = None,
    type1: Objections | None = None, progress: Callable[[int], object],
) -> Verification:  # fmt: skip
    """Check a released folder against its manifest and a list; the arguments and the errors are those of `verify.verify`."""
    manifest = read_manifest(output / OF_A_PARQUET_FOLDER)
    seal, sealed_by = begun(manifest, cleaned, type1, signed_by, nhs_number)
    given = None if nobody_had_to_go(manifest) else cleaned
    return Verification((seal, counted(manifest), *_contents(output, manifest, given, type1, progress)), sealed_by)


def _contents(
    output: Path, manifest: dict[str, Any], cleaned: CleanedList | None, type1: Objections | None,
    progress: Callable[[int], object],
) -> tuple[Promise, ...]:  # fmt: skip
    try:
        said, told, without = manifest["output"], manifest["columns"], int(manifest["rows"]["kept_without_number"])
        before = stored(output)
        files = [Parquet(path) for path, _, _ in before]
        if len({tuple(file.names) for file in files}) != 1:
            raise UnfitData("columns-mixed", "Not all files of the folder have the same columns.")
        asked = cleaned is not None or type1 is not None
        named = Columns(told["nhs_number"], "manifest", tuple(told["also"]), tuple(told["ignored"]))
        mentions = Mentions(files[0].names, named.classified, cleaned, type1) if asked else None
        watch = Watch(files[0].names, mentions)
        columns = (choose if asked else choose_if_any)(watch, named.nhs_number, named.also, named.ignored)
        deciding = Deciding(cleaned, len(columns.keys), type1=type1, keep_missing=bool(without))
        rows = past = 0
        for file, (_, size, _) in zip(files, before, strict=True):
            rows += file.stream(columns, deciding, watch, None, None, lambda _: None).rows
            progress(past := past + size)
        if asked:
            refuse_unclassified(watch, columns)
        record = recorded(output, output.name, rows)
        if stored(output) != before:
            raise changed()
        tally = Tally(deciding.rows(), deciding.people(), deciding.by_type1())
        same = (said["format"], said["sha256"], said["bytes"]) == (FORMAT, record.sha256, record.bytes)
        whole = rows == said["rows"] and (not asked or tally.people.read == manifest["people"]["kept"])
    except (UnfitData, UsageFault, *FORGED) as error:
        return unreadable(error, "folder")
    return promised(same, whole, tally, manifest, cleaned, type1, mentions.found if mentions else (), of="folder")

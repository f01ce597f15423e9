"""`--type1 CODES`: whose GP data may not leave, shared by the commands that release and that verify."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.output import Speech, number
from ndoo.domain.plurals import counted
from ndoo.domain.settings import trust_unconfirmed_type1

if TYPE_CHECKING:
    from ndoo.numbers.objections import Objections
    from ndoo.type1.sql_entries import CodesTable
    from ndoo.type1.status import Type1Status


_REMEDIES = {
    "code_unclear": "the code may be a Type 1 code and is not plainly written, such as one of several in a cell, or a number "
    "that lost digits. Export each code alone, as text.",
    "code_case": "the code is a Type 1 code but for its case, and no other Read code of its source has small letters. Export "
    "the codes with their case.",
    "date_ambiguous": "the day may come first or the month, as in 01/02/2021, and no date of that source says which. Write "
    "2021-02-01, or name the column date_dd_mm_yyyy or date_mm_dd_yyyy.",
    "date_unreadable": "the date cannot be read. Write 2021-06-01, 01/06/2021 or 01-Jun-2021, with four digits for the year.",
    "struck_out": "a column beside the code says that the entry was deleted or entered in error. Ask the practice whether the person "
    "objects, or export the entries that stand alone.",
    "standing_unclear": "a column beside the code may say whether the entry counts, and its value is not known. Leave the column out, "
    "or rename it, if it says nothing of that.",
    "opt_out_beside": "a column beside the code says by its heading that somebody objected, and no code in the row does. Give the code of "
    "the entry; rename the column if it is of another choice.",
    "scheme": "the scheme that is named is not known, or is not that of the code. Name snomed_ct, read2 or ctv3.",
}
"""What to do about entries that are held, by their reason."""


class Codes(click.ParamType["Path | CodesTable"]):
    """A file or folder of coded entries, or a table in a database as ADDRESS#TABLE."""

    name = "codes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | CodesTable:
        from ndoo.type1.sql_entries import is_table, table_named

        return table_named(str(value)) if is_table(str(value)) else Path(value)


def type1_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --type1."""
    return click.option(
        "--type1",
        type=Codes(),
        multiple=True,
        metavar="CODES",
        help="Uphold Type 1 opt-outs as well, from coded GP entries (CSV, Parquet, FHIR, a folder of them, or ADDRESS#TABLE in a database); may be repeated.",
    )(command)


def chosen_type1(paths: tuple[Path | CodesTable, ...], now: datetime, speech: Speech) -> Objections | None:
    """What the coded entries say, None where none are named.

    Raises:
        NoUsableList, UnfitData: they cannot be read, or look as if the Type 1 codes had been left out.
    """
    if not paths:
        return None
    from ndoo.type1.status import read_status, usable

    with speech.progress(0, "Reading coded entries"):
        status = read_status(paths, now, trust=trust_unconfirmed_type1())
    objections = usable(status)
    warned(status, speech)
    return objections


def files_of(paths: tuple[Path | CodesTable, ...]) -> list[Path]:
    """The files behind --type1: none of them may be written over."""
    return [file for path in paths if isinstance(path, Path) for file in (path.iterdir() if path.is_dir() else [path])]


def warned(status: Type1Status, speech: Speech) -> None:
    """Say what a person has to look into."""
    counts = status.counts
    if counts["dissents_of_nobody"]:
        speech.warn(
            f"{counted(counts['dissents_of_nobody'], 'Type 1 opt-out')} under a number that cannot be read: whoever "
            "they are, they cannot be left out. Ask the practice."
        )
    for reason, remedy in _REMEDIES.items():
        if held := counts["held"].get(reason):
            speech.say(f"{counted(held, 'Type 1 entry')} held ({reason}): {remedy}")
    if others := counts["near_misses"] - counts["held"].get("code_case", 0):
        speech.warn(
            f"Rows with a Type 1 code whose capital and small letters are wrong, so that it is another code: {number(others)}. If the "
            "extract changed the case of all codes, do not use it."
        )
    if counts["without_code"]:
        speech.warn(
            f"{counted(counts['without_code'], 'entry')} have a date and no code. They say nothing of anybody; if the extract lost "
            "codes, do not use it."
        )
    if counts["type2"]["entries"]:
        speech.say(
            f"{number(counts['type2']['entries'])} Type 2 entries have no effect, {number(counts['type2']['after_its_end'])} "
            "of them after its end: the practice has to tell those patients."
        )
    if counts["disagreements"]:
        speech.say(f"Sources disagree on {counted(counts['disagreements'], 'person')}: dissent stands.")
    if counts["withdrawn"] and counts["codes"]["unconfirmed"]:
        speech.warn(
            "The codes of a withdrawal are not confirmed yet: verify them in a terminology browser, or set "
            "NDOO_TYPE1_UNCONFIRMED=hold."
        )

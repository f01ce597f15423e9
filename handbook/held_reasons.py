"""The page of the reasons for which a row is held back, and of what to do."""

from __future__ import annotations

from ndoo.domain.malformed_number import Malformed
from ndoo.domain.nhs_number import Undecided

MEANINGS: dict[Undecided, tuple[str, str]] = {
    Undecided.MISSING: (
        "no NHS number: the cell is blank, null, or says so by `--null`; of linked tables and FHIR, the row leads to nobody",
        "trace the number, or say `--undecided keep-missing` with its justification where rows of nobody may stay",
    ),
    Undecided.MALFORMED: (
        "something that is not ten digits: too few, letters, what a spreadsheet made of it",
        "repair the number in the source; never pad or cut it",
    ),
    Undecided.CHECK_DIGIT: (
        "ten digits of which the last does not follow from the others: a typing error",
        "look the number up in the source; one digit may be anybody's",
    ),
    Undecided.PLACEHOLDER: ("ten equal digits, typed where a number was missing", "trace the number"),
    Undecided.NOT_COVERED: (
        "nobody asked about this person: not on the list that was sent (`--requested`), or a number of a range that the register does not hold",
        "ask about them: `ndoo check`",
    ),
    Undecided.AMBIGUOUS: (
        "two answers: two lists differ on the person, or the row's own number contradicts the row it leads to",
        "find out which is right; take a new list of everybody",
    ),
    Undecided.ORPHAN: (
        "of linked tables and FHIR: the row leads to a row that is not there",
        "put the missing row back, or leave the orphan out of the extract",
    ),
    Undecided.TYPE1_UNDECIDED: (
        "the person's coded Type 1 entries cannot be decided: no date, or two that contradict each other",
        "ask the practice; `ndoo type1 status` lists the reasons",
    ),
    Undecided.UNSEARCHABLE: (
        "of FHIR: a document that is no text, so nobody can say whose numbers are in it",
        "leave the documents out of the export, or say `--ignore-column TYPE.data` where they may stay",
    ),
    Undecided.MENTIONS: (
        "another cell holds the number of somebody who may not be released (`--mentions hold`)",
        "take the number out of the cell, or leave the column out",
    ),
}
"""What each reason means, and what to do."""

SHOWN: dict[Malformed, str] = {
    Malformed.NULL_TEXT: "`NULL`, `n/a`, `unknown` and their like: say `--null TEXT`, and the row is `missing`",
    Malformed.LOST_LEADING_ZERO: "nine digits that are a valid number with a zero before them: the column was read as whole numbers",
    Malformed.SCIENTIFIC: "`9.99E+09`: a spreadsheet kept too few digits; export the source again, the column as text",
    Malformed.DECIMAL_TAIL: "`9990000018.0`: the column was read as decimal numbers, because a cell was blank",
    Malformed.NON_DIGIT: "letters, signs, or digits of another script",
}
"""What the cell of a malformed number shows."""


def held_reasons_page() -> str:
    """`docs/reference/held-reasons.md`."""
    lines = [
        "# Held reasons",
        "",
        "A row is held back where nobody can say whose it is, or what that person chose. It is not released and not lost: it is counted by",
        "its reason in the manifest, and `--held FILE` keeps it, for you alone to read. The exit status is then 6.",
        "",
        "| reason | what it means | what to do |",
        "| --- | --- | --- |",
        *(f"| `{reason}` | {means} | {remedy} |" for reason, (means, remedy) in MEANINGS.items()),
        "",
        "## What a malformed number shows",
        "",
        "Of text, workbooks, Parquet, Arrow and Delta the manifest counts finer reasons beside `malformed`, in `malformed`; digits alone, too few or",
        "too many of them, have none. Nothing is repaired: a damaged number is nobody's.",
        "",
        "| finer reason | the cell |",
        "| --- | --- |",
        *(f"| `{finer}` | {shows} |" for finer, shows in SHOWN.items()),
        "",
        "## The file of held rows",
        "",
        "Of text, workbooks, Parquet and Arrow two columns stand before those of the row: `ndoo_row`, counted from 1 below the heading as errors",
        "count it, and `ndoo_reason`, such as `missing` or `malformed:scientific`. Where the data has a column whose name begins with `ndoo_` they",
        "are called `xndoo_row` and `xndoo_reason`; `held_rows.columns` in the manifest says how. A blank line is filled up. Linked tables, FHIR,",
        "databases, Delta and folders of Parquet (Spark) keep their held rows as they came, in their own schema. Blank lines, and rows of",
        "empty cells, at the end of a text or a sheet are no rows: the manifest counts them (`input.dialect.blank_lines_below`).",
        "",
        "`--undecided exclude` leaves held rows out with exit status 0, `--undecided stop` makes them stop the run (exit status 3).",
    ]
    return "\n".join(lines) + "\n"

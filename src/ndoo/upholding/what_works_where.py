"""What can be asked of which source: the command line refuses by this table, the documentation is made from it, and a test runs it."""

from __future__ import annotations

from enum import Enum, StrEnum

from ndoo.domain.errors import UsageFault


class SourceKind(Enum):
    """Where a dataset lies, and what is promised of its release."""

    TEXT = "text", "byte for byte, in order", "of the file's bytes"
    COLUMNAR = "Parquet, Arrow", "values, types and schema, in order", "of the file's bytes"
    WORKBOOK = "Excel workbook", "the text of its cells as CSV, in order", "of the file's bytes"
    FOLDER = "folder of linked tables", "as in its files", "of every file's bytes"
    FHIR = "FHIR", "byte for byte, in order", "of every file's bytes"
    SPARK = "folder of Parquet, by Spark", "values, types and partitions", "of every file's bytes"
    DELTA = "Delta table", "values and types, in no order", "of every file's bytes, the log's too"
    TABLE = (
        "table in PostgreSQL, DuckDB, SQLite",
        "values and types, in no order",
        "of the rows in any order, by the database",
    )
    SCHEMA = (
        "schema in PostgreSQL",
        "values and types, in no order",
        "of every table's rows in any order, by the database",
    )

    def __init__(self, said: str, kept: str, digest: str) -> None:
        self.said = said
        """In words."""
        self.kept = kept
        """How kept rows come out."""
        self.digest = digest
        """Of what the manifest holds a SHA-256."""


class Wish(StrEnum):
    """What may be asked."""

    ALLOWED = "--allowed"
    OPTED_OUT = "--opted-out"
    REQUESTED = "--requested"
    ALSO = "--also"
    TYPE1 = "--type1"
    HELD = "--held"
    KEEP_MISSING = "--undecided keep-missing"
    MENTIONS = "--mentions hold"
    EXPECTED = "--expect-removed"
    FLOW = "--flow"
    MESH = "--mesh"
    ASSET = "--asset"
    SHAPE = "--shape"
    SKIP_ROWS = "--skip-rows"
    SKIP_FOOTER = "--skip-footer"
    NULL = "--null"
    SHEET = "--sheet"
    DELIMITER = "--delimiter"
    ENCODING = "--encoding"
    NO_QUOTES = "--no-quotes"
    NO_HEADER = "--no-header"
    VERSION = "--table-version"
    NOBODYS = "--leads-to-nobody"
    VERIFY = "ndoo verify"


_OF_ONE_TEXT = (
    "Lines above the heading or below the rows are left out of one text or one sheet only. Take them out of the files."
)
_OF_TEXT = "--skip-rows and --skip-footer leave out lines of one text or one sheet, and there are none here. Leave these options out."
_NO_LINES = (
    SourceKind.COLUMNAR,
    SourceKind.FHIR,
    SourceKind.SPARK,
    SourceKind.DELTA,
    SourceKind.TABLE,
    SourceKind.SCHEMA,
)
_NO_TEXT = tuple(source for source in SourceKind if source is not SourceKind.TEXT)
_HOW_WRITTEN = (
    "--delimiter, --encoding, --no-quotes and --no-header say how delimited text is written (--no-header a sheet of a workbook too); of a "
    "folder of tables, datapackage.json says it. Leave them out here."
)
_REFUSED: tuple[tuple[tuple[SourceKind, ...], Wish, str, str], ...] = (
    ((SourceKind.FOLDER,), Wish.SKIP_ROWS, "lines-of-text", _OF_ONE_TEXT),
    ((SourceKind.FOLDER,), Wish.SKIP_FOOTER, "lines-of-text", _OF_ONE_TEXT),
    (_NO_LINES, Wish.SKIP_ROWS, "lines-of-text", _OF_TEXT),
    (_NO_LINES, Wish.SKIP_FOOTER, "lines-of-text", _OF_TEXT),
    (
        (SourceKind.FOLDER,),
        Wish.NULL,
        "null-of-text",
        "--null goes with one text or one sheet. Of a folder of tables, datapackage.json says it (missingValues).",
    ),
    (
        (SourceKind.COLUMNAR, SourceKind.FHIR, SourceKind.SPARK, SourceKind.DELTA, SourceKind.TABLE, SourceKind.SCHEMA),
        Wish.NULL,
        "null-of-text",
        "--null goes with text and sheets: elsewhere a cell without a number is null. Make it so, or let these rows be held back.",
    ),
    *((_NO_TEXT, wish, "written-as-text", _HOW_WRITTEN) for wish in (Wish.DELIMITER, Wish.ENCODING, Wish.NO_QUOTES)),
    (
        tuple(source for source in _NO_TEXT if source is not SourceKind.WORKBOOK),
        Wish.NO_HEADER,
        "written-as-text",
        _HOW_WRITTEN,
    ),
    (
        tuple(source for source in SourceKind if source is not SourceKind.WORKBOOK),
        Wish.SHEET,
        "sheet-of-workbook",
        "--sheet goes with one Excel workbook (.xlsx).",
    ),
    (
        tuple(source for source in SourceKind if source is not SourceKind.DELTA),
        Wish.VERSION,
        "version-of-table",
        "--table-version goes with a Delta table, a folder with a _delta_log: nothing else that is read here keeps older versions.",
    ),
    (
        (SourceKind.FHIR,),
        Wish.SHAPE,
        "shape-of-file",
        "--shape goes with tables: FHIR is of the shape that its standard gives it.",
    ),
    (
        tuple(source for source in SourceKind if source not in (SourceKind.FOLDER, SourceKind.SCHEMA)),
        Wish.NOBODYS,
        "nobody-of-tables",
        "--leads-to-nobody goes with a folder of linked tables or a schema: elsewhere no key leads from one table to another.",
    ),
    (
        (SourceKind.SPARK,),
        Wish.MENTIONS,
        "mentions-hold",
        "--mentions hold goes with everything but Spark. Here, leave the column out, or name it with --also or --ignore-column.",
    ),
    (
        (SourceKind.FHIR,),
        Wish.ALSO,
        "fhir-columns",
        "FHIR has no columns: everyone a resource refers to is counted already.",
    ),
)


def refused(source: SourceKind, wish: Wish) -> tuple[str, str] | None:
    """The code and the sentence with which it is refused; None where it is done."""
    return next(((code, why) for sources, asked, code, why in _REFUSED if asked is wish and source in sources), None)


def refuse(source: SourceKind, *wishes: Wish) -> None:
    """Raises UsageFault where one of these cannot be asked of this source."""
    for wish in wishes:
        if no := refused(source, wish):
            code, sentence = no
            raise UsageFault(code, sentence)


def refuse_of_engine(source: SourceKind, *wishes: Wish) -> None:
    """As `refuse`, for an engine: one that reads files learns what kind of file it is when it opens it, and refuses the rest then."""
    refuse(source, *(wish for wish in wishes if source is not SourceKind.TEXT or wish is not Wish.SHEET))


def support_page(generated: str) -> str:
    """`docs/reference/support.md`: one row for each wish, one column for each source."""
    wishes = [
        "| | " + " | ".join(source.said for source in SourceKind) + " |",
        "| --- |" + " --- |" * len(SourceKind),
        *(
            f"| `{wish}` | " + " | ".join("no" if refused(source, wish) else "yes" for source in SourceKind) + " |"
            for wish in Wish
        ),
        "| kept rows | " + " | ".join(source.kept for source in SourceKind) + " |",
        "| SHA-256 in the manifest | " + " | ".join(source.digest for source in SourceKind) + " |",
    ]
    return "\n".join(
        (
            generated,
            "",
            "# What works where",
            "",
            "Every *no* is refused with a sentence before anything is read, and the exit status 2. A test runs every cell, but for the *yes* of",
            "Spark and of `--mesh`: these have tests of their own.",
            "",
            *wishes,
            "",
            "A database of another kind is not reached: `ndoo sql` prints what is to be run there ([uphold a database](../how-to/uphold-a-database.md)).",
            "",
        )
    )

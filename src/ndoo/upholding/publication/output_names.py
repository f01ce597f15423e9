"""The format that a name promises: what is written under it is of one format, so no other may be promised."""

from __future__ import annotations

from pathlib import Path

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.evidence.manifest import SUFFIX

TEXT = (".csv", ".txt", ".dat")
PACKED = (".gz", ".zst")
READ_ONLY = (".zip", ".bz2", ".xz")
"""Packed so, text is read and not written."""
_BY_TAB, _BY_BAR = (".tsv", ".tab"), (".psv",)
_KNOWN: dict[str, str] = {
    **dict.fromkeys(TEXT, "delimited text"),
    **dict.fromkeys(_BY_TAB, "tab-separated text"),
    **dict.fromkeys(_BY_BAR, "text separated by |"),
    **dict.fromkeys(PACKED, "a packed file"),
    **dict.fromkeys((".parquet", ".pq", ".parq"), "Parquet"),
    **dict.fromkeys((".arrow", ".feather", ".ipc"), "Arrow"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "a spreadsheet"),
    **dict.fromkeys((".json", ".ndjson", ".jsonl"), "JSON"),
    **dict.fromkeys((".xml", ".html", ".htm"), "a web page or XML"),
    **dict.fromkeys((".pdf", ".doc", ".docx", ".rtf", ".md"), "a document"),
    **dict.fromkeys((".sav", ".zsav", ".dta", ".sas7bdat", ".xpt", ".rds", ".rdata"), "a statistics package's file"),
    **dict.fromkeys((".orc", ".avro", ".h5", ".hdf5"), "ORC, Avro or HDF5"),
    **dict.fromkeys((".sqlite", ".sqlite3", ".db", ".duckdb", ".mdb", ".accdb"), "a database"),
    **dict.fromkeys((".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz"), "an archive"),
    **dict.fromkeys((".svg", ".png", ".jpg", ".jpeg", ".gif"), "a picture"),
    **dict.fromkeys((".toml", ".ini", ".yaml", ".yml"), "settings or a flow"),
    ".ics": "a calendar",
}
"""Endings that say a format; any other says none, and is free. Most text is called .txt or .csv whatever separates its fields."""


FORMATS = {
    "csv": "delimited text, as the input is",
    "parquet": "Parquet, as the input is",
    "arrow": "an Arrow file, as the input is",
}
"""What a release of each format is called where its name promises another."""


def text_suffixes(source: Path, delimiter: str) -> tuple[str, ...]:
    """The endings that fit text which is separated so: another separator may be promised only where the input's own name does."""
    own = _inner(source)
    by_mark = _BY_TAB if delimiter == "\t" else _BY_BAR if delimiter == "|" else ()
    plain = tuple(one for one in TEXT if one != ".csv") if by_mark and own in by_mark else TEXT
    kept = (own,) if own in (*_BY_TAB, *_BY_BAR) else ()
    return (*plain, *by_mark, *kept, *PACKED)


def refuse_other_format(output: Path, suffixes: tuple[str, ...], name: str) -> None:
    """Raises UsageFault where the output's name promises another format than what will be written.

    Args:
        suffixes: the endings that fit; with those of `PACKED` where it may be packed.
        name: the format, for the sentence.
    """
    if said := _promised(output, suffixes):
        fits = f"ends in {suffixes[0]}" if suffixes else "has no such ending"
        raise UsageFault(
            "output-format",
            f"The name {masked(output.name)!r} says {said}, but what is written is {name}. Give a name that {fits}.",
        )


def refuse_file_name_of_folder(output: Path) -> None:
    """Raises UsageFault where a folder that is to be written has the name of a file."""
    if said := _promised(output, ()):
        raise UsageFault(
            "output-not-a-folder",
            f"The name {masked(output.name)!r} says {said}, but what is written is a folder. Name a folder, such as "
            f"{masked(output.stem)}/.",
        )


def _promised(output: Path, suffixes: tuple[str, ...]) -> str | None:
    """The format that the name says, where it is none of those that fit.

    Args:
        suffixes: the endings that fit.
    """
    if output.name.lower().endswith(SUFFIX) and SUFFIX not in suffixes:
        return "a manifest"
    return next(
        (_KNOWN[one] for one in (output.suffix.lower(), _inner(output)) if one in _KNOWN and one not in suffixes), None
    )


def _inner(path: Path) -> str:
    """The ending, but for that of the packing."""
    last = path.suffix.lower()
    return path.with_suffix("").suffix.lower() if last in (*PACKED, *READ_ONLY) else last

"""The format that a file's name promises: a release is written in its input's format, so no other may be promised."""

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
}
"""Endings that say a format; any other says none, and is free. Most text is called .txt or .csv whatever separates its fields."""


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
    if output.name.lower().endswith(SUFFIX):
        said: str | None = "a manifest"
    else:
        last = output.suffix.lower()
        inner = _inner(output)
        said = next((_KNOWN[one] for one in (last, inner) if one in _KNOWN and one not in suffixes), None)
    if said:
        raise UsageFault(
            "output-format",
            f"{masked(output.name)!r} says {said}, and the output is written in the input's format, {name}. Name it so.",
        )


def _inner(path: Path) -> str:
    """The ending, but for that of the packing."""
    last = path.suffix.lower()
    return path.with_suffix("").suffix.lower() if last in (*PACKED, *READ_ONLY) else last

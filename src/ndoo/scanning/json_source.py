"""JSON and JSON lines: every value under the path that leads to it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.plurals import counted
from ndoo.scanning import forms
from ndoo.scanning.examined import Examined, ExaminedTable
from ndoo.scanning.own_records import noted_as_release, own_record
from ndoo.scanning.row_source import spoken
from ndoo.scanning.survey import TableSurvey

LARGEST = 1 << 28
"""Bytes of a document that is one value, which is held in memory; lines may be many more."""
_AT_ONCE = 2_000
_KEY = re.compile(r"[A-Za-z_$@#][\w .:/$@#()-]{0,63}")
_MOST_KEYS, _MOST_PATHS = 200, 2_000
ANY_KEY = "{}"
"""Stands for keys that are values: numbers, names, or simply too many."""


def tables_of(path: Path, name: str, fingerprint: str | None) -> Iterator[ExaminedTable]:
    """One table: the file."""
    if note := own_record(path):
        yield ExaminedTable(name, str(path.resolve()), None, lambda _: Examined(TableSurvey([]), 0, [note]))
        return
    yield ExaminedTable(
        name,
        str(path.resolve()),
        fingerprint,
        lambda told: noted_as_release(path, read_json(path, told)),
        path.stat().st_size,
    )


def read_json(path: Path, told: Callable[[int], object]) -> Examined:
    """Read JSON lines, or one document. What is neither is read as text.

    Raises:
        UnfitData: it is too large for one document.
    """
    from ndoo.scanning.text_source import read_text

    paths = _Paths()
    try:
        if not _lines(path, paths, told):
            paths = _Paths()
            if path.stat().st_size > LARGEST:
                raise UnfitData("scan-json-large", "The document is larger than 256 MiB. Save it as one object a line.")
            document = json.loads(path.read_bytes())
            for record in document if isinstance(document, list) else [document]:
                paths.take(record)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        examined = read_text(path, told)
        examined.notes.append("It begins as JSON does and is none: it was read as text.")
        return examined
    return paths.examined()


def _lines(path: Path, paths: _Paths, told: Callable[[int], object]) -> bool:
    """Read one object a line; False where the first line is none."""
    seen = 0
    with path.open("rb") as lines:
        for at, line in enumerate(lines):
            seen += len(line)
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (json.JSONDecodeError, UnicodeDecodeError):
                if paths.records == 0:
                    return False
                paths.broken.append(line.decode("utf-8", "replace"))
                continue
            if at == 0 and not isinstance(record, dict):
                return False
            paths.take(record)
            told(seen)
    return True


class _Paths:
    """The texts under each path, a thousand or two at a time."""

    def __init__(self) -> None:
        self.records = 0
        self.broken: list[str] = []
        self._survey = TableSurvey([])
        self._place: dict[str, int] = {}
        self._lists: dict[str, TableSurvey] = {}
        self._waiting_lists: dict[str, list[str]] = {}
        self._waiting: list[dict[int, str]] = []
        self._keys: dict[str, set[str]] = {}

    def take(self, record: Any) -> None:
        """Take in one record."""
        row: dict[int, str] = {}
        self._put(record, "", row)
        self._waiting.append(row)
        self.records += 1
        if len(self._waiting) >= _AT_ONCE:
            self._look()

    def examined(self) -> Examined:
        """What was seen of them all."""
        self._look()
        examined = Examined(self._survey, self.records, besides=list(self._lists.values()))
        if self.broken:
            besides = TableSurvey(["(lines that are no JSON)"])
            besides.take_texts([self.broken])
            examined.besides.append(besides)
            examined.notes.append(f"No JSON, and looked at as text: {counted(len(self.broken), 'line')}.")
        return examined

    def _put(self, value: Any, path: str, row: dict[int, str]) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                name = self._named(path, key)
                if name == ANY_KEY:
                    self._listed(f"{path}.{ANY_KEY}" if path else ANY_KEY, key)
                self._put(inner, f"{path}.{name}" if path else name, row)
        elif isinstance(value, list):
            for inner in value:
                self._put(inner, f"{path}[]", row)
        elif (text := spoken(value)) is not None:
            if "[]" in path or ANY_KEY in path or not path:
                self._listed(path or "value", text)
            else:
                if path not in self._place:
                    self._place[path] = len(self._place)
                row[self._place[path]] = text

    def _named(self, path: str, key: str) -> str:
        """The key as a name, or `ANY_KEY` where it is a value."""
        known = self._keys.setdefault(path, set())
        if key in known:
            return key
        digits = sum(character.isdigit() for character in key)
        if len(known) >= _MOST_KEYS or not _KEY.fullmatch(key) or digits > 4 or forms.known_name(key):
            return ANY_KEY
        known.add(key)
        return key

    def _listed(self, path: str, text: str) -> None:
        if path not in self._waiting_lists and len(self._waiting_lists) >= _MOST_PATHS:
            path = "(deeper)"
        self._waiting_lists.setdefault(path, []).append(text)

    def _look(self) -> None:
        for name in list(self._place)[len(self._survey.names) :]:
            self._survey.add_column(name)
        columns = [[row.get(at) for row in self._waiting] for at in range(len(self._place))]
        if columns:
            self._survey.take_texts(columns)
        else:
            self._survey.rows += len(self._waiting)
        self._waiting = []
        for path, texts in self._waiting_lists.items():
            if texts:
                self._lists.setdefault(path, TableSurvey([path])).take_texts([texts])
            self._waiting_lists[path] = []

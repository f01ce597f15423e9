"""Reading a list in a test: the day, the people, and the refusal with its sentence looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.numbers.cleaned_list import CleanedList
from tests.support.numbers import some
from tests.unit.checking.sentences import assert_readable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)
MARK = b"\xef\xbb\xbf"
KNOWN = some(30)
STRANGERS = some(5, seed=99)


def load(path: Path, *, asked: Path | None = None, polarity: Polarity = Polarity.ALLOWED) -> CleanedList:
    return read_list(path, polarity, checked_at=DAY, now=NOW, asked=asked)


def refusal(path: Path) -> NoUsableList:
    with pytest.raises(NoUsableList) as refused:
        load(path)
    assert_readable(refused.value.sentence)
    return refused.value

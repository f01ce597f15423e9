"""Somebody on an old phone with a poor signal gets the whole page: 60 kB at most, as it travels.

Counted for one who was never here before: the page, styles, scripts and pictures, gzipped as WhiteNoise keeps them.
The numbers by page: docs/how-to/write-and-translate-pages.md.
"""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find

from ndoo.service.guidance.pages import EVERY, Page
from tests.unit.service.public import NAMES, fetched, html

MOST = 60_000
IMPORTED = "nhsuk/nhsuk-frontend.min.js"
"""What `ndoo.js` imports, and so no tag names."""


@cache
def travels(name: str) -> int:
    found = find(name)
    assert isinstance(found, str), name
    return len(gzip.compress(Path(found).read_bytes(), 9))


def weight(page: Page) -> int:
    """Bytes for a first visit."""
    names = {source.removeprefix("/static/") for source in fetched(page).sources} | {IMPORTED}
    return len(gzip.compress(html(page).encode(), 6)) + sum(map(travels, names))


@pytest.mark.parametrize("shown", EVERY, ids=NAMES)
def test_a_page_is_light(shown: Page) -> None:
    assert weight(shown) < MOST


def test_the_script_that_is_imported_is_counted() -> None:
    assert f'from "../{IMPORTED}"' in Path(str(find("ndoo/ndoo.js"))).read_text(encoding="utf-8")
    assert travels(IMPORTED) > 5_000

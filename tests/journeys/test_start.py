"""The first page, as a person opens it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_start_page_opens(watched: Page, accessible: Callable[..., None]) -> None:
    watched.goto("/")
    expect(watched.get_by_role("heading", level=1)).to_be_visible()
    accessible(watched)

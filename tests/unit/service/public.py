"""The public pages as the tests fetch them: without a database, for none of them may need one."""

from __future__ import annotations

from functools import cache

from django.test import Client

from ndoo.service.guidance.pages import EVERY, Page
from tests.unit.service.pages_read import Read, read

NAMES = [page.name for page in EVERY]


@cache
def html(page: Page) -> str:
    """The page as a stranger gets it."""
    answer = Client().get(f"/{page.path}")
    assert answer.status_code == 200
    return answer.content.decode()


def fetched(page: Page) -> Read:
    """The page, read."""
    return read(html(page))

"""What somebody typed is shown as text on every page, whatever marks it holds."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.template import engines

from ndoo.service.staff.roles import Role
from tests.conftest import ROOT
from tests.support.staff_accounts import account, signed_in

MARKS = "\"'><script>alert(1)</script>{{ 7 * 7 }}"
UNESCAPED = re.compile(r"\|\s*safe\b|\bMarkup\(|autoescape\s+false")


def test_marks_are_text_in_every_template() -> None:
    shown = engines["jinja2"].from_string('<p title="{{ said }}">{{ said }}</p>').render({"said": MARKS})
    assert "<script>" not in shown and "49" not in shown
    assert "\"'>" not in shown


@pytest.mark.django_db
def test_marks_in_a_name_are_text_on_the_pages_that_show_it() -> None:
    someone = account(Role.OPERATOR, name="somebody", given=MARKS, family=MARKS)
    client = signed_in(account(Role.ADMINISTRATOR))
    for path in ("/staff/accounts", f"/staff/accounts/{someone.pk}"):
        page = client.get(path).content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page
    assert User.objects.get(pk=someone.pk).first_name == MARKS


def test_no_template_says_that_what_it_shows_is_safe() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src/ndoo/service").rglob("*.jinja")
        if UNESCAPED.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []

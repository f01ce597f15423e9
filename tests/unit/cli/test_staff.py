"""The first administrator is made on the command line, and whoever is locked out comes back by it; no password is shown."""

from __future__ import annotations

import builtins
import io
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User

from ndoo.service.staff.models import SetUpCode
from ndoo.service.staff.roles import Role, role_of
from tests.conftest import Ndoo
from tests.support.staff_accounts import account, audited

PASSWORD = "three dull green lamps"
NAMED = ("--role", "administrator", "--given", "Ada", "--family", "Boss", "--password-stdin")


@pytest.fixture(autouse=True)
def sqlite(register_makers: Any, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), register_makers.sqlite() as address:
        monkeypatch.setenv("NDOO_DATABASE_URL", address)
        yield


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_the_first_administrator_is_made(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, PASSWORD + "\n")
    said = ndoo("staff", "add", "ada.boss", *NAMED)
    assert said.status == 0 and "ada.boss may sign in" in said.told and PASSWORD not in said.out + said.told
    user = User.objects.get()
    assert user.check_password(PASSWORD) and role_of(user) is Role.ADMINISTRATOR and user.get_full_name() == "Ada Boss"
    assert audited("account.added")[0].details == {"account": "ada.boss", "role": "administrator", "by": "command line"}


def test_a_password_is_asked_for_twice_and_not_shown(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: pytest.fail("shown while it is typed"))
    asked = []
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda text: (asked.append(text), PASSWORD)[1])
    assert ndoo("staff", "add", "ada.boss", *NAMED[:-1]).status == 0
    assert len(asked) == 2 and User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "status", "why"),
    [
        ("Ada Boss", PASSWORD, 2, "small letters"),
        ("ada.boss", "short", 3, "12 characters"),
        ("ada.boss", "password1234", 3, "common"),
        ("ada.boss", "", 3, "12 characters"),
    ],
)
def test_a_poor_name_or_password_makes_no_account(
    name: str, password: str, status: int, why: str, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, password)
    said = ndoo("staff", "add", name, *NAMED)
    assert said.status == status and why in said.told and not User.objects.exists()


def test_a_name_in_use_is_not_taken_over(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    account(name="ada.boss")
    typed(monkeypatch, "another green lamp\n")
    assert ndoo("staff", "add", "ada.boss", *NAMED).status == 2
    assert not User.objects.get().check_password("another green lamp")


def test_the_last_administrator_without_a_phone_comes_back(ndoo: Ndoo) -> None:
    user = account(Role.ADMINISTRATOR, "ada.boss")
    said = ndoo("staff", "reset", "ada.boss")
    assert said.status == 0 and len(said.out.strip()) == 19
    user.refresh_from_db()
    assert not user.has_usable_password() and SetUpCode.objects.get().user == user
    assert audited("account.reset")[0].details["by"] == "command line"
    assert ndoo("staff", "reset", "nobody").status == 2
    assert "Did you mean 'ada.boss'?" in ndoo("staff", "reset", "ada.bos").err


def test_a_library_without_the_service_says_what_to_install(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "ndoo.service":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    said = ndoo("staff", "reset", "ada.boss")
    assert said.status == 2 and "not installed" in said.told

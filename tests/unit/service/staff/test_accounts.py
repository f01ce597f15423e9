"""No account comes into being, changes or ends unseen, and nobody gives themself more than they have."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.staff import accounts, demonstration
from ndoo.service.staff.models import RecoveryCode
from ndoo.service.staff.one_use import new_recovery_codes
from ndoo.service.staff.roles import Role, role_of
from tests.support.staff_accounts import PASSWORD, account, audited, code, signed_in

pytestmark = pytest.mark.django_db

NEW = {"username": "nia.new", "given": "Nia", "family": "New", "role": "operator"}


@pytest.fixture
def boss() -> Client:
    return signed_in(account(Role.ADMINISTRATOR, "ada.boss"))


def handed_code(page: str) -> str:
    found = re.search(r"(?:[A-Z2-9]{4}-){3}[A-Z2-9]{4}", page)
    assert found
    return found[0]


def test_a_new_colleague_signs_in_with_the_code_that_was_handed_over(boss: Client) -> None:
    given = handed_code(boss.post("/staff/accounts/add", NEW).content.decode())
    client, password = Client(), "purple kettle upon a hill"
    client.post("/staff/set-up", {"username": "nia.new", "code": given, "password": password, "again": password})
    page = client.get("/staff/second-factor/set-up").content.decode()
    user = User.objects.get(username="nia.new")
    assert "<svg" in page and not TOTPDevice.objects.get(user=user).confirmed
    wrong = client.post("/staff/second-factor/set-up", {"code": "000000"})
    assert "This code is wrong" in wrong.content.decode()
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    shown = client.post("/staff/second-factor/set-up", {"code": code(user)}).content.decode()
    assert (
        len(re.findall(r"(?:[A-Z2-9]{4}-){2}[A-Z2-9]{4}", shown))
        == RecoveryCode.objects.filter(user=user).count()
        == 10
    )
    assert client.get("/staff/find").status_code == 200
    added = audited("account.added")[-1]
    assert (added.actor, added.details) == ("staff:ada.boss", {"account": "nia.new", "role": "operator"})
    assert len(audited("staff.second_factor_set_up")) == 1


def test_a_password_counts_as_it_was_typed_all_of_it_and_ends_by_no_age(boss: Client) -> None:
    given = handed_code(boss.post("/staff/accounts/add", NEW).content.decode())
    password = f" {('purple kettle upon a hill ' * 3)[:62].rstrip():s<62} "
    assert (len(password), password[0], password[-1]) == (64, " ", " ")
    Client().post("/staff/set-up", {"username": "nia.new", "code": given, "password": password, "again": password})
    long_ago = timezone.now() - timedelta(days=3650)
    User.objects.filter(username="nia.new").update(date_joined=long_ago, last_login=long_ago)
    for typed, goes_on in ((password.strip(), False), (password[:-1], False), (password, True)):
        answer = Client().post("/staff/sign-in", {"username": "nia.new", "password": typed})
        assert (answer.status_code == 302) == goes_on


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"username": "Nia New"}, "begin with a letter"),
        ({"username": "9nia"}, "begin with a letter"),
        ({"username": "n" * 61}, "begin with a letter"),
        ({"username": ""}, "Enter an account name"),
        ({"username": "ada.boss"}, "There is an account with this name already"),
        ({"given": ""}, "Enter a first name"),
        ({"family": "<New>"}, "Check the last name"),
        ({"role": "king"}, "Select a valid choice"),
        ({"role": ""}, "Select a role"),
    ],
)
def test_an_account_that_cannot_be_meant_is_not_made(boss: Client, said: dict[str, str], why: str) -> None:
    before = AuditEntry.objects.count()
    assert why in boss.post("/staff/accounts/add", NEW | said).content.decode()
    assert User.objects.count() == 1 and AuditEntry.objects.count() == before


def test_nobody_changes_their_own_account(boss: Client) -> None:
    me = User.objects.get(username="ada.boss")
    assert "Another administrator must change it" in boss.get(f"/staff/accounts/{me.pk}").content.decode()
    for act in ("role", "shut", "reset"):
        answer = boss.post(f"/staff/accounts/{me.pk}/{act}", {"role": "operator", "because": "Mine."}, follow=True)
        assert "You cannot change your own account" in answer.content.decode(), act
    me.refresh_from_db()
    assert me.is_active and role_of(me) is Role.ADMINISTRATOR and me.check_password(PASSWORD)
    assert not audited("account.role_changed") and not audited("account.shut") and not audited("account.reset")


def test_a_role_that_was_taken_away_opens_nothing_from_the_next_page_on(boss: Client) -> None:
    user = account(Role.OPERATOR)
    client = signed_in(user)
    assert client.get("/staff/find").status_code == 200
    answer = boss.post(f"/staff/accounts/{user.pk}/role", {"role": "auditor"}, follow=True)
    assert "The role was changed" in answer.content.decode()
    assert client.get("/staff/find").status_code == 403
    assert audited("account.role_changed")[0].details == {
        "account": user.username,
        "before": "operator",
        "role": "auditor",
    }
    boss.post(f"/staff/accounts/{user.pk}/role", {"role": "king"})
    assert role_of(User.objects.get(pk=user.pk)) is Role.AUDITOR


def test_a_role_is_given_to_an_account_that_had_none(boss: Client) -> None:
    user = account(None)
    assert "None" in boss.get("/staff/accounts").content.decode()
    boss.post(f"/staff/accounts/{user.pk}/role", {"role": "auditor"})
    assert role_of(user) is Role.AUDITOR


def test_whoever_leaves_is_out_at_once_and_can_come_back(boss: Client) -> None:
    user = account()
    client = signed_in(user)
    shut = f"/staff/accounts/{user.pk}/shut"
    assert "signed out at once" in boss.get(shut).content.decode()
    assert "Enter why you do this" in boss.post(shut).content.decode() and client.get("/staff/").status_code == 200
    boss.post(shut, {"because": "She left."})
    assert audited("account.shut")[0].reason == "She left."
    assert client.get("/staff/")["Location"] == "/staff/sign-in"
    assert Client().post("/staff/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 200
    assert "Shut" in boss.get(f"/staff/accounts/{user.pk}").content.decode()
    boss.post(f"/staff/accounts/{user.pk}/reopen")
    signed_in(user)
    assert [len(audited(f"account.{act}")) for act in ("shut", "reopened")] == [1, 1]


def test_a_reset_leaves_nothing_of_the_lost_phone_and_password(boss: Client) -> None:
    user = account()
    client = signed_in(user)
    new_recovery_codes(user)
    given = handed_code(boss.post(f"/staff/accounts/{user.pk}/reset", {"because": "Lost phone."}).content.decode())
    assert client.get("/staff/")["Location"] == "/staff/sign-in"
    assert not TOTPDevice.objects.filter(user=user).exists() and not RecoveryCode.objects.filter(user=user).exists()
    assert Client().post("/staff/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 200
    said = {"username": user.username, "code": given, "password": PASSWORD, "again": PASSWORD}
    assert Client().post("/staff/set-up", said)["Location"] == "/staff/second-factor"
    assert len(audited("account.reset")) == 1


def test_an_account_that_is_not_there_is_not_found(boss: Client) -> None:
    assert boss.get("/staff/accounts/4711").status_code == 404


def test_old_recovery_codes_stop_when_new_ones_are_made() -> None:
    user = account()
    old = new_recovery_codes(user)
    client = signed_in(user)
    assert "stop working" in client.get("/staff/me/recovery-codes").content.decode()
    page = client.post("/staff/me/recovery-codes").content.decode()
    assert not any(one in page for one in old)
    assert "10 left" in client.get("/staff/me").content.decode()
    assert len(audited("staff.recovery_codes_made")) == 1


def test_without_its_audit_entry_no_account_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    user = account()

    def broken(entry: Entry, at: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(accounts, "write", broken)
    now, entry = timezone.now(), Entry("system", "x")
    for act in (
        lambda: accounts.change_role(user, Role.AUDITOR, None, entry, now),
        lambda: accounts.shut(user, None, entry, now),
        lambda: accounts.start_afresh(user, None, entry, now),
        lambda: accounts.add("new.one", "New", "One", Role.AUDITOR, entry, now),
    ):
        with pytest.raises(OSError, match="disk full"), transaction.atomic():
            act()
    user = User.objects.get()
    assert role_of(user) is Role.OPERATOR and user.is_active and user.check_password(PASSWORD)
    assert TOTPDevice.objects.filter(user=user).exists()


def test_everybody_has_a_first_page(boss: Client) -> None:
    assert "Look after staff accounts" in boss.get("/staff/").content.decode()
    governance = signed_in(account(Role.INFORMATION_GOVERNANCE))
    assert "Gaps in the statement" in governance.get("/staff/").content.decode()


class TestDemonstration:
    """A newcomer signs in without a telephone; and only in a demonstration."""

    @pytest.fixture(autouse=True)
    def demo(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(settings, "NDOO", dataclasses.replace(settings.NDOO, demo=True))

    def test_the_page_shows_a_code_that_works_now_and_another_after_it_was_used(self) -> None:
        demonstration.load()
        demonstration.load()
        for _ in range(2):
            page = Client().get("/demo/staff").content.decode()
            shown = re.findall(r">(\d{6})<", page)
            assert len(shown) == len(Role)
            client = Client()
            client.post("/staff/sign-in", {"username": "olive.operator", "password": demonstration.PASSWORD})
            assert client.post("/staff/second-factor", {"code": shown[0]})["Location"] == "/staff/"
        assert len(audited("account.added")) == len(Role)

    def test_a_demonstration_without_accounts_yet_has_an_empty_page(self) -> None:
        assert Client().get("/demo/staff").status_code == 200


def test_a_set_up_page_is_no_use_to_whoever_is_signed_in(boss: Client) -> None:
    assert boss.get("/staff/sign-in")["Location"] == "/staff/"
    assert Client().get("/staff/set-up").status_code == Client().get("/staff/signed-out").status_code == 200


def test_last_sign_in_is_shown(boss: Client) -> None:
    user = account()
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - timedelta(days=400))
    assert str(timezone.now().year - 1) in boss.get(f"/staff/accounts/{user.pk}").content.decode()

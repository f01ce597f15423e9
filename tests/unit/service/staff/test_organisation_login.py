"""Staff come in by the organisation's sign-in as who they are there, with the role that they have there, as long as they have it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.domain.errors import UsageFault
from ndoo.service import openid
from ndoo.service.deployment_check import _administrators, _logins
from ndoo.service.staff import accounts, one_use
from ndoo.service.staff.models import ProviderAccount, RecoveryCode
from ndoo.service.staff.organisation_login import membership, proof
from ndoo.service.staff.organisation_login.registration import ProviderRegistration, registration
from ndoo.service.staff.roles import Role, role_of
from tests.support import nhs_login_peer
from tests.support.staff_accounts import PASSWORD, Clock, account, audited, password_given, signed_in

pytestmark = pytest.mark.django_db
BACK = "http://testserver/staff/organisation/back"
OLIVE = {
    "preferred_username": "olive.okonkwo@example.nhs.uk",
    "given_name": "Olive",
    "family_name": "Okonkwo",
    "groups": ["g-desk", "g-everybody"],
    "amr": ["pwd", "mfa"],
}
ROLES = "operator=g-desk; auditor=g-audit,X26:R8003"


@dataclass
class Peer:
    """The organisation's provider, and whom it knows."""

    issuer: str
    key: Path
    people: Path

    def knows(self, **people: dict[str, Any]) -> None:
        self.people.write_text(json.dumps(people))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """The provider, once for all these tests."""
    folder = tmp_path_factory.mktemp("staff")
    people = folder / "people.json"
    people.write_text("{}")
    key = nhs_login_peer.client_key(folder)
    with nhs_login_peer.peer("staff.mjs", str(folder / "client_public.pem"), str(people), BACK) as issuer:
        yield Peer(issuer, key, people)


@pytest.fixture
def organisation(running: Peer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    openid._published.clear()
    running.knows(olive=OLIVE)
    for name, value in {
        "ISSUER": running.issuer,
        "CLIENT_ID": "by-secret",
        "SECRET": "a secret of this client & more",
        "ROLES": ROLES,
        "ROLES_CLAIM": "groups",
    }.items():
        monkeypatch.setenv(f"NDOO_STAFF_LOGIN_{name}", value)
    yield running
    openid._published.clear()


def comes(client: Client, who: str = "olive", start: str = "/staff/organisation/start", *, agree: bool = True) -> Any:
    """Sign in there, and come back."""
    answer = client.get(start)
    assert answer.status_code == 302, answer.content.decode()
    address = nhs_login_peer.sign_in(answer["Location"], who, agree=agree)
    assert address.startswith(BACK)
    return client.get(address.removeprefix("http://testserver"))


def later(**by: Any) -> None:
    """Let the provider have been asked that long ago."""
    for row in ProviderAccount.objects.all():
        row.checked_at -= timedelta(**by)
        row.asked_at = None
        row.save()


def test_somebody_new_comes_in_with_the_role_of_their_group(organisation: Peer, client: Client) -> None:
    page = client.get("/staff/find", follow=True)
    (start,) = {link for link in ("/staff/organisation/start?next=%2Fstaff%2Ffind",) if link in page.content.decode()}
    answer = comes(client, start=start)
    assert answer["Location"] == "/staff/find"
    assert client.get("/staff/find").status_code == 200
    user = User.objects.get(username="olive.okonkwo")
    assert (role_of(user), user.last_name, user.has_usable_password()) == (Role.OPERATOR, "Okonkwo", False)
    assert [entry.details["by"] for entry in audited("account.added") + audited("staff.signed_in")] == ["provider"] * 2
    assert client.get("/staff/accounts").status_code == 403


def test_a_service_may_prove_itself_with_a_key(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NDOO_STAFF_LOGIN_SECRET")
    monkeypatch.setenv("NDOO_STAFF_LOGIN_CLIENT_ID", "by-key")
    monkeypatch.setenv("NDOO_STAFF_LOGIN_KEY", str(organisation.key))
    assert comes(client)["Location"] == "/staff/"


def test_a_leaver_is_cut_off_within_five_minutes(organisation: Peer, client: Client) -> None:
    comes(client)
    later(minutes=4, seconds=1)
    assert client.get("/staff/").status_code == 200, "whom the provider knows goes on"
    organisation.knows()
    assert client.get("/staff/").status_code == 200, "it was asked a moment ago"
    later(minutes=4, seconds=1)
    assert client.get("/staff/")["Location"] == "/staff/sign-in"
    assert [entry.actor for entry in audited("staff.cut_off")] == ["staff:olive.okonkwo"]
    assert client.post("/staff/find")["Location"].startswith("/staff/sign-in")


def test_a_leaver_is_cut_off_on_every_machine(organisation: Peer, client: Client) -> None:
    other = Client()
    comes(client)
    comes(other)
    organisation.knows()
    later(minutes=4, seconds=1)
    for one in (client, other):
        assert one.get("/staff/")["Location"] == "/staff/sign-in"


def test_whoever_changes_their_work_has_the_new_role_and_no_other(organisation: Peer, client: Client) -> None:
    comes(client)
    organisation.knows(olive=OLIVE | {"groups": ["g-audit"], "family_name": "Obi"})
    later(minutes=4, seconds=1)
    assert client.get("/staff/audit").status_code == 200
    assert client.get("/staff/find").status_code == 403
    assert User.objects.get().last_name == "Obi"
    organisation.knows(olive=OLIVE | {"groups": ["g-audit", "g-desk"]})
    later(minutes=4, seconds=1)
    assert client.get("/staff/audit")["Location"].startswith("/staff/sign-in"), "two roles are none"


def test_a_provider_that_is_silent_is_believed_for_five_minutes(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes(client)

    def silent(*_: object) -> Any:
        raise openid.ProviderDownError

    monkeypatch.setattr(membership, "told_again", silent)
    later(minutes=4, seconds=30)
    assert client.get("/staff/").status_code == 200
    later(minutes=1)
    assert client.get("/staff/")["Location"] == "/staff/sign-in"
    assert not audited("staff.cut_off")


def test_of_many_pages_at_once_one_asks(organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    comes(client)
    later(minutes=4, seconds=30)
    ProviderAccount.objects.update(asked_at=timezone.now())
    monkeypatch.setattr(membership, "told_again", None)
    assert client.get("/staff/").status_code == 200


def idle_while_another_page_asks() -> None:
    later(minutes=6)
    ProviderAccount.objects.update(asked_at=timezone.now())


def test_the_second_of_two_pages_waits_for_what_the_first_hears(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It found that another asked, and signed a member of staff out."""
    comes(client)
    idle_while_another_page_asks()

    def heard(_: float) -> None:
        ProviderAccount.objects.update(checked_at=timezone.now(), asked_at=None)

    monkeypatch.setattr(membership, "sleep", heard)
    assert client.get("/staff/").status_code == 200


def test_while_nothing_is_heard_nobody_sees_a_page_and_nobody_is_signed_out(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes(client)
    idle_while_another_page_asks()
    monkeypatch.setattr(membership, "sleep", lambda _: None)
    answer = client.get("/staff/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "still signed in" in answer.content.decode()
    ProviderAccount.objects.update(asked_at=None)
    assert client.get("/staff/").status_code == 200, "the session is as it was"


def test_what_the_first_page_hears_of_a_leaver_ends_the_second(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes(client)
    idle_while_another_page_asks()
    monkeypatch.setattr(membership, "sleep", lambda _: ProviderAccount.objects.update(refresh=""))
    assert client.get("/staff/")["Location"] == "/staff/sign-in"


def feed_of(client: Client) -> str:
    page = client.post("/staff/register/calendar").content.decode()
    return "/calendar/" + page.split("http://testserver/calendar/")[1].split("<")[0]


def test_a_leavers_calendar_is_closed_and_stays_closed(organisation: Peer, client: Client) -> None:
    """The address was told to anybody who had it, for as long as the account stood."""
    organisation.knows(olive=OLIVE | {"groups": ["g-audit"]})
    comes(client)
    address = feed_of(client)
    assert Client().get(address).status_code == 200
    organisation.knows()
    later(minutes=4, seconds=1)
    client.get("/staff/")
    assert Client().get(address).status_code == 404
    organisation.knows(olive=OLIVE | {"groups": ["g-audit"]})
    comes(client)
    assert Client().get(address).status_code == 404


def test_the_calendar_of_somebody_of_whom_nothing_is_heard_for_a_week_is_not_told(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation.knows(olive=OLIVE | {"groups": ["g-audit"]})
    comes(client)
    address = feed_of(client)
    later(days=6)
    assert Client().get(address).status_code == 200
    later(days=1)
    assert Client().get(address).status_code == 404
    assert client.get("/staff/").status_code == 200
    assert Client().get(address).status_code == 200, "they are there"
    for name in ("ISSUER", "CLIENT_ID", "SECRET", "ROLES", "ROLES_CLAIM"):
        monkeypatch.delenv(f"NDOO_STAFF_LOGIN_{name}")
    assert Client().get(address).status_code == 404


def test_whoever_gives_nothing_to_ask_again_with_comes_anew(organisation: Peer, client: Client) -> None:
    comes(client)
    for kept in ("", "sealed with another key"):
        ProviderAccount.objects.update(refresh=kept, checked_at=timezone.now() - timedelta(minutes=5, seconds=1))
        assert membership.standing(User.objects.get(), timezone.now()) is membership.Standing.GONE
    assert client.get("/staff/")["Location"] == "/staff/sign-in"


def test_what_the_provider_gave_is_not_kept_in_the_open(organisation: Peer, client: Client) -> None:
    comes(client)
    row = ProviderAccount.objects.get()
    shown = membership._shown(row.refresh)
    assert shown and shown not in row.refresh and shown not in str(client.session.items())


def test_an_account_of_the_same_name_is_somebody_elses(organisation: Peer, client: Client) -> None:
    """Whoever chooses their own name at the provider would else choose whom they become here."""
    mine = account(Role.ADMINISTRATOR, name="olive.okonkwo")
    comes(client)
    assert client.get("/staff/accounts").status_code == 403
    assert not ProviderAccount.objects.filter(user=mine).exists()
    assert User.objects.filter(username="olive.okonkwo-2").exists()


@pytest.mark.parametrize(
    "changes",
    [{"groups": []}, {"groups": ["g-desk", "g-audit"]}, {"groups": "g-other"}, {"groups": None}],
)
def test_whoever_has_no_one_role_has_no_place(organisation: Peer, client: Client, changes: dict[str, Any]) -> None:
    organisation.knows(olive=OLIVE | changes)
    assert comes(client).status_code == 403
    assert client.get("/staff/")["Location"] == "/staff/sign-in"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"family_name": ""}, {"given_name": ""}, {"given_name": " - "}, {"given_name": None}]
)
def test_whoever_has_not_both_names_could_open_their_own_record_and_has_no_place(
    organisation: Peer, client: Client, changes: dict[str, Any]
) -> None:
    organisation.knows(olive=OLIVE | changes)
    page = comes(client)
    assert page.status_code == 403 and "both your first name and your last name" in page.content.decode()
    assert not User.objects.exists()


def test_whose_first_name_is_taken_away_is_cut_off(organisation: Peer, client: Client) -> None:
    comes(client)
    organisation.knows(olive=OLIVE | {"given_name": ""})
    later(minutes=4, seconds=1)
    assert client.get("/staff/")["Location"] == "/staff/sign-in"


def test_an_account_that_was_shut_here_stays_shut(organisation: Peer, client: Client) -> None:
    comes(client)
    User.objects.update(is_active=False)
    assert client.get("/staff/")["Location"] == "/staff/sign-in"
    assert comes(Client()).status_code == 403


def test_without_proof_of_a_second_factor_this_service_asks_for_its_own(organisation: Peer, client: Client) -> None:
    organisation.knows(olive=OLIVE | {"amr": ["pwd"]})
    assert comes(client)["Location"] == "/staff/second-factor"
    assert client.get("/staff/")["Location"] == "/staff/second-factor"


def test_a_level_that_was_asked_for_is_the_only_proof(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_STAFF_LOGIN_ACR", "AAL3_ANY")
    assert comes(client)["Location"] == "/staff/second-factor"


def test_an_answer_is_good_once_and_in_its_own_browser(organisation: Peer, client: Client) -> None:
    answer = client.get("/staff/organisation/start")
    address = nhs_login_peer.sign_in(answer["Location"], "olive").removeprefix("http://testserver")
    assert Client().get(address).status_code == 400
    session = client.session
    kept = session["staff_organisation"]
    assert client.get(address).status_code == 302
    assert client.get(address).status_code == 400
    for what in ("nonce", "verifier"):
        session = client.session
        session["staff_organisation"] = kept | {what: "x" * 43}
        session.save()
        assert client.get(address).status_code in (403, 503)


def test_whoever_does_not_agree_is_not_signed_in(organisation: Peer, client: Client) -> None:
    assert comes(client, agree=False).status_code == 403
    assert audited("staff.sign_in_refused")[0].details == {"by": "provider"}


def test_next_leads_to_no_other_place(organisation: Peer, client: Client) -> None:
    assert comes(client, start="/staff/organisation/start?next=https://evil.example/")["Location"] == "/staff/"
    assert "evil" not in Client().get("/staff/sign-in?next=//evil.example/").content.decode()


def test_a_provider_that_does_not_answer_lets_nobody_in(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_STAFF_LOGIN_ISSUER", "http://127.0.0.1:9")
    assert client.get("/staff/organisation/start").status_code == 503


def test_where_it_is_not_set_up_there_is_no_such_address(client: Client) -> None:
    assert client.get("/staff/organisation/start").status_code == 404
    assert "organisation" not in client.get("/staff/sign-in").content.decode()


def test_a_session_of_a_provider_that_is_set_up_no_more_is_over(
    organisation: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes(client)
    for name in ("ISSUER", "CLIENT_ID", "SECRET", "ROLES", "ROLES_CLAIM"):
        monkeypatch.delenv(f"NDOO_STAFF_LOGIN_{name}")
    assert client.get("/staff/")["Location"] == "/staff/sign-in"


def test_whoever_comes_by_the_organisation_has_no_password_beside_it(organisation: Peer, client: Client) -> None:
    """A leaver would else come back by it."""
    comes(client)
    user = User.objects.get()
    user.set_password(PASSWORD)
    user.save()
    assert Client().post("/staff/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 200
    code = one_use.new_set_up_code(user, timezone.now())
    said = {
        "username": user.username,
        "code": code,
        "password": "purple kettle upon a hill",
        "again": "purple kettle upon a hill",
    }
    assert "is wrong" in Client().post("/staff/set-up", said).content.decode()
    page = signed_in(account(Role.ADMINISTRATOR)).get(f"/staff/accounts/{user.pk}").content.decode()
    assert "Change it there" in page and "Reset this account" not in page


def test_whoever_lost_their_phone_sets_up_another_second_factor(organisation: Peer, client: Client) -> None:
    """They had this service's second factor and no way to a new one: their account could not be used again."""
    organisation.knows(olive=OLIVE | {"amr": ["pwd"]})
    comes(client)
    user, boss = User.objects.get(), signed_in(account(Role.ADMINISTRATOR))
    address = f"/staff/accounts/{user.pk}"
    assert "Remove the second factor" not in boss.get(address).content.decode(), "there is none yet"
    TOTPDevice.objects.create(user=user, confirmed=True)
    RecoveryCode.objects.create(user=user, digest="x")
    assert "Remove the second factor" in boss.get(address).content.decode()
    answer = boss.post(f"{address}/reset", {"because": "Lost phone."}, follow=True).content.decode()
    assert "The second factor was removed" in answer and "set-up code" not in answer
    assert not TOTPDevice.objects.filter(user=user).exists() and not RecoveryCode.objects.filter(user=user).exists()
    assert [entry.details["account"] for entry in audited("account.reset")] == ["olive.okonkwo"]
    assert client.get("/staff/")["Location"] == "/staff/sign-in", "its sessions are over"
    assert comes(client)["Location"] == "/staff/second-factor"


def test_a_shut_account_without_a_password_is_not_said_to_have_one(organisation: Peer, client: Client) -> None:
    comes(client)
    user, boss = User.objects.get(), signed_in(account(Role.ADMINISTRATOR))
    User.objects.filter(pk=user.pk).update(is_active=False)
    page = boss.get(f"/staff/accounts/{user.pk}").content.decode()
    assert "The password and the app" not in page and "organisation’s sign-in again" in page
    ProviderAccount.objects.all().delete()
    page = boss.get(f"/staff/accounts/{user.pk}").content.decode()
    assert "The password and the app" not in page and "begins with a set-up code" in page


def test_passwords_can_be_switched_off_and_the_break_glass_account_raises_an_alarm(
    organisation: Peer, settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("ndoo"), "propagate", True)
    user, glass = account(Role.OPERATOR), account(Role.ADMINISTRATOR, name="glass")
    before = signed_in(user)
    settings.NDOO = replace(settings.NDOO, staff_passwords=False, break_glass="glass")
    assert before.get("/staff/")["Location"] == "/staff/sign-in", "sessions by password end too"
    assert Client().post("/staff/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 200
    assert "emergency" in Client().get("/staff/sign-in").content.decode()
    password_given(glass)
    assert not audited("staff.break_glass")
    assert signed_in(glass).get("/staff/accounts").status_code == 200
    assert [entry.actor for entry in audited("staff.break_glass")] == ["staff:glass"]
    assert [line.levelname for line in caplog.records if "break-glass" in line.message][:1] == ["CRITICAL"]


def test_a_setting_that_would_leave_nobody_a_way_in_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_STAFF_PASSWORDS", "off")
    assert [one.code for one in _logins()] == ["staff-sign-in"]
    account(Role.ADMINISTRATOR, name="glass")
    assert [one.code for one in _administrators()] == ["break-glass"]
    monkeypatch.setenv("NDOO_BREAK_GLASS", "glass")
    assert list(_administrators()) == []


GOOD = {"ISSUER": "https://login.example/", "CLIENT_ID": "c", "SECRET": "s", "ROLES": ROLES}


@pytest.mark.parametrize(
    "changes",
    [
        {"ISSUER": ""},
        {"SECRET": ""},
        {"KEY": "/no/such.pem"},
        {"SECRET": "", "KEY": "/no/such.pem"},
        {"ROLES": ""},
        {"ROLES": "king=g"},
        {"ROLES": "operator="},
        {"ROLES": "operator=g; auditor=g"},
        {"ROLES": "operator"},
    ],
)
def test_half_a_registration_is_refused(changes: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | changes).items():
        monkeypatch.setenv(f"NDOO_STAFF_LOGIN_{name}", value)
    with pytest.raises(UsageFault, match=r"setting|needs|key"):
        registration()


def told(**said: Any) -> proof.ProvenStaff:
    us = ProviderRegistration("i", "c", "s", "", "", {"X26:R8003": Role.AUDITOR, "a": Role.OPERATOR}, "roles", "")
    return proof.judged(us, {"sub": "s"} | said, "")


def test_a_role_of_cis2_counts_in_its_organisation_and_where_it_was_chosen() -> None:
    roles = [
        {"person_roleid": "1", "org_code": "X26", "role_code": "S8000:G8000:R8003"},
        {"person_roleid": "2", "org_code": "ABC", "role_code": "S8000:G8000:R8003"},
    ]
    assert told(roles=roles[:1]).role is Role.AUDITOR
    assert told(roles=roles[1:]).role is None
    assert told(roles=roles, selected_roleid="2").role is None
    assert told(roles=roles, selected_roleid="1").role is Role.AUDITOR


@pytest.mark.parametrize("roles", [None, 5, [], {}, [None], [["a"]], [{"org_code": "X26"}], "b", ["A"]])
def test_roles_of_another_form_are_none(roles: Any) -> None:
    assert told(roles=roles).role is None


@pytest.mark.parametrize("said", [{}, {"amr": "mfa"}, {"amr": ["pwd"]}, {"amr": None}, {"acr": "mfa"}])
def test_a_second_factor_that_is_not_said_is_none(said: dict[str, Any]) -> None:
    assert not told(**said).has_second_factor


def test_names_of_any_form_make_names_of_accounts() -> None:
    us = ProviderRegistration("i", "c", "s", "", "", {}, "roles", "")
    for wish, given, name in (("", "Zoë", "zo.o.neill"), ("O'Brien!", "", "o.brien"), ("日本", "", None)):
        one = proof.ProvenStaff("s", wish, given, "O'Neill" if given else "", Role.OPERATOR, True, "")
        first = membership._names(us, one)[0]
        assert accounts.is_name(first)
        assert first == name or (name is None and first.startswith("staff-"))


def test_a_session_that_is_idle_is_over_all_the_same(organisation: Peer, client: Client) -> None:
    comes(client)
    Clock(client).later(minutes=16)
    assert urlsplit(client.get("/staff/")["Location"]).path == "/staff/signed-out"

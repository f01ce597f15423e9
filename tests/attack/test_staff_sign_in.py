"""Attacks on the staff's way in: guessing, names that tell themselves, an old session, a second factor passed by."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.service.address import household
from ndoo.service.staff import guess_limits, limits, one_use
from ndoo.service.staff.backends import DEMO_GROUP
from ndoo.service.staff.models import RecoveryCode, SetUpCode
from ndoo.service.staff.roles import Role
from ndoo.service.staff.sign_in import safe
from tests.support.numbers import some
from tests.support.staff_accounts import PASSWORD, Clock, account, audited, code, password_given, signed_in

pytestmark = pytest.mark.django_db

NEW = "purple kettle upon a hill"


def guess(name: str, password: str = "not the password", client: Client | None = None) -> tuple[int, str]:
    answer = (client or Client()).post("/staff/sign-in", {"username": name, "password": password})
    page = re.sub(r'(nonce|value)="[^"]*"', "", answer.content.decode()) if answer.status_code != 302 else ""
    return answer.status_code, page


def test_ten_guesses_lock_the_account_for_their_address_and_the_eleventh_right_one_too() -> None:
    user = account()
    for _ in range(limits.GUESSES - 1):
        assert guess(user.username)[0] == 200
    assert guess(user.username, client=Client(HTTP_USER_AGENT="another"))[0] == 429
    assert guess(user.username, PASSWORD)[0] == 429
    assert limits.GUESSES <= 10


def test_a_stranger_who_guesses_shuts_nobody_out() -> None:
    """Ten wrong passwords from anywhere once locked whomever they were tried for."""
    user = account()
    at_home = signed_in(user)
    at_home.post("/staff/sign-out")
    for at in range(limits.GUESSES_EVERYWHERE + 20):
        guess(user.username, client=Client(REMOTE_ADDR=f"2001:db8:{at // 5:x}::{at:x}"))
    new = {"HTTP_USER_AGENT": "at work", "REMOTE_ADDR": "192.0.2.7"}
    assert guess(user.username, PASSWORD, client=Client(**new))[0] == 429, "from everywhere together it gets slower"
    assert guess(user.username, PASSWORD, client=at_home)[0] == 302, "and not where they have signed in before"
    AccessAttempt.objects.update(attempt_time=timezone.now() - guess_limits.pause(limits.GUESSES_EVERYWHERE + 20))
    assert guess(user.username, PASSWORD, client=Client(**new))[0] == 302


def test_slips_of_one_ward_lock_no_colleague_and_a_strangers_address_locks_no_other() -> None:
    user, colleague = account(), account()
    for _ in range(limits.GUESSES):
        guess(user.username)
    assert guess(colleague.username, PASSWORD)[0] == 302
    assert guess(user.username, PASSWORD, client=Client(REMOTE_ADDR="192.0.2.9"))[0] == 302


def test_a_known_browser_that_is_stolen_has_ten_guesses_too() -> None:
    user, other = account(), account()
    stolen = signed_in(user)
    stolen.post("/staff/sign-out")
    kept = {name: cookie.value for name, cookie in stolen.cookies.items() if name.startswith("device-")}
    for _ in range(limits.GUESSES):
        thief = Client(REMOTE_ADDR="192.0.2.77")
        thief.cookies.load(kept)
        answer = guess(user.username, client=thief)
    assert answer[0] == 429
    for _ in range(limits.GUESSES):
        guess(other.username, client=thief)
    assert guess(other.username, PASSWORD, client=thief)[0] == 429, "it is known for one account"
    ((name, value),) = kept.items()
    thief.cookies.load({name: value + "x"})
    assert guess_limits.device(RequestFactory(HTTP_COOKIE=f"{name}={value}x").get("/"), user.username) == ""


def test_pauses_grow_and_end() -> None:
    first = limits.GUESSES_EVERYWHERE
    waits = [guess_limits.pause(first + more).total_seconds() for more in (-1, 0, 9, 10, 20, 10**6)]
    assert waits == [0, 30, 30, 60, 120, limits.LOCKED.total_seconds()]


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("unix:", None),
    ],
)
def test_one_customer_is_one_address(said: str, counted: str | None) -> None:
    assert household(said) == counted


def test_a_lock_ends_by_itself_and_is_not_made_longer_by_more_guesses() -> None:
    user = account()
    for _ in range(limits.GUESSES + 3):
        guess(user.username)
    AccessAttempt.objects.update(attempt_time=timezone.now() - limits.LOCKED - timedelta(seconds=1))
    assert guess(user.username, PASSWORD)[0] == 302


def test_a_right_password_forgives_the_slips_before_it() -> None:
    user = account()
    for _ in range(limits.GUESSES - 1):
        guess(user.username)
    assert guess(user.username, PASSWORD)[0] == 302
    assert guess(user.username)[0] == 200


def test_an_unknown_name_is_told_nothing_else_than_a_known_one() -> None:
    user = account(name="known.name")
    for known, unknown in [(guess("known.name"), guess("other.name")) for _ in range(limits.GUESSES + 1)]:
        assert known[0] == unknown[0]
        assert known[1].replace("known.name", "") == unknown[1].replace("other.name", "")
    user.is_active = False
    user.save()
    assert guess("known.name", PASSWORD) == guess("known.name")
    assert [entry.actor for entry in audited("staff.sign_in_refused")[:2]] == ["staff:known.name", "unknown"]


def test_capitals_in_a_name_give_no_new_guesses() -> None:
    user = account(name="known.name")
    for at in range(limits.GUESSES):
        guess("Known.Name" if at % 2 else " known.name")
    assert guess(user.username, PASSWORD)[0] == 429


def test_what_is_typed_for_a_name_or_password_is_nowhere_to_be_read(caplog: pytest.LogCaptureFixture) -> None:
    typed = some(1)[0]
    with caplog.at_level(logging.DEBUG):
        for _ in range(limits.GUESSES + 1):
            guess(typed, "my secret words")
    kept = "".join(str(sorted(vars(one).items())) for one in AccessAttempt.objects.all())
    heard = "".join(
        line.getMessage() for line in caplog.records if line.levelno >= logging.WARNING and line.name != "axes"
    )
    for text in (kept, heard):
        assert typed not in text and "my secret words" not in text


def test_guesses_at_a_set_up_code_lock_the_name_too() -> None:
    user = account()
    one_use.new_set_up_code(user, timezone.now())
    said = {"username": user.username, "password": NEW, "again": NEW}
    answers = [Client().post("/staff/set-up", said | {"code": "AAAA-AAAA-AAAA-AAAA"}) for _ in range(limits.GUESSES)]
    assert [answer.status_code for answer in answers][-2:] == [200, 429]
    unknown = Client().post("/staff/set-up", said | {"username": "nobody", "code": "AAAA"})
    assert "The account name or the code is wrong" in unknown.content.decode()


def test_a_set_up_code_works_once_and_not_after_its_day() -> None:
    user = account(enrolled=False)
    said = {"username": user.username, "password": NEW, "again": NEW}
    given = one_use.new_set_up_code(user, timezone.now())
    SetUpCode.objects.update(ends_at=timezone.now())
    assert Client().post("/staff/set-up", said | {"code": given}).status_code == 200
    given = one_use.new_set_up_code(user, timezone.now())
    first = Client().post("/staff/set-up", said | {"code": given.lower().replace("-", " ")})
    assert first["Location"] == "/staff/second-factor"
    assert Client().post("/staff/set-up", said | {"code": given}).status_code == 200
    assert [entry.actor for entry in audited("staff.password_chosen")] == [f"staff:{user.username}"]


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("short", "short", "too short"),
        ("password1234", "password1234", "too common"),
        (NEW, NEW + "!", "not the same"),
        ("", "", "Enter a new password"),
    ],
)
def test_a_poor_password_is_refused_without_spending_the_code(password: str, again: str, why: str) -> None:
    user = account(enrolled=False)
    given = one_use.new_set_up_code(user, timezone.now())
    answer = Client().post(
        "/staff/set-up", {"username": user.username, "code": given, "password": password, "again": again}
    )
    assert why in answer.content.decode()
    assert SetUpCode.objects.filter(user=user).exists()


def test_a_stolen_password_cannot_set_up_a_second_factor_beside_the_one_there() -> None:
    user = account()
    thief = password_given(user)
    assert thief.get("/staff/second-factor/set-up")["Location"] == "/staff/second-factor"
    assert thief.post("/staff/second-factor/set-up", {"code": "123456"})["Location"] == "/staff/second-factor"
    assert TOTPDevice.objects.filter(user=user).count() == 1


def test_another_persons_code_does_not_pass() -> None:
    user, other = account(), account()
    thief = password_given(user)
    assert thief.post("/staff/second-factor", {"code": code(other)}).status_code == 200
    assert thief.get("/staff/")["Location"] == "/staff/second-factor"


def test_a_code_seen_over_a_shoulder_does_not_work_again() -> None:
    user = account()
    seen = code(user)
    assert password_given(user).post("/staff/second-factor", {"code": seen})["Location"] == "/staff/"
    assert password_given(user).post("/staff/second-factor", {"code": seen}).status_code == 200


def test_guessing_codes_gets_slower_and_slower() -> None:
    user = account()
    thief = password_given(user)
    right = code(user)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(3):
        TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - timedelta(hours=1))
        page = thief.post("/staff/second-factor", {"code": wrong}).content.decode()
    assert "wait for 4 seconds" in page
    assert thief.post("/staff/second-factor", {"code": right}).status_code == 200
    assert len(audited("staff.second_factor_refused")) == 4


def test_a_recovery_code_works_once_for_its_owner_only() -> None:
    user, other = account(), account()
    codes = one_use.new_recovery_codes(user)
    assert len(codes) == limits.RECOVERY_CODES
    assert password_given(other).post("/staff/second-factor/recovery", {"code": codes[0]}).status_code == 200
    assert password_given(user).post("/staff/second-factor/recovery", {"code": codes[0]})["Location"] == "/staff/"
    assert password_given(user).post("/staff/second-factor/recovery", {"code": codes[0]}).status_code == 200
    assert RecoveryCode.objects.filter(user=user).count() == limits.RECOVERY_CODES - 1
    assert not RecoveryCode.objects.filter(digest__contains=codes[1].replace("-", "")).exists()


def test_recovery_is_nothing_for_an_account_without_a_second_factor() -> None:
    client = password_given(account(enrolled=False))
    assert client.get("/staff/second-factor/recovery")["Location"] == "/staff/second-factor/set-up"
    assert client.get("/staff/second-factor")["Location"] == "/staff/second-factor/set-up"


def test_a_session_left_alone_for_a_quarter_of_an_hour_is_over() -> None:
    client = signed_in(account())
    Clock(client).later(minutes=14)
    assert client.get("/staff/").status_code == 200
    Clock(client).later(minutes=14)
    assert client.get("/staff/").status_code == 200
    Clock(client).later(minutes=15, seconds=1)
    answer = client.get("/staff/", follow=True)
    assert answer.redirect_chain == [("/staff/signed-out?because=time", 302)]
    assert "15 minutes" in answer.content.decode()
    assert client.get("/staff/")["Location"] == "/staff/sign-in"


def test_a_session_that_is_kept_alive_is_over_after_twelve_hours() -> None:
    client = signed_in(account())
    Clock(client).began_earlier(hours=12, seconds=1)
    assert client.post("/staff/find")["Location"] == "/staff/signed-out?because=time"


def test_nobody_is_promised_minutes_beyond_the_twelve_hours() -> None:
    client = signed_in(account())
    assert client.get("/staff/stay").json() == {"seconds_left": 900}
    Clock(client).began_earlier(hours=11, minutes=56)
    assert client.get("/staff/stay").json()["seconds_left"] <= 240


def test_a_half_signed_in_session_is_over_as_soon() -> None:
    client = password_given(account())
    Clock(client).later(minutes=16)
    assert client.get("/staff/second-factor")["Location"] == "/staff/signed-out?because=time"


def test_a_session_key_known_before_signing_in_opens_nothing_after() -> None:
    user, client = account(), Client()
    session = client.session
    session["planted"] = "by the attacker"
    session.save()
    client.cookies["session"] = session.session_key
    password_given(user, client)
    halfway = client.cookies["session"].value
    assert halfway != session.session_key and "planted" not in client.session
    client.post("/staff/second-factor", {"code": code(user)})
    assert client.cookies["session"].value not in (halfway, session.session_key)
    attacker = Client()
    attacker.cookies["session"] = halfway
    assert attacker.get("/staff/")["Location"] == "/staff/sign-in"


def test_signing_out_ends_the_session_on_the_server() -> None:
    user = account()
    client, copy = signed_in(user), Client()
    copy.cookies["session"] = client.cookies["session"].value
    assert client.get("/staff/sign-out").status_code == 405
    assert client.post("/staff/sign-out")["Location"] == "/staff/signed-out"
    assert copy.get("/staff/")["Location"] == "/staff/sign-in"
    assert client.post("/staff/sign-out").status_code == 302
    assert [entry.actor for entry in audited("staff.signed_out")] == [f"staff:{user.username}"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example/staff/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/",
        "/health",
        "/staff/nowhere",
        "",
        "http:///evil.example",
        "/staff/../",
        "///staff/find",
    ],
)
def test_next_leads_to_no_other_place_than_the_staffs_pages(address: str) -> None:
    assert safe(address) == ""
    user, client = account(), Client()
    client.post(f"/staff/sign-in?next={address}", {"username": user.username, "password": PASSWORD})
    assert client.post("/staff/second-factor", {"code": code(user)})["Location"] == "/staff/"


def test_next_leads_back_to_the_page_that_was_asked_for() -> None:
    user, client = account(), Client()
    asked = client.get("/staff/find")["Location"]
    client.post(asked, {"username": user.username, "password": PASSWORD})
    assert client.post("/staff/second-factor", {"code": code(user)})["Location"] == "/staff/find"


def test_a_form_sent_by_another_site_does_nothing() -> None:
    user = account()
    client = Client(enforce_csrf_checks=True)
    assert client.post("/staff/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 403
    inside = signed_in(user)
    inside.handler.enforce_csrf_checks = True
    for address in ("/staff/find", "/staff/sign-out", "/staff/me/password", "/staff/me/recovery-codes"):
        assert inside.post(address).status_code == 403, address


def test_a_new_password_ends_the_sessions_of_whoever_knew_the_old_one() -> None:
    user = account()
    thief, owner = signed_in(user), signed_in(user)
    said = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert owner.post("/staff/me/password", said)["Location"] == "/staff/me"
    assert "Your password was changed" in owner.get("/staff/me").content.decode()
    assert thief.get("/staff/")["Location"] == "/staff/sign-in"
    assert len(audited("staff.password_changed")) == 1


def test_an_unlocked_screen_does_not_let_the_password_be_guessed() -> None:
    user = account()
    client = signed_in(user)
    said = {"current": "a guess", "password": NEW, "again": NEW}
    answers = [client.post("/staff/me/password", said) for _ in range(limits.GUESSES)]
    assert "This is not your password now" in answers[0].content.decode()
    assert answers[-1].status_code == 429
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_a_password_like_the_owners_name_is_refused() -> None:
    user = account(name="wilhelmina.featherstone")
    said = {"current": PASSWORD, "password": "wilhelmina.featherstone", "again": "wilhelmina.featherstone"}
    assert "too similar" in signed_in(user).post("/staff/me/password", said).content.decode()


def test_a_demonstrations_account_lets_nobody_in_elsewhere() -> None:
    user = account(Role.OPERATOR)
    client = signed_in(user)
    user.groups.create(name=DEMO_GROUP)
    assert guess(user.username, PASSWORD)[0] == 200
    assert client.get("/staff/")["Location"] == "/staff/sign-in"


def test_the_page_with_the_demonstrations_passwords_is_not_there_elsewhere() -> None:
    assert Client().get("/demo/staff").status_code == 404


def test_a_code_of_another_shape_is_no_guess() -> None:
    user = account()
    client, new = password_given(user), password_given(account(enrolled=False))
    for address in ("/staff/second-factor", "/staff/second-factor/set-up"):
        page = (client if address.endswith("factor") else new).post(address, {"code": "12345"}).content.decode()
        assert "6 digits, such as" in page
    assert "Enter a recovery code" in client.post("/staff/second-factor/recovery").content.decode()
    assert "Enter your password" in Client().post("/staff/sign-in", {"username": user.username}).content.decode()
    assert not audited("staff.second_factor_refused") and not audited("staff.sign_in_refused")

"""Codes are not guessed: not one person's, not anybody's out of ten thousand, not by many at once, not twice."""

from __future__ import annotations

import math
import random
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ndoo.service.choices.identity import codes, rate_limit
from ndoo.service.choices.identity.codes import Checked, CodeVerdict
from ndoo.service.choices.identity.limits import limit, limits
from ndoo.service.choices.identity.models import Attempt, Code, WrongCode
from tests.support.patients import ANN, Clock, Visitor, known, newest_code, number, text, title

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SPACE = 10**6


def attempt(nth: int, now: datetime) -> Attempt:
    """An attempt of somebody known; the details are right, as an attacker's may be."""
    return Attempt.objects.create(key=f"key{nth}", made_at=now, way="text", nhs_number=number(nth % 50).reveal())


class Guesser:
    """Goes through people one after the other, each guess from another address, as fast as it is let."""

    def __init__(self, people: int, now: datetime) -> None:
        self.keys = [attempt(nth, now).key for nth in range(people)]
        self.at = 0

    def guesses(self, now: datetime) -> Checked:
        """One guess at whoever is next; a new code first where the old one is dead."""
        key = self.keys[self.at % len(self.keys)]
        self.at += 1
        return codes.check(key, f"{self.at % SPACE:06d}", f"2001:db8:{self.at % 65536:x}::1", now)


def test_a_sprayer_of_many_people_wins_less_than_once_in_fifty_days() -> None:
    """A quarter of an hour of a sprayer with 100 people and addresses without end; the count bounds a day."""
    tested, now, window = 0, START, timedelta(minutes=limit("brake_minutes"))
    guesser = Guesser(100, now)
    for key in guesser.keys:
        codes.make(Attempt.objects.get(pk=key), now)
    for second in range(0, 15 * 60, 3):
        now = START + timedelta(seconds=second)
        checked = guesser.guesses(now)
        tested += checked.verdict in (CodeVerdict.WRONG, CodeVerdict.RIGHT)
    windows = timedelta(minutes=15) / window
    assert tested <= limit("wrong_codes_until_shut") * (windows + 1)
    assert tested > 30, "the brake does not shut out everybody at the first mistake"
    a_day = limit("wrong_codes_until_shut") * (DAY / window) / SPACE
    assert a_day <= 0.02


def test_the_same_sprayer_without_the_brake_would_win(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wrong_codes_until_shut", "wrong_codes_until_one_try"):
        monkeypatch.setitem(limits(), name, replace(limits()[name], value=10**9))
    guesser = Guesser(60, START)
    for key in guesser.keys:
        codes.make(Attempt.objects.get(pk=key), START)
    tested = sum(guesser.guesses(START + timedelta(seconds=nth)).verdict is CodeVerdict.WRONG for nth in range(150))
    assert tested == 150
    assert 288 * tested / SPACE > 0.02, "what it could test in five minutes, all day long"


def test_fifty_years_of_monte_carlo_agree_with_the_arithmetic() -> None:
    """A sprayer that takes all that the brake leaves, every day; each guess wins once in a million."""
    rolled, wins, years = random.Random(20261122), 0, 50
    per_day = limit("wrong_codes_until_shut") * (24 * 60 // limit("brake_minutes"))
    guesses = per_day * 365 * years
    at = 0
    while (at := at + 1 + int(math.log(rolled.random()) / math.log1p(-1 / SPACE))) <= guesses:  # to the next win
        wins += 1
    assert per_day == 17_280
    assert 0.8 <= wins / (years * 365 * 0.01728) <= 1.2
    assert wins / (years * 365) <= 0.02
    one_person = limit("tries_per_code") * limit("codes_per_person_per_day") / SPACE
    assert one_person <= 1.5e-5


def test_one_address_has_ten_guesses_in_five_minutes_and_others_go_on() -> None:
    for nth in range(40):
        codes.make(attempt(nth, START), START)
    verdicts = [codes.check(f"key{nth}", "x", "192.0.2.7", START).verdict for nth in range(12)]
    assert verdicts == [CodeVerdict.WRONG] * 10 + [CodeVerdict.ADDRESS_BRAKED] * 2
    assert codes.check("key20", "x", "192.0.2.8", START).verdict is CodeVerdict.WRONG
    later = START + timedelta(minutes=limit("brake_minutes"))
    assert codes.check("key21", "x", "192.0.2.7", later).verdict is CodeVerdict.WRONG


def test_one_household_is_one_address() -> None:
    assert rate_limit.source_of("2001:db8::1") == rate_limit.source_of("2001:db8::ffff:1")
    assert rate_limit.source_of("2001:db8::1") != rate_limit.source_of("2001:db8:0:1::1")
    assert rate_limit.source_of("192.0.2.7") != rate_limit.source_of("192.0.2.8")
    assert "192" not in rate_limit.source_of("192.0.2.7")
    assert rate_limit.source_of("") == rate_limit.source_of("")


def test_from_ten_wrong_codes_on_each_code_has_one_try() -> None:
    for nth in range(30):
        codes.make(attempt(nth, START), START)
    for nth in range(10):
        assert codes.check(f"key{nth}", "x", f"192.0.2.{nth}", START).left == 2
    assert codes.check("key11", "x", "192.0.2.99", START) == Checked(CodeVerdict.WRONG, left=0)
    assert codes.check("key11", "x", "192.0.2.98", START).verdict is CodeVerdict.SPENT
    code = codes.make(attempt(40, START), START)
    assert codes.check("key40", code, "192.0.2.97", START).verdict is CodeVerdict.RIGHT, "honest people still get in"


def test_the_brake_lets_go_though_the_sprayer_goes_on() -> None:
    for nth in range(200):
        codes.make(attempt(nth, START), START)
    code = codes.make(attempt(200, START), START)
    for nth in range(70):
        codes.check(f"key{nth}", "x", f"198.51.100.{nth}", START)
    assert WrongCode.objects.count() == limit("wrong_codes_until_shut")
    assert codes.check("key200", code, "192.0.2.1", START).verdict is CodeVerdict.BRAKED
    after = START + timedelta(minutes=limit("brake_minutes"))
    for second in range(0, 290, 10):
        codes.check("key150", "x", f"203.0.113.{second % 250}", START + timedelta(seconds=second))
    assert codes.check("key200", code, "192.0.2.1", after).verdict is CodeVerdict.RIGHT, (
        "the code still works afterwards"
    )


def test_a_sprayer_shuts_out_nobody_who_asks_for_a_new_code() -> None:
    """Six strangers' addresses once kept the codes of everybody from being tested."""
    for nth in range(limit("wrong_codes_until_shut")):
        WrongCode.objects.create(at=START, source=f"{nth}")
    code = codes.make(attempt(1, START), START)
    assert len(code) == limit("code_digits_while_shut")
    assert codes.check("key1", code[::-1] + "x", "192.0.2.1", START).verdict is CodeVerdict.BRAKED
    assert codes.check("key1", code[1:] + "x", "192.0.2.1", START).verdict is CodeVerdict.WRONG
    assert codes.check("key1", code, "192.0.2.1", START).verdict is CodeVerdict.RIGHT


def test_longer_codes_are_not_sprayed_either() -> None:
    a_second = 1_000
    assert 86_400 * a_second / 10 ** limit("code_digits_while_shut") <= 0.02
    for _ in range(limit("wrong_codes_until_shut")):
        WrongCode.objects.create(at=START, source="elsewhere")
    codes.make(attempt(1, START), START)
    verdicts = [codes.check("key1", "0123456789", "192.0.2.7", START).verdict for _ in range(4)]
    assert verdicts == [CodeVerdict.WRONG, CodeVerdict.WRONG, CodeVerdict.WRONG, CodeVerdict.SPENT]
    for nth in range(2, 15):
        codes.make(attempt(nth, START), START)
        last = codes.check(f"key{nth}", "0123456789", "192.0.2.7", START).verdict
    assert last is CodeVerdict.ADDRESS_BRAKED, "one address has ten guesses at them too, and is promised no way round"


def test_right_codes_are_not_counted() -> None:
    for nth in range(limit("wrong_codes_until_shut") + 5):
        code = codes.make(attempt(nth, START), START)
        assert codes.check(f"key{nth}", code, "192.0.2.1", START).verdict is CodeVerdict.RIGHT
    assert WrongCode.objects.count() == 0


def test_a_code_works_once() -> None:
    code = codes.make(attempt(1, START), START)
    assert codes.check("key1", code, "192.0.2.1", START).number == number(1)
    assert codes.check("key1", code, "192.0.2.1", START) == Checked(CodeVerdict.SPENT)


def test_a_code_opens_no_other_attempt_and_the_older_one_is_dead() -> None:
    first = codes.make(mine := attempt(1, START), START)
    codes.make(attempt(2, START), START)
    assert codes.check("key2", first, "192.0.2.1", START).verdict is CodeVerdict.WRONG
    second = codes.make(mine, START)
    if first != second:
        assert codes.check("key1", first, "192.0.2.1", START).verdict is CodeVerdict.WRONG
    assert codes.check("key1", second, "192.0.2.1", START).verdict is CodeVerdict.RIGHT
    assert codes.check("nobody's key", first, "192.0.2.1", START).verdict is CodeVerdict.EXPIRED


def test_two_at_once_with_the_right_code_are_not_both_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    code = codes.make(attempt(1, START), START)
    compare = codes.constant_time_compare

    def other_was_first(one: str, two: str) -> bool:
        Code.objects.update(used_at=START)
        return compare(one, two)

    monkeypatch.setattr(codes, "constant_time_compare", other_was_first)
    assert codes.check("key1", code, "192.0.2.1", START).verdict is CodeVerdict.SPENT


def test_many_at_once_have_no_more_than_three_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    codes.make(attempt(1, START), START)
    admit = rate_limit.admit

    def others_were_first(address: str, now: datetime, *, long: bool) -> rate_limit.Admitted | rate_limit.Brake:
        Code.objects.update(tries=3)
        return admit(address, now, long=long)

    monkeypatch.setattr(rate_limit, "admit", others_were_first)
    assert codes.check("key1", "x", "192.0.2.1", START).verdict is CodeVerdict.SPENT
    assert WrongCode.objects.count() == 0


def test_whoever_gets_no_code_cannot_guess_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else new attempts without end would each be a chance in a million, though nothing was ever sent."""
    monkeypatch.setattr(secrets, "randbelow", lambda top: 0)
    codes.make_unknown(attempt(1, START), START)
    assert codes.check("key1", "000000", "192.0.2.1", START).verdict is CodeVerdict.WRONG
    assert codes.make(attempt(2, START), START) == "000000"


def test_no_code_stands_in_the_database() -> None:
    code = codes.make(attempt(1, START), START)
    held = [str(value) for row in Code.objects.values() for value in row.values()]
    assert not any(code in value for value in held if len(value) < 64)
    assert held != [str(value) for row in Code.objects.values() for value in row.values() if value != row["digest"]]


@pytest.mark.usefixtures("demonstration")
def test_people_are_told_when_the_brake_is_on_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    for _ in range(limit("wrong_codes_until_shut")):
        WrongCode.objects.create(at=clock.now, source="x")
    assert visitor.types(newest_code()).status_code == 429
    assert "Your code still works" in text(visitor.page)
    assert "Get a new code . It is longer" in text(visitor.page)
    clock.passes(minutes=5)
    visitor.types(newest_code())
    assert visitor.at == "/journey/choice"


@pytest.mark.usefixtures("demonstration")
@pytest.mark.parametrize("sprayed", [False, True], ids=["that address alone", "everybody as well"])
def test_whoever_shares_an_address_with_a_sprayer_spends_no_code_on_one_that_is_refused_too(
    sprayed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page once promised them a longer code. It had six digits, and no code from there was tested, of any length."""
    clock = Clock(monkeypatch)
    known()
    visitor = Visitor()
    visitor.asks_for_a_code(ANN)
    here = rate_limit.source_of(visitor.address)
    WrongCode.objects.bulk_create(
        [WrongCode(at=clock.now, source=here) for _ in range(limit("wrong_codes_per_address"))]
        + [WrongCode(at=clock.now, source="x") for _ in range(limit("wrong_codes_until_shut") * sprayed)]
    )
    assert visitor.types(newest_code()).status_code == 429
    shown = text(visitor.page)
    assert "6 digits" not in shown
    assert "longer" not in shown
    assert "/journey/no-code" not in visitor.page.content.decode().split("<main", 1)[1]
    assert "from your internet connection" in shown
    assert "Your code still works. Wait 5 minutes" in shown
    clock.passes(minutes=5)
    visitor.types(newest_code())
    assert visitor.at == "/journey/choice"


@pytest.mark.usefixtures("demonstration")
def test_one_address_cannot_have_everybody_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    visitor = Visitor()
    visitor.tells_who(ANN)
    for nth in range(limit("searches_per_address_per_hour")):
        Attempt.objects.create(
            key=str(nth), made_at=clock.now, source=rate_limit.source_of(visitor.address), way="text"
        )
    assert visitor.sends("/journey/check-your-details").status_code == 429
    assert title(visitor.page) == "Try again later"
    elsewhere = Visitor(address="198.51.100.9")
    elsewhere.tells_who(ANN)
    assert elsewhere.sends("/journey/check-your-details").status_code == 200
    clock.passes(minutes=61)
    visitor.tells_who(ANN)
    assert visitor.sends("/journey/check-your-details").status_code == 200

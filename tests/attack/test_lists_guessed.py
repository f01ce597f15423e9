"""Somebody who may have lists checked uses them to find out about one person: rows 1 to 3 of the attacks' catalogue.

Each rule stands beside a naive one, which the same attack passes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import timezone

from ndoo.domain.nhs_number import NHSNumber, check_digit, read
from ndoo.numbers.number_set import NumberSet, SettledPeople
from ndoo.service.api_clients.models import Caller
from ndoo.service.list_checks import list_guessing, sketches
from ndoo.service.list_checks.known_people import EverybodyKnown, NobodyKnown, SampledPeople
from ndoo.service.list_checks.limits import limit, share
from ndoo.service.list_checks.list_guessing import HoldReason, asked_list, judge
from ndoo.service.list_checks.models import CheckedList, ListState, Trace
from tests.support.api_callers import known, people, registered

KEY = b"k" * 32
ISSUED = 272_727_273
"""NHS numbers that could be issued: 400 to 499 and 600 to 799, with a right check digit (attacks, arithmetic)."""
LIVE = 92_000_000
"""More than anybody says that the register of people holds."""


def of(numbers: list[str]) -> NumberSet:
    found = NumberSet()
    text = "\n".join(numbers).encode()
    found.add_lines(bytearray(text), len(text), final=True)
    return found


def judged(caller: Caller, numbers: list[str], *, unknown: float = 0.0, answered: bool = True) -> list[HoldReason]:
    """What the brake says of a list, which is answered if it says nothing."""
    now = timezone.now()
    row = CheckedList.objects.create(
        caller=caller, received_at=now, read=len(numbers), requested=len(numbers), deleted_after=now
    )
    found = of(numbers)
    asked = asked_list(found, SettledPeople(found), caller.ods, unknown)
    with transaction.atomic():
        reasons = judge(row, asked, now).reasons
    if not reasons and answered:
        CheckedList.objects.filter(pk=row.pk).update(state=ListState.ANSWERED, checked_at=now)
    return reasons


# Row 1: generated numbers


def passing(size: int, live: int, may_miss: int) -> float:
    """The chance that a list of so many generated numbers has at most so many that name nobody."""
    hit = live / ISSUED
    return sum(math.comb(size, miss) * (1 - hit) ** miss * hit ** (size - miss) for miss in range(may_miss + 1))


def test_generated_numbers_pass_less_than_once_in_66_million_lists() -> None:
    may_miss = math.floor(share("unknown_share") * 20)
    assert passing(20, LIVE, may_miss) <= 1.5e-8
    assert passing(20, 57_700_000, may_miss) < 2.45e-12  # the catalogue says 2.4
    assert passing(100, LIVE, math.floor(share("unknown_share") * 100)) < 1e-37
    looks = int(limit("unknown_sample"))
    assert passing(looks, LIVE, math.floor(share("unknown_share") * looks)) <= 1.5e-8, (
        "a sample of a long list is as strict"
    )


def misses(lists: int, size: int, chance: random.Random) -> Iterator[int]:
    """How many of each generated list name nobody."""
    alive = LIVE / ISSUED
    for _ in range(lists):
        yield sum(chance.random() >= alive for _ in range(size))


@pytest.mark.parametrize("lists", [20_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_no_generated_list_of_so_many_is_answered(lists: int) -> None:
    counts = list(misses(lists, 20, random.Random(1)))
    assert not any(missing / 20 <= share("unknown_share") for missing in counts)
    naive = sum(missing < 20 for missing in counts)
    assert naive > 0.99 * lists, "whoever asks only that somebody is known lets nearly all of them pass"


@pytest.mark.django_db
def test_the_register_of_people_is_asked_about_everybody_on_the_list() -> None:
    numbers = people(100)
    known(numbers[:95])
    assert EverybodyKnown().unknown(of(numbers), 100) == pytest.approx(0.05)
    assert NobodyKnown().unknown(of(numbers), 100) == 0
    caller = registered()
    assert judged(caller, numbers, unknown=0.05) == []
    assert judged(caller, people(100, 9), unknown=0.0501) == [HoldReason.UNKNOWN]


def test_a_register_that_answers_about_one_at_a_time_is_asked_about_a_sample_in_its_own_time() -> None:
    numbers, waited, seen = people(300), list[float](), list[str]()

    class Slow:
        def by_number(self, number: NHSNumber) -> object | None:
            seen.append(number.reveal())
            return None if number.reveal() in numbers[:150] else SimpleNamespace(number=number)

        def find(self, details: object) -> object:
            raise NotImplementedError

    share_missing = SampledPeople(Slow(), waited.append).unknown(of(numbers), 300)  # type: ignore[arg-type]
    assert 0 < share_missing < 1
    assert len(set(seen)) == 20
    assert waited == [0.2] * 20, "5 a second"


def test_a_number_that_another_replaced_is_nobodys() -> None:
    """Its owner's opt-out stands under the other: who asked about it was told that there is none."""
    old, new = people(2)

    class Replaced:
        def by_number(self, number: NHSNumber) -> object:
            return SimpleNamespace(number=NHSNumber(new))

        def find(self, details: object) -> object:
            raise NotImplementedError

    asked = SampledPeople(Replaced(), lambda _: None)  # type: ignore[arg-type]
    assert (asked.unknown(of([old]), 1), asked.unknown(of([new]), 1)) == (1, 0)


# Row 2: one person among others


def history(size: int, weeks: int, turnover: float, chance: random.Random) -> Iterator[set[int]]:
    """An honest list, week by week: each week some leave, and others come for them."""
    people_then, fresh = set(range(size)), size
    yield set(people_then)
    for _ in range(weeks):
        gone = {one for one in people_then if chance.random() < turnover}
        people_then = (people_then - gone) | set(range(fresh, fresh + len(gone)))
        fresh += len(gone)
        yield set(people_then)


def parts_of(ones: set[int]) -> bytes:
    return sketches.sketch(KEY, [[f"{one:010d}" for one in ones]]).parts


def is_near(one: bytes, other: bytes) -> bool:
    return 0 < sketches.distance(one, other, limit("near_most")) <= limit("near_most")


@pytest.mark.parametrize("size", [1, 20, 500, 5_000])
def test_one_person_put_in_for_another_is_always_held(size: int) -> None:
    chance = random.Random(size)
    crowd = set(range(size))
    before = parts_of(crowd)
    swaps = 200 if size < 5_000 else 20
    for _ in range(swaps):
        target = 10_000 + chance.randrange(1_000_000)
        left = chance.choice(sorted(crowd))
        for guess in (crowd - {left} | {target}, crowd | {target}, crowd - {left}):
            assert is_near(before, parts_of(guess))


@pytest.mark.parametrize("apart", range(1, 10))
def test_up_to_nine_people_apart_are_always_near(apart: int) -> None:
    for seed in range(30):
        chance = random.Random(seed)
        crowd = set(range(300))
        new = {1000 + chance.randrange(10**6) for _ in range(apart // 2)}
        gone = set(chance.sample(sorted(crowd), apart - len(new)))
        assert is_near(parts_of(crowd), parts_of((crowd - gone) | new))


def test_a_smallest_length_alone_is_no_defence() -> None:
    """The naive rule: lists of ten and more are answered. One target among 19 known people passes."""
    padding = set(range(19))
    naive = [len(padding | {target}) >= 10 for target in range(100, 110)]
    assert all(naive)
    sent: list[bytes] = []
    held = 0
    for target in range(100, 110):
        mine = parts_of(padding | {target})
        held += any(is_near(mine, other) for other in sent)
        sent.append(mine)
    assert held == 9, "every one after the first differs from it by two people"


def held_of(size: int, weeks: int, seeds: range) -> float:
    held = total = 0
    for seed in seeds:
        sent: list[bytes] = []
        for people_then in history(size, weeks, 0.005, random.Random(seed)):
            mine = parts_of(people_then)
            held += any(is_near(mine, other) for other in sent[-3:])  # three weeks
            total += bool(sent)
            sent.append(mine)
    return held / total


def test_an_honest_list_that_changes_a_little_each_week_is_hardly_ever_held() -> None:
    assert held_of(5_000, 10, range(6)) < 0.01
    assert held_of(300, 5, range(5)) > 0.5, "that of a small cohort is: then a second person looks at it each time"


@pytest.mark.soak
def test_honest_histories_of_many_organisations_are_held_in_less_than_one_of_a_hundred() -> None:
    assert held_of(3_000, 52, range(40)) < 0.01


@pytest.mark.django_db
def test_a_list_near_an_earlier_one_is_held_for_every_caller_of_that_organisation() -> None:
    crowd = people(200)
    first, second = registered("one"), registered("two")
    elsewhere = registered("three", ods="RX8")
    assert judged(first, crowd[:190]) == []
    assert judged(second, crowd[:189]) == [HoldReason.NEAR]
    assert judged(elsewhere, crowd[:189]) == [], "another organisation's lists are its own"
    assert judged(first, crowd[:190]) == [], "the same list again tells what it told"
    assert judged(first, crowd[:189]) == [HoldReason.NEAR], "one that was held may not be sent once more to get through"
    assert judged(first, crowd[:200]) == [], "ten people more"


@pytest.mark.django_db
def test_a_list_that_differs_only_where_the_comparison_begins_is_near() -> None:
    """Most earlier lists are told apart by their first parts alone: nine people who all fall into those are still near."""
    key, crowd = sketches.key_of("RX9"), people(900, 11)
    early = [one for one in crowd if any(sketches.sketch(key, [[one]]).parts[: list_guessing._BEGINNING])]
    nine = early[:9]
    rest = [one for one in crowd if one not in nine]
    caller = registered()
    assert len(nine) == 9
    assert judged(caller, rest) == []
    assert judged(caller, rest + nine) == [HoldReason.NEAR]


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "reasons"), [(1, [HoldReason.FEW]), (9, [HoldReason.FEW]), (10, [])])
def test_a_list_of_a_few_asks_about_each_of_them(count: int, reasons: list[HoldReason]) -> None:
    assert judged(registered(), people(count)) == reasons


@pytest.mark.django_db
def test_what_is_left_of_a_list_names_nobody_without_the_key() -> None:
    """A plain hash of ten digits is undone in minutes. Neither one stands in what is kept, nor the number."""
    import hashlib

    target = people(1)[0]
    judged(registered(), [target])
    kept = bytes(Trace.objects.get().parts)
    for plain in (hashlib.sha256, hashlib.md5, hashlib.blake2b, hashlib.sha1):
        assert plain(target.encode()).digest()[:8] not in kept
        assert plain(target.encode()).digest()[-8:] not in kept
    assert target.encode() not in kept
    other = sketches.sketch(sketches.key_of("RX8"), [[target]]).parts
    assert kept != other, "another organisation has another key"


# The allowance


@pytest.mark.django_db
def test_nobody_asks_about_more_people_than_their_asset_is_about() -> None:
    caller = registered(population=1_000)
    asked = people(1_400)
    assert judged(caller, asked[:1_000]) == []
    assert judged(caller, asked[:1_000]) == [], "the same people count once"
    assert judged(caller, asked[200:1_040]) == []
    assert judged(caller, asked[400:1_400]) == [HoldReason.ALLOWANCE]
    assert judged(caller, asked[:1_000]) == [HoldReason.ALLOWANCE], "until the window has passed"


@pytest.mark.django_db
def test_ten_lists_at_ten_thousand_people_each_are_one_allowance() -> None:
    """The naive brake counts requests a second, which no patient attacker minds."""
    caller = registered(population=2_000)
    crowd = people(4_000, 4)
    answers = [judged(caller, crowd[at : at + 400]) for at in range(0, 4_000, 400)]
    assert answers.count([]) in (5, 6)
    assert answers[6:] == [[HoldReason.ALLOWANCE]] * 4


@pytest.mark.parametrize("count", [10, 100, 1_000, 10_000, 30_000])
def test_different_people_are_counted_to_a_few_in_a_hundred(count: int) -> None:
    numbers = [f"{one:010d}" for one in range(count)]
    half = [sketches.sketch(KEY, [part]).registers for part in (numbers[: count // 2 + 1], numbers[count // 3 :])]
    assert sketches.people(sketches.joined(half)) == pytest.approx(count, rel=0.06)
    assert sketches.people(sketches.joined([])) == 0


def test_a_number_is_read_as_it_is_counted() -> None:
    nine = "400000000"
    assert isinstance(read(nine + str(check_digit(nine))), NHSNumber)

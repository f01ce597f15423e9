"""A labelled corpus: columns of which it is known whether NHS numbers stand in them, in every disguise and beside every double.

Each is small, so that chance has its say. What is hard on purpose: three rows, blanks and mistakes, a column that is mostly
something else, one number in fifty texts, numbers only at the end; and ids that are ten digits too, the numbers of books, which
have the very same check digit, telephones, times and one number repeated a thousand times.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ndoo.domain.nhs_number import check_digit
from tests.support.disguises import DISGUISES, WHOLE


@dataclass(frozen=True)
class Labelled:
    """One column. `truth`: NHS numbers stand in it. `why` names its family."""

    why: str
    heading: str
    cells: list[str]
    truth: bool


NEUTRAL = ("ref", "col_7", "identifier", "key", "value", "field3")
SIZES = (3, 12, 100, 1000)


def corpus(seed: int = 1, rounds: int = 4) -> Iterator[Labelled]:
    """Some 900 columns in four rounds, about half of them with NHS numbers."""
    dice = random.Random(seed)
    for turn in range(rounds):
        fresh = seed * 100 + turn
        for disguise in WHOLE:
            for size in SIZES:
                yield Labelled("whole", dice.choice(NEUTRAL), [disguise(n) for n in _some(size, fresh)], True)
        for disguise in DISGUISES:
            numbers = iter(_some(40, fresh + 50))
            texts = [_text(dice, disguise(next(numbers)) if at % 50 == 25 else None) for at in range(200)]
            yield Labelled("in text", dice.choice(("notes", "remark", "field3")), texts, True)
        for size in SIZES[1:]:
            yield from _dirty(dice, size, fresh)
        for size in SIZES:
            for why, drawn in DOUBLES.items():
                yield Labelled(why, dice.choice(NEUTRAL), [drawn(dice, at) for at in range(size)], False)
            for _ in range(3):
                yield Labelled("random ids", dice.choice(NEUTRAL), [_ten(dice) for _ in range(size)], False)
                yield Labelled("plain text", "notes", [_text(dice, None) for _ in range(size)], False)
        for _ in range(5):
            yield Labelled("three random ids", dice.choice(NEUTRAL), [_ten(dice) for _ in range(3)], False)
        one = _ten(dice)
        yield Labelled("one id repeated", "org", [one] * 1000, False)


def _some(count: int, seed: int) -> list[str]:
    """As many different numbers of the 999 range."""
    dice, found = random.Random(seed), dict[str, None]()
    while len(found) < count:
        nine = f"999{dice.randrange(10**6):06}"
        if (digit := check_digit(nine)) is not None and len(set(nine)) > 1:
            found[f"{nine}{digit}"] = None
    return list(found)


def _dirty(dice: random.Random, size: int, seed: int) -> Iterator[Labelled]:
    numbers = _some(size, seed + 70)
    yield Labelled("blanks", "ref", [n if at % 3 else "" for at, n in enumerate(numbers)], True)
    yield Labelled("mistakes", "ref", [n if at % 4 else _ten(dice) for at, n in enumerate(numbers)], True)
    yield Labelled("mixed forms", "ref", [dice.choice(WHOLE)(n) for n in numbers], True)
    yield Labelled(
        "among others",
        "ref",
        [n if at % 3 == 0 else f"RX1{dice.randrange(10**6):06}" for at, n in enumerate(numbers)],
        True,
    )
    yield Labelled(
        "at the end",
        "ref",
        ["" if at < size * 0.9 else n for at, n in enumerate([*numbers, *_some(8, seed + 80)])],
        True,
    )
    yield Labelled("repeated visits", "ref", [n for n in numbers[: size // 3] for _ in range(3)], True)


def _ten(dice: random.Random) -> str:
    return f"{dice.randrange(10**10):010}"


def _text(dice: random.Random, number: str | None) -> str:
    said = dice.choice(
        ("Seen today and doing well", "Did not attend on 12/03/2024 at 10:20", "Rang 0113 496 0000 about transport")
    )
    return f"{said}; {number} is on the form." if number else f"{said}; to be seen again in six weeks."


def _book(dice: random.Random, _: int) -> str:
    while True:
        nine = f"{dice.choice('01')}{dice.randrange(10**8):08}"
        if (digit := check_digit(nine)) is not None:
            return f"{nine}{digit}"


DOUBLES: dict[str, Callable[[random.Random, int], str]] = {
    "sequence": lambda dice, at: str(4_000_000_000 + at),
    "book numbers": _book,
    "mobiles without their zero": lambda dice, at: f"7700900{dice.randrange(1000):03}",
    "mobiles": lambda dice, at: f"07700 900{dice.randrange(1000):03}",
    "seconds since 1970": lambda dice, at: str(1_700_000_000 + dice.randrange(10**7)),
    "dates": lambda dice, at: f"2024-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
    "times": lambda dice, at: (
        f"2024-03-{dice.randint(1, 28):02} {dice.randrange(24):02}:{dice.randrange(60):02}:00.{dice.randrange(10**6):06}"
    ),
    "measures": lambda dice, at: repr(dice.random() * 10 ** dice.randrange(10)),
    "hospital numbers": lambda dice, at: f"RX1{dice.randrange(10**6):06}",
    "nine digits": lambda dice, at: f"{dice.randrange(10**9):09}",
    "eleven digits": lambda dice, at: f"{dice.randrange(10**11):011}",
    "digests": lambda dice, at: f"{dice.randrange(2**256):064x}",
    "uuids": lambda dice, at: (
        f"{dice.randrange(2**32):08x}-{dice.randrange(2**16):04x}-4{dice.randrange(2**12):03x}-9{dice.randrange(2**12):03x}-{dice.randrange(2**48):012x}"
    ),
    "card numbers": lambda dice, at: (
        f"{dice.randrange(10**4):04} {dice.randrange(10**4):04} {dice.randrange(10**4):04} {dice.randrange(10**4):04}"
    ),
    "addresses of machines": lambda dice, at: ".".join(str(dice.randrange(256)) for _ in range(4)),
    "money": lambda dice, at: f"{dice.randrange(10**9):,}.{dice.randrange(100):02}",
    "postcodes": lambda dice, at: f"LS{dice.randint(1, 29)} {dice.randint(1, 9)}AB",
}

"""A page that only some people can read informs only some people.

The measure is the Flesch–Kincaid grade of the running text; a reading age is about the grade and five. Headings,
labels and tables are left out, for their short lines would make every page look easy. Hard words that have to stand
("confidential patient information") count like any others.
"""

from __future__ import annotations

import pytest

from ndoo.service.guidance.pages import EVERY, Page, PageKind
from tests.unit.service.pages_read import grade, sentences, syllables
from tests.unit.service.public import NAMES, fetched

HARDEST = {PageKind.READ: 5.0, PageKind.EASY: 4.0, PageKind.PAPER: 5.0, PageKind.LEGAL: 6.0}
"""Reading ages 10, 9, 10 and 11."""
LONGEST = {PageKind.READ: 20, PageKind.EASY: 12, PageKind.PAPER: 25, PageKind.LEGAL: 25}
"""Words in one sentence."""
MOST = {PageKind.READ: 220, PageKind.EASY: 130, PageKind.PAPER: 220, PageKind.LEGAL: 350}
"""Words on one page: too much text reads as discouragement."""

each_page = pytest.mark.parametrize("shown", EVERY, ids=NAMES)


@each_page
def test_a_ten_year_old_can_read_it(shown: Page) -> None:
    assert grade(fetched(shown).main) <= HARDEST[shown.kind]


@each_page
def test_no_sentence_is_long_and_no_page_is_long(shown: Page) -> None:
    said = sentences(fetched(shown).main)
    assert max(said, key=len) and max(map(len, said)) <= LONGEST[shown.kind], max(said, key=len)
    assert sum(map(len, said)) <= MOST[shown.kind]


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("care", 1),
        ("used", 1),
        ("rules", 1),
        ("people", 2),
        ("wanted", 2),
        ("medicine", 3),
        ("various", 3),
        ("social", 2),
        ("confidential", 4),
        ("information", 4),
        ("responsibility", 6),
        ("21", 1),
        ("child’s", 1),
    ],
)
def test_syllables_are_counted_as_they_are_said(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_measure_knows_hard_text_from_easy_text() -> None:
    hard = (
        "The dissemination of confidential patient information for secondary purposes necessitates an appropriate "
        "statutory authorisation, notwithstanding the organisational responsibilities enumerated hereinafter."
    )
    easy = "The cat sat on the mat. It was warm. The dog came in and the cat ran off."
    assert grade(hard) > 18
    assert grade(easy) < 1


def test_the_measure_agrees_with_one_worked_by_hand() -> None:
    """Two sentences, 13 words, 16 syllables: 0.39 · 6.5 + 11.8 · 16/13 − 15.59 = 1.47."""
    text = "The nurse asks for your name. A doctor looks at your records again."
    assert [len(words) for words in sentences(text)] == [6, 7]
    assert sum(map(syllables, " ".join(text.split(".")).split())) == 16
    assert grade(text) == pytest.approx(1.47, abs=0.01)

"""A sentence that no translator was ever given stays English for those who cannot read it.

The proof is a language made for the test, in which every sentence stands in ⟦brackets⟧: what is seen without them was
not wrapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.test import Client
from frontend import messages

from ndoo.service import languages
from ndoo.service.facts import known
from ndoo.service.guidance.pages import EVERY, Page
from tests.unit.service.pages_read import read
from tests.unit.service.public import NAMES

PSEUDO = "eo"  # Django has to know the code; the words are ours


def bracketed(text: str) -> str:
    """`Read <a>this</a>` becomes `⟦Read⟧ <a>⟦this⟧</a>`."""
    parts = re.split(r"(<[^>]*>)", text)
    return "".join(part if not part.strip() or part.startswith("<") else f"⟦{part}⟧" for part in parts)


@pytest.fixture(scope="session")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `locale` folder with the made-up language in it."""
    folder = tmp_path_factory.mktemp("locale")
    catalog = Catalog(locale=PSEUDO)
    for message in messages.collected():
        if message.id:
            one_or_more = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = tuple(map(bracketed, one_or_more))
            catalog.add(message.id, strings if len(strings) > 1 else strings[0], context=message.context)
    place = folder / PSEUDO / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    return folder


@pytest.fixture
def two_languages(translated: Path, settings: Any) -> Iterator[None]:
    settings.LOCALE_PATHS = [translated]
    settings.LANGUAGES = languages.available(translated)
    yield


@pytest.mark.usefixtures("two_languages")
@pytest.mark.parametrize("shown", EVERY, ids=NAMES)
def test_no_sentence_is_out_of_a_translators_reach(shown: Page, settings: Any) -> None:
    answer = Client(headers={"accept-language": PSEUDO}).get(f"/{shown.path}")
    found = read(answer.content.decode())
    assert found.lang == PSEUDO
    assert answer.headers["Content-Language"] == PSEUDO
    same_everywhere = [line for fact in known() if not fact.words for line in fact.text.split(", ")]
    same_everywhere += [name for _, name in settings.LANGUAGES]
    same_everywhere += [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME]
    seen = " ".join(found.everything)
    assert "⟦" in seen
    for text in sorted(same_everywhere, key=len, reverse=True):
        seen = seen.replace(text, " ")
    while re.search(r"⟦[^⟦⟧]*⟧", seen):
        seen = re.sub(r"⟦[^⟦⟧]*⟧", " ", seen)
    assert re.findall(r"[^\s:,–]+", seen) == []


@pytest.mark.usefixtures("two_languages")
def test_a_reader_picks_a_language_and_keeps_it() -> None:
    browser = Client()
    assert 'value="eo"' in browser.get("/formats").content.decode()
    answer = browser.post("/language", {"language": PSEUDO, "next": "/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert answer.cookies["language"]["httponly"]
    assert answer.cookies["language"]["samesite"] == "Lax"
    assert 'lang="eo" dir="ltr"' in browser.get("/").content.decode()


@pytest.mark.usefixtures("two_languages")
def test_the_change_of_language_sends_nobody_to_another_site() -> None:
    answer = Client().post("/language", {"language": PSEUDO, "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"


def test_where_there_is_one_language_none_is_offered() -> None:
    assert "<form" not in Client().get("/formats").content.decode()


def test_only_languages_with_a_compiled_translation_are_offered(tmp_path: Path) -> None:
    for name in ("pl", "zh_Hans", "xx", "zh_cn"):
        (tmp_path / name / "LC_MESSAGES").mkdir(parents=True)
        (tmp_path / name / "LC_MESSAGES" / "django.mo").touch()
    (tmp_path / "fr" / "LC_MESSAGES").mkdir(parents=True)
    assert languages.available(tmp_path) == [("en-gb", "English"), ("pl", "polski"), ("zh-hans", "简体中文")]


def test_the_list_of_sentences_is_not_stale() -> None:
    assert messages.TEMPLATE.read_bytes() == messages.written(messages.collected()), "stale: run `make messages`"

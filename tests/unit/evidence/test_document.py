"""A document that anybody may have written is asked for each value as what it must be, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ndoo.evidence.document import DocumentPart
from ndoo.evidence.manifest import ReleaseManifest

Asks = Callable[[DocumentPart], object]
ASKED: dict[str, tuple[Asks, Any, object, tuple[Any, ...]]] = {
    "text": (lambda part: part.text("x"), "a", "a", (1, None, ["a"])),
    "text_if_any": (lambda part: part.text_if_any("x"), None, None, (1, [])),
    "count": (lambda part: part.count("x"), 7, 7, (True, "7", 7.0, None)),
    "count_if_any": (lambda part: part.count_if_any("x"), None, None, ("7", False)),
    "is_true": (lambda part: part.is_true("x"), True, True, (1, "true", None)),
    "bounds": (lambda part: part.bounds("x"), [1, 2.5], (1, 2.5), ([1], [1, 2, 3], "12", {"low": 1}, ["1", "2"])),
    "texts": (lambda part: part.texts("x"), ["a"], ("a",), ("a", 5, [1], {"a": 1})),
    "lists_of_texts_if_any": (lambda part: part.lists_of_texts_if_any("x"), [["a"]], (("a",),), ("a", 5, [1], ["a"])),
    "counts": (lambda part: part.counts("x"), {"a": 1}, {"a": 1}, ([1], "a", {"a": "1"})),
    "one_or_more": (lambda part: part.one_or_more("x"), ["a", "b"], ("a", "b"), (5, [5])),
    "part": (lambda part: part.part("x").members, {"a": 1}, {"a": 1}, ([], "a", None)),
    "parts": (lambda part: list(part.part("x").parts()), {"a": {}}, ["a"], ({"a": 5},)),
    "list_of_parts": (lambda part: [one.members for one in part.list_of_parts("x")], [{}], [{}], ("a", 5, [5])),
}


@pytest.mark.parametrize("what", ASKED)
def test_a_forged_value_is_never_taken_for_another_kind(what: str) -> None:
    ask, value, read, forged = ASKED[what]
    assert ask(DocumentPart({"x": value})) == read
    for other in forged:
        with pytest.raises(TypeError):
            ask(DocumentPart({"x": other}))


def test_what_is_not_there_is_missed_or_empty() -> None:
    nothing = DocumentPart({})
    for name in ("text", "count", "is_true", "bounds", "part", "one_or_more", "texts", "counts", "list_of_parts"):
        with pytest.raises(LookupError):
            ASKED[name][0](nothing)
    with pytest.raises(LookupError):
        nothing.text_or_null("x")
    assert DocumentPart({"x": None}).text_or_null("x") is None
    assert (nothing.texts_if_any("x"), nothing.lists_of_texts_if_any("x"), nothing.counts_if_any("x")) == ((), (), {})
    assert (nothing.said("x"), nothing.part_if_any("x"), list(nothing.list_of_parts_if_any("x"))) == (None, None, [])
    assert DocumentPart({"x": "a"}).one_or_more("x") == ("a",) and "x" not in nothing


def test_a_manifest_that_says_nothing_says_that_nobody_upheld_or_sealed_anything() -> None:
    bare = ReleaseManifest({})
    assert (bare.created, bare.list, bare.type1, bare.sealed_under, bare.warnings) == ("", None, None, None, ())
    assert bare.needs_no_list and not bare.type1_applied and not bare.nobody_had_to_go
    assert ReleaseManifest({"warnings": ["x", {"code": "c", "message": "a\x1bb"}]}).warnings[0].message == "a?b"
    assert ReleaseManifest({"seal": {"public_key": "k"}}).sealed_under == "k"

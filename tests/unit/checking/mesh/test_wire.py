"""What is not plainly MESH's own answer is nobody's word."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ndoo.checking.mesh import wire
from ndoo.checking.mesh.wire import DamagedError, NotMeshError

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def answer(status: int = 200, said: Any = None, **headers: str) -> Any:
    def json() -> Any:
        if isinstance(said, Exception):
            raise said
        return said

    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(status_code=status, headers=named, json=json)


@pytest.mark.parametrize(
    "came",
    [
        answer(302, {}),
        answer(200, ValueError("x")),
        answer(200, RecursionError()),
        answer(200, None),
        answer(200, []),
        answer(200, "x"),
    ],
)
def test_what_is_no_json_object_is_not_mesh(came: Any) -> None:
    with pytest.raises(NotMeshError):
        wire.document(came)


def test_a_kind_that_is_odd_is_not_repeated() -> None:
    with pytest.raises(NotMeshError) as error:
        wire.document(answer(200, ValueError("x"), content_type="text/html; 9990004936"))
    assert error.value.reason == "something else than MESH answered 200, text/html"
    with pytest.raises(NotMeshError) as error:
        wire.document(answer(200, ValueError("x"), content_type="9990004936"))
    assert error.value.reason == "something else than MESH answered 200"


@pytest.mark.parametrize(
    ("said", "page"),
    [
        ({"messages": []}, ([], "")),
        ({"messages": ["A1"], "links": {}}, (["A1"], "")),
        ({"messages": ["A1"], "links": None}, (["A1"], "")),
        (
            {"messages": ["A"], "links": {"next": "/messageexchange/X26/inbox?continue_from=A"}},
            (["A"], "/messageexchange/X26/inbox?continue_from=A"),
        ),
    ],
)
def test_a_page_of_an_inbox_is_read(said: Any, page: Any) -> None:
    assert wire.inbox_page(answer(200, said)) == page


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"messages": None},
        {"messages": "x"},
        {"messages": {}},
        {"messages": [1]},
        {"messages": [""]},
        {"messages": ["a/../b"]},
        {"messages": ["a\n"]},
        {"messages": [], "links": {"next": "@evil.example/inbox?x"}},
        {"messages": [], "links": {"next": "//evil.example/messageexchange/A/inbox?x"}},
        {"messages": [], "links": {"next": 7}},
        {"messages": [], "links": {"next": 0}},
        {"messages": [], "links": "x"},
        {"messages": [], "links": []},
        {"messages": [], "links": {"next": "/messageexchange/A/inbox?a b"}},
    ],
)
def test_a_page_that_is_none_leads_nowhere(said: Any) -> None:
    with pytest.raises(NotMeshError):
        wire.inbox_page(answer(200, said))


def test_the_outside_of_a_message_is_mesh_s_and_ours() -> None:
    ours = {"mex_messageid": "M1", "mex_to": "ra9ot001", "mex_from": "X"}
    assert wire.outside_of(answer(206, **ours), "M1", "RA9OT001") == {"messageid": "M1", "to": "ra9ot001", "from": "X"}
    for wrong in (
        answer(200),
        answer(302, **ours),
        answer(203, **ours),
        answer(200, **{**ours, "mex_messageid": "M2"}),
        answer(200, **{**ours, "mex_to": "RA9OT002"}),
        answer(200, mex_from="X"),
    ):
        with pytest.raises(NotMeshError):
            wire.outside_of(wrong, "M1", "RA9OT001")
    assert wire.outside_of_part(answer(206, mex_chunk_range="2:3"), "M1") == {"chunk-range": "2:3"}
    other = answer(206, mex_chunk_range="2:3", mex_messageid="M2")
    for wrong in (answer(200), answer(404, mex_chunk_range="2:3"), answer(200, mex_from="X"), other):
        with pytest.raises(NotMeshError):
            wire.outside_of_part(wrong, "M1")


@pytest.mark.parametrize(("said", "number", "count"), [("1:1", 1, 1), ("1:7", 1, 7), (" 2:7 ", 2, 7), (None, 3, 3)])
def test_pieces_are_counted(said: str | None, number: int, count: int) -> None:
    assert wire.chunks({"chunk-range": said} if said else {}, number) == count


@pytest.mark.parametrize("said", ["", "1", "2:7", "1:0", "1:x", "-1:1", "1:99999999"])
def test_pieces_that_are_not_counted_are_damaged(said: str) -> None:
    with pytest.raises(DamagedError):
        wire.chunks({"chunk-range": said}, 1)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("99999999", 86_400.0),
        ("", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("\u0667", 0.0),
        ("Sun, 29 Nov 2026 12:01:00 GMT", 60.0),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0.0),
        ("Sun, 29 Nov 2026 12:01:00 -0000", 60.0),
    ],
)
def test_how_long_to_wait(said: str, seconds: float) -> None:
    assert wire.seconds_to_wait(answer(429, retry_after=said), NOW) == seconds


def test_the_date_of_an_answer() -> None:
    assert wire.date_of(answer(200, date="Sun, 29 Nov 2026 12:00:00 GMT")) == NOW
    assert wire.date_of(answer(200, date="today")) is None
    assert wire.date_of(answer(200)) is None

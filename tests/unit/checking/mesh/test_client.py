"""What MESH says, or does not say, is told apart by what is known afterwards: sent, not sent, or nobody can say."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.message import Letter, LostAnswerError, MessageSighting, NotAcceptedError, UnreachableError
from ndoo.checking.mesh.profile import Profile
from ndoo.domain.errors import UsageFault

PROFILE = Profile("live", "https://localhost:1", "RA9OT001", "w", "k", "W", 1.0, "X26HC065")
LETTER = Letter("X26HC065", "W", "a-1", "s", "f.dat")


def answer(status: int, document: Any = None, text: bytes = b"") -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = text if document is None else __import__("json").dumps(document).encode()
    return made


@pytest.fixture
def mailbox() -> Iterator[NetworkMailbox]:
    with NetworkMailbox(PROFILE) as made:
        yield made


def answering(monkeypatch: pytest.MonkeyPatch, mailbox: NetworkMailbox, method: str, came: Any) -> None:
    def call(*_: object, **__: object) -> Any:
        if isinstance(came, BaseException):
            raise came
        return came

    monkeypatch.setattr(mailbox._client._session, method, call)


@pytest.mark.parametrize(
    ("came", "code"),
    [
        (answer(417, {"message_id": "", "detail": [{"event": "SEND", "code": "12", "msg": "Unregistered"}]}), "12"),
        (answer(417, {"errorEvent": "SEND", "errorCode": "17", "errorDescription": "no"}), "17"),
        (answer(400, {"detail": [{"loc": ["header"], "msg": "mex-workflowid"}]}), ""),
        (answer(417, {"detail": [{"code": "9990004935 and a patient's name", "msg": "x"}]}), ""),
        (answer(417, {"detail": []}), ""),
        (answer(417, {}), ""),
    ],
)
def test_a_refusal_means_that_nothing_was_sent(
    came: Any, code: str, mailbox: NetworkMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, mailbox, "post", came)
    with pytest.raises(NotAcceptedError) as refused:
        mailbox.send(LETTER, [b"x"])
    assert refused.value.code == code


@pytest.mark.parametrize(
    "came",
    [
        requests.ConnectionError(),
        requests.Timeout(),
        answer(502),
        answer(500),
        answer(429, text=b"slow down"),
        answer(202, text=b"<html>"),
        OSError(5, "x"),
        requests.HTTPError(response=answer(503)),
        answer(204, {}),
        answer(204, ["x"]),
        answer(202, {}),
        answer(202, {"message_id": None}),
        answer(202, {"message_id": 5}),
        answer(202, {"message_id": " "}),
        answer(202, []),
        answer(200, text=b"<html>Maintenance"),
        answer(302, text=b""),
        answer(404, text=b"<html>"),
        answer(400, {"error": "proxy"}),
        answer(429, {}),
        answer(417, text=b"<html>"),
        answer(402, {"detail": []}),
        answer(403, text=b"<html>"),
        requests.HTTPError(response=answer(403)),
    ],
    ids=lambda came: type(came).__name__,
)
def test_anything_else_may_have_been_sent(came: Any, mailbox: NetworkMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, mailbox, "post", came)
    with pytest.raises(LostAnswerError):
        mailbox.send(LETTER, [b"x"])


def taking_all(*_: object, data: Any, **__: object) -> requests.Response:
    """A piece is read to its end, and taken."""
    data.read()
    return answer(202, {"message_id": "M1"})


@pytest.mark.parametrize(
    ("tracked", "missing"),
    [
        (answer(404, {}), True),
        (answer(404), True),
        (answer(200, {"message_id": "M1", "status": "uploading"}), True),
        (answer(404, text=b"<html>"), False),
        (answer(200, {}), False),
        (requests.ConnectionError(), False),
    ],
)
def test_a_message_in_pieces_is_sent_only_where_mesh_has_it(
    tracked: Any, missing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MESH took each piece, and knew of no such message behind the last one; that counted as sent."""
    with NetworkMailbox(PROFILE, chunk_size=2) as mailbox:
        monkeypatch.setattr(mailbox._client._session, "post", taking_all)
        answering(monkeypatch, mailbox, "get", tracked)
        with pytest.raises(LostAnswerError) as lost:
            mailbox.send(LETTER, [b"12345"])
        assert (lost.value.message_id, lost.value.half, lost.value.uploading) == ("M1", False, missing)
        answering(monkeypatch, mailbox, "get", answer(200, {"message_id": "M1", "status": "accepted"}))
        assert mailbox.send(LETTER, [b"12345"]) == "M1"


def test_a_login_that_is_refused_while_sending_sent_nothing(
    mailbox: NetworkMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, mailbox, "post", answer(403, {"detail": [{"code": "", "msg": "Invalid"}]}))
    with pytest.raises(NotAcceptedError, match="403"):
        mailbox.send(LETTER, [b"x"])


@pytest.mark.parametrize(
    ("came", "sighting"),
    [
        (answer(404), (MessageSighting.ABSENT, "")),
        (answer(300), (MessageSighting.SENT, "")),
        (answer(403), (MessageSighting.UNKNOWN, "")),
        (answer(200, {"messageId": "M1", "status": "Accepted"}), (MessageSighting.SENT, "M1")),
        (answer(200, {"message_id": "M2", "status": "uploading"}), (MessageSighting.HALF, "M2")),
        (answer(200, {"dtsId": "M3"}), (MessageSighting.SENT, "M3")),
        (answer(200, []), (MessageSighting.UNKNOWN, "")),
        (answer(200, {}), (MessageSighting.UNKNOWN, "")),
        (answer(200, text=b"<html>"), (MessageSighting.UNKNOWN, "")),
        (answer(404, text=b"<html>"), (MessageSighting.UNKNOWN, "")),
        (answer(404, {}), (MessageSighting.ABSENT, "")),
        (answer(404, {"detail": [{"event": "TRACKING", "code": "20", "msg": "no"}]}), (MessageSighting.ABSENT, "")),
        (answer(404, []), (MessageSighting.ABSENT, "")),
        (answer(404, {"detail": "Not Found"}), (MessageSighting.UNKNOWN, "")),
        (answer(404, {"message": "no Route matched with those values"}), (MessageSighting.UNKNOWN, "")),
        (answer(404, text=b'{"detail": '), (MessageSighting.UNKNOWN, "")),
        (answer(404, 5), (MessageSighting.UNKNOWN, "")),
    ],
)
def test_what_was_lost_is_looked_for(
    came: Any, sighting: Any, mailbox: NetworkMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, mailbox, "get", came)
    assert mailbox.look_for("a-1") == sighting


@pytest.mark.parametrize(
    ("came", "reason", "refused"),
    [
        (requests.ConnectionError(), "no connection to MESH", False),
        (answer(500), "MESH answered 500", False),
        (answer(403), "MESH answered 403", True),
    ],
)
def test_a_mailbox_that_cannot_be_used_says_why(
    came: Any, reason: str, refused: bool, mailbox: NetworkMailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method, call in (
        ("post", mailbox.handshake),
        ("get", lambda: list(mailbox.waiting("W"))),
        ("get", lambda: mailbox.fetch("M1", 10)),
        ("put", lambda: mailbox.acknowledge("M1")),
    ):
        answering(monkeypatch, mailbox, method, came)
        with pytest.raises(UnreachableError) as error:
            call()
        assert (error.value.reason, error.value.refused) == (reason, refused)


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_gone(status: int, mailbox: NetworkMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, mailbox, "get", answer(status))
    answering(monkeypatch, mailbox, "put", answer(status))
    assert mailbox.fetch("M1", 10) is None
    mailbox.acknowledge("M1")


def test_without_the_library_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mesh_client", None)
    with pytest.raises(UsageFault, match="ndoo\\[mesh\\]"):
        NetworkMailbox(PROFILE)


def test_a_certificate_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_text("no certificate")
    broken = Profile(
        "live", "https://localhost:1", "A", "w", "k", "W", 1.0, None, None, tmp_path / "a.pem", tmp_path / "a.pem"
    )
    with pytest.raises(UsageFault, match="'live' names a certificate or key that cannot be used"):
        NetworkMailbox(broken)


def test_no_token_is_shown_twice(mailbox: NetworkMailbox) -> None:
    adapter = mailbox._client._session.get_adapter("https://localhost:1/x")
    assert adapter.max_retries.total == 0

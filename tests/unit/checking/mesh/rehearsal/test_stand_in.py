"""The stand-in is as strict as the real one is said to be: a kind one would let a rehearsal pass that proves nothing."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import mesh_client
import pytest
import requests

from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.message import Glance, Letter, MessageSighting, NotAcceptedError, UnreachableError
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.rehearsal.stand_in import ANSWERING, ASKING, StandIn, standing_in


@pytest.fixture
def mesh() -> Iterator[StandIn]:
    with standing_in() as made:
        yield made


@pytest.fixture
def mailbox(mesh: StandIn) -> Iterator[NetworkMailbox]:
    with NetworkMailbox(mesh.profile()) as made:
        yield made


def letter(recipient: str = ASKING) -> Letter:
    return Letter(recipient, "W", "a-1", "s", "f.dat")


def called(mesh: StandIn, method: str, path: str, token: str = "", **more: object) -> int:
    with requests.Session() as plain:
        plain.trust_env = False
        made = token or mesh_client.AuthTokenGenerator(mesh.shared_key.encode(), ASKING, mesh.password)()
        headers = {"authorization": made}
        return plain.request(
            method, f"{mesh.url}/messageexchange/{ASKING}{path}", headers=headers, timeout=10, **more
        ).status_code  # type: ignore[arg-type]


def test_a_token_is_taken_once(mesh: StandIn) -> None:
    token = mesh_client.AuthTokenGenerator(mesh.shared_key.encode(), ASKING, mesh.password)()
    assert [called(mesh, "POST", "", token), called(mesh, "POST", "", token)] == [200, 403]


@pytest.mark.parametrize("token", ["", "NHSMESH", "NHSMESH STANDIN01:a:b:c:d", "NHSMESH STANDIN02:a:0:202611220900:d"])
def test_a_token_that_is_wrong_is_refused(token: str, mesh: StandIn) -> None:
    assert called(mesh, "GET", "/inbox", token or "x") == 403


def test_a_wrong_password_and_a_mailbox_that_is_none_are_refused(mesh: StandIn) -> None:
    good = mesh.profile()
    for bad in (
        Profile("p", good.url, good.mailbox, "wrong", good.shared_key, "W", 1.0),
        Profile("p", good.url, "NOBODY", good.password, good.shared_key, "W", 1.0),
    ):
        with NetworkMailbox(bad) as shut, pytest.raises(UnreachableError) as refused:
            shut.handshake()
        assert refused.value.refused


def test_what_was_acknowledged_is_gone_and_what_never_was_is_not_there(mesh: StandIn, mailbox: NetworkMailbox) -> None:
    id = mailbox.send(letter(), [b"x"])
    assert mailbox.glance(id) == Glance(200, ASKING, "a-1", report=False, code="00")
    mailbox.acknowledge(id)
    assert (mailbox.fetch(id, 10), mailbox.last_status) == (None, 410)
    assert mailbox.glance(id) == Glance(410)
    assert (mailbox.fetch("NO_SUCH", 10), mailbox.last_status) == (None, 404)
    mailbox.acknowledge("NO_SUCH")
    assert called(mesh, "GET", "/nothing") == 404


def test_somebody_elses_message_is_not_there(mesh: StandIn, mailbox: NetworkMailbox) -> None:
    id = mailbox.send(letter(ANSWERING), [b"x"])
    assert mailbox.fetch(id, 10) is None
    mailbox.acknowledge(id)
    assert [kept.id for kept in mesh.inbox(ANSWERING, "W")] == [id]


def test_a_glance_at_a_mailbox_that_is_refused_is_no_message(mesh: StandIn, mailbox: NetworkMailbox) -> None:
    mesh.disabled = True
    with pytest.raises(UnreachableError):
        mailbox.glance("any")


def test_an_inbox_comes_page_by_page_and_by_its_workflow(mesh: StandIn, mailbox: NetworkMailbox) -> None:
    sent = [mailbox.send(letter(), [b"x"]) for _ in range(25)]
    assert list(mailbox._client.iterate_message_ids(batch_size=10)) == sent
    assert list(mailbox._client.iterate_message_ids(batch_size=10, workflow_filter="W")) == sent
    assert list(mailbox.waiting("OTHER")) == []


def test_a_message_is_delivered_once_all_its_chunks_are_there(mesh: StandIn) -> None:
    with NetworkMailbox(mesh.profile(), chunk_size=10) as mailbox:
        id = mailbox.send(letter(), [b"x" * 25])
        message = mailbox.fetch(id, 100)
        assert message is not None
        assert (message.body, mailbox.glance(id).chunks) == (b"x" * 25, 3)
        assert mailbox.look_for("", id) == (MessageSighting.SENT, id)
        assert mailbox.look_for("", "M0") == (MessageSighting.ABSENT, "")
        mesh.messages[0].state = "uploading"
        assert list(mailbox.waiting("")) == []


def test_a_body_of_unknown_length_is_taken_whole(mesh: StandIn) -> None:
    assert called(mesh, "POST", "/outbox", data=iter([b"ab", gzip.compress(b"c")])) == 417, "it names no recipient"


def test_a_sending_is_tracked_by_its_local_id(mesh: StandIn, mailbox: NetworkMailbox) -> None:
    assert mailbox.look_for("a-1") == (MessageSighting.ABSENT, "")
    id = mailbox.send(letter(), [b"x"])
    assert mailbox.look_for("a-1") == (MessageSighting.SENT, id)
    with pytest.raises(NotAcceptedError, match="12"):
        mailbox.send(letter("NOBODY"), [b"x"])

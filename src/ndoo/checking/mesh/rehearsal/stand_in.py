"""A small MESH on this machine that misbehaves as asked: what no real one can be made to do on the day of a rehearsal.

It speaks as much of MESH's version 2 over HTTP as `mesh-client` uses, on 127.0.0.1 and a free port, keeps everything in
memory, and is as strict as the real one is said to be: a token is taken once, what was acknowledged is gone. It is held to
what NHS England's sandbox answers by the tests, which run the same cases against both.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.service import known

ASKING, ANSWERING, NOBODY = "STANDIN01", "STANDIN02", "STANDIN99"
_ERRORS = {12: "Unregistered to address", 20: "Message does not exist"}


@dataclass(slots=True)
class KeptMessage:
    """A message, or MESH's report on one."""

    id: str
    sender: str
    recipient: str
    headers: dict[str, str]
    chunks: list[bytes]
    of: int
    """Chunks that belong to it; it is delivered once they are all there."""
    state: str = "accepted"


@dataclass
class StandIn:
    """Two mailboxes, and what is done to them."""

    shared_key: str = field(default_factory=lambda: secrets.token_hex(8))
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    url: str = ""
    disabled: bool = False
    """Every login is refused, as of a mailbox that was disabled."""
    answering: dict[str, int] = field(default_factory=dict)
    """Ids of messages that are listed and, when they are fetched, answered with this status."""
    messages: list[KeptMessage] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def profile(self, mailbox: str = ASKING, recipient: str = ANSWERING) -> Profile:
        """How to get into one of the two mailboxes."""
        return Profile("stand-in", self.url, mailbox, self.password, self.shared_key, known().workflow, 1.0, recipient)

    def days_pass(self) -> None:
        """Five days: what nobody collected goes back to whoever sent it, as a report."""
        for lost in [
            kept for kept in self.messages if kept.state == "accepted" and "mex-linkedmsgid" not in kept.headers
        ]:
            lost.state = "undelivered"
            said = {
                "mex-messagetype": "REPORT",
                "mex-linkedmsgid": lost.id,
                "mex-statuscode": "14",
                "mex-subject": f"NDR: {lost.headers.get('mex-subject', '')}",
            }
            self.messages.append(KeptMessage(_new_id(), "", lost.sender, {**lost.headers, **said}, [b""], 1))

    def lets_in(self, authorization: str, mailbox: str) -> bool:
        """Is this token of that mailbox, right, and new?"""
        said, _, digest = authorization.removeprefix("NHSMESH ").rpartition(":")
        parts = said.split(":")
        if self.disabled or authorization in self.tokens or len(parts) != 4 or parts[0] != mailbox:
            return False
        text = ":".join([*parts[:3], self.password, parts[3]])
        wanted = hmac.new(self.shared_key.encode(), text.encode(), hashlib.sha256).hexdigest()
        self.tokens.add(authorization)
        return hmac.compare_digest(digest, wanted) and mailbox in (ASKING, ANSWERING)

    def inbox(self, mailbox: str, workflow: str) -> list[KeptMessage]:
        """What waits there."""
        return [
            kept
            for kept in self.messages
            if kept.recipient == mailbox
            and kept.state == "accepted"
            and (not workflow or kept.headers.get("mex-workflowid") == workflow)
        ]


def _new_id() -> str:
    return secrets.token_hex(16).upper()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """One that runs until the block ends."""
    mesh = StandIn()

    class Answering(_Answering):
        world = mesh

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    mesh.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield mesh
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answering(BaseHTTPRequestHandler):
    world: StandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer(self._sent())

    do_HEAD = do_POST = do_PUT = do_GET

    def _sent(self) -> bytes:
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", 0)))
        whole = b""
        while length := int(self.rfile.readline(), 16):
            whole += self.rfile.read(length)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _answer(self, body: bytes) -> None:
        address = urlsplit(self.path)
        _, _, mailbox, *where = address.path.split("/")
        if not self.world.lets_in(self.headers.get("authorization", ""), mailbox):
            return self._says(403, {"detail": [{"event": "", "code": "", "msg": "Invalid Authentication Token"}]})
        match self.command, where:
            case "POST", []:
                return self._says(200, {"mailbox_id": mailbox})
            case "GET", ["inbox"]:
                return self._lists(mailbox, parse_qs(address.query))
            case "PUT", ["inbox", id, "status", "acknowledged"]:
                return self._acknowledges(mailbox, id)
            case "GET" | "HEAD", ["inbox", id, *chunk]:
                return self._hands_out(mailbox, id, int(chunk[0]) if chunk else 1)
            case "POST", ["outbox"]:
                return self._takes(mailbox, body)
            case "POST", ["outbox", id, _]:
                return self._takes_more(id, body)
            case "GET", ["outbox", "tracking", *local_id]:
                return self._tracks(mailbox, parse_qs(address.query).get("messageID", [""])[0], *local_id)
        return self._says(404, {"detail": "Not Found"})

    def _lists(self, mailbox: str, asked: dict[str, list[str]]) -> None:
        workflow, most = asked.get("workflow_filter", [""])[0], int(asked.get("max_results", ["500"])[0])
        ids = [kept.id for kept in self.world.inbox(mailbox, workflow)]
        at = ids.index(asked["continue_from"][0]) + 1 if "continue_from" in asked else 0
        page, links = ids[at : at + most], {}
        if len(ids) > at + most:
            filtered = f"&workflow_filter={workflow}" if workflow else ""
            links["next"] = f"/messageexchange/{mailbox}/inbox?max_results={most}{filtered}&continue_from={page[-1]}"
        self._says(200, {"messages": page, "links": links, "approx_inbox_count": len(ids)})

    def _hands_out(self, mailbox: str, id: str, chunk: int) -> None:
        kept = next((kept for kept in self.world.messages if kept.id == id and kept.recipient == mailbox), None)
        if kept is None:
            return self._refuses(404, 20)
        status = self.world.answering.get(id, 200 if kept.state == "accepted" else 410)
        if status != 200:
            return self._refuses(status, 20)
        outside = {
            **kept.headers,
            "mex-from": kept.sender,
            "mex-to": kept.recipient,
            "mex-messageid": id,
            "mex-chunk-range": f"{chunk}:{kept.of}",
        }
        return self._says(200 if chunk == kept.of else 206, kept.chunks[chunk - 1], outside)

    def _acknowledges(self, mailbox: str, id: str) -> None:
        for kept in self.world.inbox(mailbox, ""):
            if kept.id == id:
                kept.state = "acknowledged"
        self._says(200, {})

    def _takes(self, mailbox: str, body: bytes) -> None:
        said = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("mex-")}
        recipient = said.pop("mex-to", "")
        if recipient not in (ASKING, ANSWERING):
            return self._refuses(417, 12)
        of = int(said.pop("mex-chunk-range", "1:1").rpartition(":")[2])
        kept = KeptMessage(
            _new_id(),
            mailbox,
            recipient,
            {"mex-messagetype": "DATA", "mex-statuscode": "00", **said},
            [body],
            of,
            "accepted" if of == 1 else "uploading",
        )
        self.world.messages.append(kept)
        return self._says(202, {"message_id": kept.id})

    def _takes_more(self, id: str, body: bytes) -> None:
        kept = next(kept for kept in self.world.messages if kept.id == id)
        kept.chunks.append(body)
        if len(kept.chunks) == kept.of:
            kept.state = "accepted"
        self._says(202, {"message_id": id})

    def _tracks(self, mailbox: str, id: str, local_id: str | None = None) -> None:
        found = [
            kept
            for kept in self.world.messages
            if kept.sender == mailbox and (kept.id == id or kept.headers.get("mex-localid") == local_id)
        ]
        if not found:
            return self._refuses(404, 20)
        return self._says(200, {"message_id": found[-1].id, "status": found[-1].state})

    def _refuses(self, status: int, code: int) -> None:
        self._says(status, {"message_id": "", "detail": [{"event": "", "code": f"{code:02}", "msg": _ERRORS[code]}]})

    def _says(self, status: int, what: dict[str, Any] | bytes, headers: dict[str, str] | None = None) -> None:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

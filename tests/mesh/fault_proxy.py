"""A MESH in memory, behind a proxy that answers wrongly: every kind of answer that is not MESH's, at any step of either side.

Below the real client's HTTP library, so that everything above it is what runs for users. What the proxy swallows never
reached MESH; what it only replaces has had its effect.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from ndoo.checking.mesh.answer_list import Habits
from ndoo.checking.mesh.client import NetworkMailbox
from ndoo.checking.mesh.exchange import Asker, Round
from ndoo.checking.mesh.journal import Journal
from ndoo.checking.mesh.message import UnreachableError
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.requests import MeshRequest, RequestState, answer, request, same_question
from ndoo.checking.mesh.responder import MessageTally, Responder
from ndoo.checking.mesh.trusted_time import ServiceTime
from ndoo.domain.answers import Polarity, Provenance
from ndoo.numbers.cleaned_list import CleanedList
from tests.mesh.simulator import GONE, NATIONAL, POOL, TRUST, WORKFLOW, SmallSet, lines

HTML = b"<!doctype html><html><title>Maintenance</title><p>Back soon.</html>"
PEOPLE = POOL[:12]
STAY = {number for number in PEOPLE if number not in GONE}
NAMES = {TRUST: "trust", NATIONAL: "national"}


@dataclass
class Came:
    """An answer before it is turned into what `requests` hands out. `error` comes instead of it, or while it is read."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    breaks: Exception | None = None


Wrong = Callable[[Came], Came]


def page(status: int, **headers: str) -> Wrong:
    return lambda _: Came(status, HTML, {"Content-Type": "text/html", **_named(headers)})


def says(status: int, said: Any, **headers: str) -> Wrong:
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return lambda _: Came(status, text, {"Content-Type": "application/json", **_named(headers)})


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def changed(**headers: str | None) -> Wrong:
    def wrong(came: Came) -> Came:
        said = {**came.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return Came(came.status, came.body, {name: value for name, value in said.items() if value is not None})

    return wrong


def fails(error: Exception) -> Wrong:
    return lambda _: Came(0, error=error)


def without_mex(came: Came) -> Came:
    return Came(
        came.status, came.body, {name: v for name, v in came.headers.items() if not name.lower().startswith("mex-")}
    )


def half(came: Came) -> Came:
    """The connection ends in the middle of the body, as its length shows."""
    body = came.body or b"x" * 40
    return Came(came.status, body[: len(body) // 2], {**came.headers, "Content-Length": str(len(body))})


def packed(change: Callable[[bytes], bytes]) -> Wrong:
    return lambda came: Came(
        came.status, change(gzip.compress(came.body or b"x" * 400)), {**came.headers, "Content-Encoding": "gzip"}
    )


def resets(came: Came) -> Came:
    return Came(
        came.status, came.body, came.headers, breaks=ProtocolError("Connection broken", ConnectionResetError(104, "x"))
    )


def stalls(came: Came) -> Came:
    return Came(came.status, came.body, came.headers, breaks=ReadTimeoutError(None, "", "Read timed out."))  # type: ignore[arg-type]


WRONG: dict[str, Wrong] = {
    "html": page(200),
    "html accepted": page(202),
    "html not found": page(404),
    "html forbidden": page(403),
    "html 503": page(503),
    "html 500": page(500),
    "html 502": page(502),
    "teapot": page(418),
    "proxy login": page(407),
    "gone": page(410),
    "redirect": page(302, Location="https://login.example/"),
    "moved": page(301, Location="/elsewhere"),
    "kept": page(308, Location="/x"),
    "empty": lambda _: Came(200),
    "empty accepted": lambda _: Came(202),
    "no content": lambda _: Came(204),
    "not modified": lambda _: Came(304),
    "null": says(200, None),
    "list": says(200, []),
    "text": says(200, "ok"),
    "nothing in it": says(200, {}),
    "no id": says(202, {}),
    "null id": says(202, {"message_id": None}),
    "id of another kind": says(202, {"message_id": 7}),
    "not json": says(200, b'{"messages": ['),
    "not text": says(200, b"\xff\xfe\x00"),
    "deep": says(200, b"[" * 100_000),
    "null messages": says(200, {"messages": None}),
    "messages of text": says(200, {"messages": "abc"}),
    "messages of numbers": says(200, {"messages": [1, None]}),
    "odd ids": says(200, {"messages": ["../../x", "a b"]}),
    "strange next": says(200, {"messages": [], "links": {"next": "@evil.example/x"}}),
    "no links": says(200, {"messages": [], "links": "x"}),
    "slow down": page(429, Retry_After="7"),
    "slow down, when": says(429, {}, Retry_After="never"),
    "later": says(503, {}, Retry_After="Sun, 29 Nov 2026 12:00:00 GMT"),
    "no connection": fails(requests.ConnectionError("refused")),
    "time-out": fails(requests.Timeout("read")),
    "hung up": fails(requests.ConnectionError(ProtocolError("x", ConnectionResetError()))),
    "bad chunks": fails(requests.exceptions.ChunkedEncodingError("x")),
    "half": half,
    "reset": resets,
    "stalls": stalls,
    "no mex headers": without_mex,
    "another message": changed(mex_messageid="M999999"),
    "to another": changed(mex_to="RA9OT009"),
    "odd pieces": changed(mex_chunk_range="1:x"),
    "piece of nothing": changed(mex_chunk_range="0:0"),
    "brotli": changed(Content_Encoding="br"),
    "said packed": changed(Content_Encoding="gzip"),
    "packed half": packed(lambda body: body[: len(body) // 2]),
    "packed and more": packed(lambda body: body + b"more"),
    "packed wrongly": packed(lambda body: body[:10] + b"\0" * 20 + body[10:]),
    "no date": changed(Date=None),
    "a year ahead": changed(Date="Mon, 29 Nov 2027 12:00:00 GMT"),
    "odd date": changed(Date="soon"),
}
STEPS = {
    "handshake": r"POST /messageexchange/[^/]+$",
    "list": r"GET /messageexchange/[^/]+/inbox$",
    "fetch": r"GET .*/inbox/[^/]+$",
    "piece": r"GET .*/inbox/[^/]+/\d+$",
    "acknowledge": r"PUT .*/acknowledged$",
    "send": r"POST .*/outbox$",
    "send piece": r"POST .*/outbox/[^/]+/\d+$",
    "track": r"GET .*/outbox/tracking.*",
}


@dataclass
class Stored:
    """A message that MESH took."""

    id: str
    to: str
    outside: dict[str, str]
    pieces: list[bytes]
    total: int
    encoding: str = ""

    @property
    def whole(self) -> bool:
        return len(self.pieces) >= self.total


class Mesh:
    """What it keeps, and how it answers where nobody stands in the way."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
        self.kept: dict[str, Stored] = {}
        self.gone: set[str] = set()
        self.may_acknowledge: Callable[[str, str], bool] = lambda box, id: True

    def put(self, sender: str, to: str, local_id: str, body: bytes, **more: Any) -> str:
        id = f"M{len(self.kept) + 1:06}"
        outside = {
            "mex-from": sender,
            "mex-to": to,
            "mex-workflowid": WORKFLOW,
            "mex-localid": local_id,
            "mex-subject": "s",
            "mex-messagetype": "DATA",
            "mex-messageid": id,
            "mex-filename": "f.dat",
        }
        self.kept[id] = Stored(id, to, outside, [body], 1, **more)
        return id

    def inbox(self, box: str) -> list[str]:
        return [one.id for one in self.kept.values() if one.to == box and one.whole and one.id not in self.gone]

    def answer(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Came:
        parts = urlsplit(url)
        place = parts.path.split("/")[2:]
        came = self._answer(method, place[0], place[1:], parse_qs(parts.query), headers, body)
        came.headers = {
            "Date": format_datetime(self.now, usegmt=True),
            "Content-Type": "application/json",
            **came.headers,
        }
        came.headers.setdefault("Content-Length", str(len(came.body)))
        return came

    def _answer(
        self, method: str, box: str, place: list[str], query: dict[str, list[str]], headers: dict[str, str], body: bytes
    ) -> Came:
        match [method, *place]:
            case ["POST"]:
                return Came(200, b"")
            case ["POST", "outbox"]:
                outside = {
                    name: value
                    for name, value in headers.items()
                    if name.startswith("mex-") and name != "mex-chunk-range"
                }
                id = self.put(box, headers["mex-to"], headers.get("mex-localid", ""), body)
                self.kept[id].outside |= {**outside, "mex-from": box, "mex-messageid": id}
                self.kept[id].total = int(headers["mex-chunk-range"].partition(":")[2])
                return Came(202, json.dumps({"message_id": id}).encode())
            case ["POST", "outbox", id, _]:
                self.kept[id].pieces.append(body)
                return Came(202, b"{}")
            case ["GET", "outbox", "tracking", local_id]:
                found = [
                    one
                    for one in self.kept.values()
                    if one.outside["mex-from"] == box and one.outside.get("mex-localid") == local_id
                ]
                if not found:
                    return Came(404, b"{}")
                said = {"messageId": found[0].id, "status": "accepted" if found[0].whole else "uploading"}
                return Came(300, b"{}") if len(found) > 1 else Came(200, json.dumps(said).encode())
            case ["GET", "outbox", "tracking"]:
                one = self.kept[query["messageID"][0]]
                said = {"messageId": one.id, "status": "accepted" if one.whole else "uploading"}
                return Came(200, json.dumps(said).encode())
            case ["GET", "inbox"]:
                first = int(query.get("from", ["0"])[0])
                waiting, following = self.inbox(box)[first:], f"/messageexchange/{box}/inbox?from={first + 2}"
                links = {"links": {"next": following}} if len(waiting) > 2 else {}
                return Came(200, json.dumps({"messages": waiting[:2], **links}).encode())
            case ["GET", "inbox", id, *number] if id in self.kept:
                one, at = self.kept[id], int(number[0]) if number else 1
                said = {**one.outside, "mex-chunk-range": f"{at}:{one.total}", "Content-Type": "text/csv"}
                if one.encoding:
                    said["Content-Encoding"] = one.encoding
                return Came(200 if at == one.total else 206, one.pieces[at - 1], said)
            case ["PUT", "inbox", id, *_]:
                assert self.may_acknowledge(box, id), "acknowledged before it was written down"
                self.gone.add(id)
                return Came(200, b"{}")
        return Came(404, b"{}")


@dataclass
class Proxy:
    """Who stands in the way: `schedule` says what is wrong with a call of a step; None: nothing."""

    schedule: Callable[[str], tuple[str, bool] | None]
    seen: Counter[str] = field(default_factory=Counter)


class Wire(BaseAdapter):
    """Below `requests`: from its call to its response, through the proxy to MESH."""

    def __init__(self, mesh: Mesh, proxy: Proxy) -> None:
        super().__init__()
        self.mesh, self.proxy = mesh, proxy

    def close(self) -> None:
        pass

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        body = request.body or b""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
        headers = {
            name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
        }
        assert urlsplit(str(request.url)).netloc == "localhost", "a token went to somebody else"
        method, url = str(request.method), str(request.url)
        step = next(name for name, shape in STEPS.items() if re.fullmatch(shape, f"{method} {urlsplit(url).path}"))
        fault = self.proxy.schedule(step)
        if fault is None:
            return self.response(request, self.mesh.answer(method, url, headers, raw))
        name, swallowed = fault
        self.proxy.seen[f"{name} at {step}"] += 1
        came = (
            Came(200, b"", {"Date": format_datetime(self.mesh.now, usegmt=True)})
            if swallowed
            else self.mesh.answer(method, url, headers, raw)
        )
        wrong = WRONG[name](came)
        if wrong.error:
            raise wrong.error
        wrong.headers.setdefault("Date", format_datetime(self.mesh.now, usegmt=True))
        return self.response(request, wrong)

    def response(self, request: requests.PreparedRequest, came: Came) -> requests.Response:
        raw = Breaking(came) if came.breaks else io.BytesIO(came.body)
        answer = HTTPResponse(
            raw, came.headers, came.status, preload_content=False, decode_content=False, request_method=request.method
        )
        return HTTPAdapter().build_response(request, answer)


class Breaking(io.BytesIO):
    """A body that fails behind its first half."""

    def __init__(self, came: Came) -> None:
        super().__init__(came.body[: len(came.body) // 2])
        self.error = came.breaks

    def read(self, *arguments: Any) -> bytes:
        found = super().read(*arguments)
        if not found and self.error:
            raise self.error
        return found


@dataclass
class Play:
    """Both sides, each a new process in every round, until the question is answered."""

    folder: Path
    proxies: dict[str, Proxy]
    mesh: Mesh = field(default_factory=Mesh)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mesh.may_acknowledge = self.written_down
        who = SmallSet(GONE)
        self.who = CleanedList(Provenance(Polarity.OPTED_OUT, "test", None, self.mesh.now, 0, 21, len(GONE)), who)
        self.people = SmallSet(PEOPLE)
        self.journals = {side: Journal(self.folder / NAMES[side], durable=False) for side in NAMES}

    def close(self) -> None:
        for journal in self.journals.values():
            journal.close()

    def written_down(self, box: str, id: str) -> bool:
        table = "message" if box == TRUST else "job"
        return bool(self.journals[box].row(f"SELECT id FROM {table} WHERE id = ?", id))  # noqa: S608  our own words

    @contextmanager
    def mailbox(self, side: str) -> Iterator[NetworkMailbox]:
        with NetworkMailbox(self.profile(side), chunk_size=100) as made:
            made.time = ServiceTime(lambda: self.mesh.now.timestamp())
            made._client._session.mount("http://localhost", Wire(self.mesh, self.proxies[side]))
            made._client._session.trust_env = False  # else each call reads every variable of the environment
            yield made

    def profile(self, side: str) -> Profile:
        return Profile(NAMES[side], "http://localhost", side, "w", "k", WORKFLOW, 60.0, NATIONAL)

    def clock(self) -> datetime:
        return self.mesh.now

    def ask(self) -> tuple[MeshRequest, Round]:
        journal, profile = self.journals[TRUST], self.profile(TRUST)
        with self.mailbox(TRUST) as mailbox:
            asker = Asker(journal, mailbox, profile, mailbox.time.bound(self.clock), self.folder / "trust")
            asked = same_question(journal, profile, self.people) or asker.ask(self.people, len(PEOPLE))
            seen = asker.round()
        if seen.unreachable:
            self.waits.append(seen.unreachable.wait_seconds)
        self.mesh.now += timedelta(minutes=7)
        return request(journal, asked.id), seen

    def respond(self) -> MessageTally:
        journal, tally = self.journals[NATIONAL], MessageTally()
        with self.mailbox(NATIONAL) as mailbox:
            clock = mailbox.time.bound(self.clock)
            responder = Responder(journal, mailbox, NATIONAL, WORKFLOW, lambda: self.who, Habits(), clock)
            try:
                responder.round(tally)
            except UnreachableError as error:
                self.waits.append(error.wait_seconds)
        self.mesh.now += timedelta(minutes=7)
        return tally

    def run(self, most: int = 80) -> MeshRequest:
        """Until it is answered; fails where that takes for ever."""
        for _ in range(most):
            asked, _ = self.ask()
            if asked.state is RequestState.ANSWERED:
                return asked
            self.respond()
        raise AssertionError(f"it never ends: {dict(self.proxies[TRUST].seen)} {dict(self.proxies[NATIONAL].seen)}")

    def allowed(self, asked: MeshRequest) -> set[str]:
        found = answer(self.journals[TRUST], asked)
        return {number for number in POOL if SmallSet([number]).count(but_not_in=(found,)) == 0}


def never(_: str) -> None:
    return None


def at(step: str, name: str, times: int, *, swallowed: bool = False) -> Callable[[str], tuple[str, bool] | None]:
    """So often this step goes wrong in this way."""
    left = [times]

    def schedule(now: str) -> tuple[str, bool] | None:
        if now != step or not left[0]:
            return None
        left[0] -= 1
        return name, swallowed

    return schedule


def by_chance(dice: random.Random, faults: int, rate: float) -> Callable[[str], tuple[str, bool] | None]:
    left, names = [faults], list(WRONG)

    def schedule(_: str) -> tuple[str, bool] | None:
        if not left[0] or dice.random() >= rate:
            return None
        left[0] -= 1
        return dice.choice(names), dice.random() < 0.5

    return schedule


def half_a_gzip() -> dict[str, Any]:
    return {"body": gzip.compress(lines(POOL))[:-30], "encoding": "gzip"}

"""NHS England's mesh-sandbox, made as strict as the real service is said to be. Runs in `.venv-mesh`, never imported here.

What the sandbox lacks: a token is taken once and for two hours; an acknowledged message is gone (410); a message that
nobody collected goes back as a report. And one thing that tests need: to lose an answer after the work behind it is done.
Mailboxes and passwords come from the environment. `POST /strict` steers it, from this machine only.
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import BackgroundTasks
from mesh_sandbox.api import app as sandbox
from mesh_sandbox.dependencies import get_messaging
from mesh_sandbox.handlers.admin import AdminHandler
from mesh_sandbox.models.mailbox import Mailbox
from mesh_sandbox.models.message import MessageEvent, MessageStatus, MessageType
from mesh_sandbox.store.canned_store import CannedStore
from mesh_sandbox.views.admin import CreateReportRequest

MAILBOXES = json.loads(os.environ["NDOO_TEST_MAILBOXES"])
_load = CannedStore._load_mailboxes


def _with_ours(store: CannedStore) -> dict[str, Mailbox]:
    ours = {
        id: Mailbox(mailbox_id=id, mailbox_name=id, ods_code=id[:3], org_code=id[:3], password=word)
        for id, word in MAILBOXES.items()
    }
    return {**_load(store), **ours}


CannedStore._load_mailboxes = _with_ours


class Strict:
    """Around the sandbox."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()
        self.gone: set[str] = set()
        self.losing: list[dict[str, Any]] = []
        self.calls: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await sandbox(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        if path == "/strict":
            await self.steer(receive, send)
            return
        self.calls.append(f"{method} {path}")
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        token = headers.get("authorization", "")
        if token:
            if token in self.tokens or stale(token):
                await reply(send, 403, {"detail": [{"event": "", "code": "", "msg": "Invalid Authentication Token"}]})
                return
            self.tokens.add(token)
        inbox = re.fullmatch(r"/messageexchange/[^/]+/inbox/([^/]+)(/.*)?", path)
        if method in ("GET", "HEAD") and inbox and inbox[1] in self.gone:
            await reply(send, 410, {"detail": "gone"})
            return
        lost = next((rule for rule in self.losing if rule["method"] == method and re.search(rule["path"], path)), None)
        seen = {"status": 0}

        async def watched(event: dict[str, Any]) -> None:
            if event["type"] == "http.response.start":
                seen["status"] = event["status"]
            if lost is None:
                await send(event)

        if lost is None or lost["after"]:
            await sandbox(scope, receive, watched)
        if lost is not None:
            self.losing.remove(lost)
            await reply(send, 502, {})
        elif method == "PUT" and inbox and inbox[2] == "/status/acknowledged" and seen["status"] == 200:
            self.gone.add(inbox[1])

    async def steer(self, receive: Any, send: Any) -> None:
        body = b""
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body"):
                break
        wish = json.loads(body or b"{}")
        if "lose" in wish:
            self.losing.append(wish["lose"])
        if wish.get("expire"):
            await expire()
        if wish.get("forget_calls"):
            self.calls.clear()
        await reply(send, 200, {"calls": self.calls})


def stale(token: str) -> bool:
    """Older than two hours, or from the future by as much, or no token."""
    parts = token.split(":")
    try:
        when = datetime.strptime(parts[3], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return True
    return abs(datetime.now(UTC) - when) > timedelta(hours=2)


async def expire() -> None:
    """Five days later: whatever nobody collected goes back to its sender as a report."""
    messaging, tasks = get_messaging(), BackgroundTasks()
    for id in list(messaging.store.mailboxes):
        for message in await messaging.get_accepted_inbox_messages(id):
            if message.message_type != MessageType.DATA:
                continue
            message.events.insert(0, MessageEvent(status=MessageStatus.UNDELIVERABLE))
            await AdminHandler(messaging).create_report(
                CreateReportRequest(
                    mailbox_id=message.sender.mailbox_id,
                    code="14",
                    description="Message not collected",
                    workflow_id=message.workflow_id,
                    subject=message.metadata.subject or "",
                    local_id=message.metadata.local_id or "",
                    file_name=message.metadata.file_name or "",
                    linked_message_id=message.message_id,
                    status=MessageStatus.UNDELIVERABLE,
                ),
                tasks,
            )


async def reply(send: Any, status: int, document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": body})


app = Strict()

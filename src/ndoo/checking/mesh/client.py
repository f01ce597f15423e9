"""The mailbox on the network, through NHS England's `mesh-client`: its errors told apart by what is known afterwards."""

from __future__ import annotations

import http.client
import ssl
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from ndoo import __version__
from ndoo.checking.mesh import wire
from ndoo.checking.mesh.body import PIECE, Body, collected
from ndoo.checking.mesh.certificates import judge_certificates, refuses_certificate
from ndoo.checking.mesh.message import (
    AtFault,
    Glance,
    Letter,
    LostAnswerError,
    MeshMessage,
    MessageSighting,
    NotAcceptedError,
    UnreachableError,
)
from ndoo.checking.mesh.profile import Profile
from ndoo.checking.mesh.trusted_time import ServiceTime
from ndoo.checking.packed_body import PackedError, unpacked
from ndoo.domain.extras import extra_missing
from ndoo.domain.plurals import counted

_TIMEOUT = timedelta(minutes=10)
_GONE = (404, 410)
_REFUSED = (401, 403)
_NOT_TAKEN = (400, 401, 403, 404, 413, 417, 422)
"""Of a sending, where MESH itself says so: it looked at it and said no. Anything else may have been taken."""
_TOO_MANY = (429, 503)
PAGE = 500
"""Messages in one page of the inbox: what MESH gives unless it is asked for more."""
_MOST_PAGES = 10_000


class NetworkMailbox:
    """A mailbox that MESH keeps. Use as a context manager.

    Args:
        chunk_size: a longer message goes in pieces of so many bytes; default: what `mesh-client` does (75 MB).

    Raises:
        UsageFault: `mesh-client` is not installed, or a certificate cannot be used.
        NotPermitted: the certificate has expired.
    """

    def __init__(self, profile: Profile, *, timeout: timedelta = _TIMEOUT, chunk_size: int | None = None) -> None:
        try:
            import mesh_client
            import requests
            import urllib3
            from mesh_client.io_helpers import SplitStream
        except ModuleNotFoundError:
            raise extra_missing("Requests to MESH", "mesh") from None
        self.time = ServiceTime(time.monotonic)
        """What MESH says that the time is."""
        self.last_status: int | None = None
        """The HTTP status of the last answer, for whoever has to say what MESH said."""
        self._profile = profile
        self._faults = (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
            ValueError,
        )
        judge_certificates(profile, datetime.now(UTC))
        self._client: Any = mesh_client.MeshClient(
            profile.url,
            profile.mailbox,
            profile.password,
            shared_key=profile.shared_key.encode(),
            verify=str(profile.ca) if profile.ca else None,
            cert=(str(profile.cert), str(profile.key)) if profile.cert else None,
            max_retries=0,  # a retry would show the same token again, which MESH takes once only; the next round is one
            timeout=timeout.total_seconds(),
            application_name=f"ndoo {__version__}",
        )
        self._split: Callable[..., Any] = SplitStream
        self._chunk_size = chunk_size or self._client._max_chunk_size
        session: Any = self._client._session
        session.hooks["response"].append(self._note)
        session.resolve_redirects = lambda *_, **__: iter(())  # MESH never redirects; a login page does

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _note(self, answer: Any, *_: object, **__: object) -> None:
        self.last_status, self.time.last = int(answer.status_code), wire.date_of(answer)

    def _ask(self, method: str, address: str, **options: Any) -> Any:
        """One call, with its status judged."""
        call = getattr(self._client._session, method)
        answer = call(address, timeout=self._client._timeout, allow_redirects=False, **options)
        answer.raise_for_status()
        return answer

    def handshake(self) -> None:
        """See `Mailbox`."""
        from platform import system

        said = {
            "mex-ClientVersion": f"ndoo=={__version__}",
            "mex-OSName": system(),
            "mex-OSArchitecture": "N/A",
            "mex-OSVersion": "N/A",
            "mex-JavaVersion": "N/A",
        }
        with self._reaching():
            answer = self._ask("post", self._client.mailbox_url, headers=said)
            if answer.status_code != 200 or answer.content:  # MESH says nothing more, or its mailbox in JSON
                wire.document(answer)

    def send(self, letter: Letter, body: Iterable[bytes]) -> str:
        """See `Mailbox`."""
        said = {
            "workflow_id": letter.workflow,
            "local_id": letter.local_id,
            "subject": letter.subject,
            "filename": letter.file_name,
            "content_type": "text/csv",
        }
        with tempfile.TemporaryFile(prefix="ndoo-mesh-") as file:  # the client wants a real file for a body in chunks
            file.writelines(body)
            file.seek(0)
            parts = self._split(file, self._chunk_size)
            pieces = {"recipient": letter.recipient, "total_chunks": len(parts), "compress": False}
            id, number = "", 0
            try:
                for number, part in enumerate(parts, start=1):
                    answer = self._client.send_chunk(
                        chunk=part, chunk_num=number, message_id=id or None, **pieces, **said
                    )
                    id = id or _taken(answer)
            except (*self._faults, LostAnswerError) as error:
                lost = error if isinstance(error, LostAnswerError) else _lost(getattr(error, "response", None))
                raise LostAnswerError(lost.wait_seconds, id, half=number < len(parts)) from None
        sighting = self._sighting(id) if len(parts) > 1 else MessageSighting.SENT
        if sighting is not MessageSighting.SENT:
            raise LostAnswerError(0.0, id, uploading=sighting is not MessageSighting.UNKNOWN)
        return id

    def _sighting(self, id: str) -> MessageSighting:
        """Whether every piece of a message arrived, as far as MESH says: it takes each with few words or none."""
        try:
            return self.look_for("", id)[0]
        except UnreachableError:
            return MessageSighting.UNKNOWN

    def look_for(self, local_id: str, message_id: str = "") -> tuple[MessageSighting, str]:
        """See `Mailbox`. The library tracks by message id only, which is what was lost; MESH also tracks by local id."""
        address = f"{self._client.mailbox_url}/outbox/tracking"
        address += f"?messageID={quote(message_id, safe='')}" if message_id else f"/{quote(local_id, safe='')}"
        with self._reaching():
            answer = self._client._session.get(address, timeout=self._client._timeout, allow_redirects=False)
            if answer.status_code == 404:
                return (MessageSighting.ABSENT if wire.is_word_on_a_message(answer) else MessageSighting.UNKNOWN), ""
            if answer.status_code == 300:
                return MessageSighting.SENT, ""
            if answer.status_code != 200:
                return MessageSighting.UNKNOWN, ""
            try:
                told = wire.document(answer)
            except wire.NotMeshError:
                return MessageSighting.UNKNOWN, ""
        id = next((str(told[name]) for name in ("messageId", "message_id", "dtsId") if told.get(name)), "")
        if str(told.get("status", "")).lower() == "uploading":
            return MessageSighting.HALF, id
        return (MessageSighting.SENT if id else MessageSighting.UNKNOWN), id

    def waiting(self, workflow: str) -> Iterator[str]:
        """See `Mailbox`. Goes on past the first page; a page that comes again is the last."""
        address, seen = f"{self._client.mailbox_url}/inbox", set[str]()
        options: dict[str, Any] = {
            "params": {"max_results": PAGE, **({"workflow_filter": workflow} if workflow else {})}
        }
        for _ in range(_MOST_PAGES):
            with self._reaching():
                answer = self._ask("get", address, **options)
                ids, following = wire.inbox_page(answer)
                self.time.vouch(wire.date_of(answer))
            yield from (id for id in ids if id not in seen)
            seen.update(ids)
            if not following or following in seen:
                return
            seen.add(following)
            address, options = self._profile.url + following, {}

    def glance(self, message_id: str) -> Glance:
        """The outside of a message that may be somebody else's: MESH keeps it as it is."""
        with self._reaching():
            address = f"{self._client.mailbox_url}/inbox/{quote(message_id, safe='')}"
            answer = self._client._session.head(address, timeout=self._client._timeout, allow_redirects=False)
            if answer.status_code in _REFUSED or answer.status_code >= 500:
                answer.raise_for_status()
        return wire.glance_of(answer)

    def fetch(self, message_id: str, limit: int) -> MeshMessage | None:
        """See `Mailbox`."""
        with self._reaching():
            try:
                first = self._part(message_id, 1)
            except self._faults as error:
                if _status(error) in _GONE:
                    return None
                raise
            with closing(first):
                said = wire.outside_of(first, message_id, self._profile.mailbox)
                report = said.get("messagetype", "").upper() == "REPORT"
                body: Body = b"" if report else collected(self._body(first, said, message_id, limit), limit)
        return MeshMessage(
            id=message_id,
            sender=said.get("from", ""),
            workflow=said.get("workflowid", ""),
            local_id=said.get("localid", ""),
            subject=said.get("subject", ""),
            body=body,
            report=report,
            linked_id=said.get("linkedmsgid", ""),
            code=said.get("statuscode", ""),
            file_name=said.get("filename", ""),
        )

    def _part(self, message_id: str, number: int) -> Any:
        address = f"{self._client.mailbox_url}/inbox/{quote(message_id, safe='')}"
        return self._ask("get", address if number == 1 else f"{address}/{number}", stream=True)

    def _body(self, first: Any, said: dict[str, str], message_id: str, limit: int) -> Iterator[bytes]:
        yield from _pieces(first, limit)
        total = wire.chunks(said, 1)
        for number in range(2, total + 1):
            with closing(self._part(message_id, number)) as part:
                if wire.chunks(wire.outside_of_part(part, message_id), number) not in (number, total):
                    raise wire.DamagedError("its pieces are not counted as MESH counts them")
                yield from _pieces(part, limit)

    def acknowledge(self, message_id: str) -> None:
        """See `Mailbox`."""
        with self._reaching():
            try:
                answer = self._ask(
                    "put", f"{self._client.mailbox_url}/inbox/{quote(message_id, safe='')}/status/acknowledged"
                )
            except self._faults as error:
                if _status(error) not in _GONE:
                    raise
                return
        if answer.status_code >= 300:
            raise UnreachableError(f"MESH's address redirects elsewhere ({answer.status_code})")

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (wire.DamagedError, PackedError) as error:
            raise UnreachableError(error.reason, AtFault.MESSAGE) from None
        except wire.NotMeshError as error:
            raise UnreachableError(error.reason) from None
        except self._faults as error:
            raise self._explained(error) from None

    def _explained(self, error: BaseException) -> UnreachableError:
        answer = getattr(error, "response", None)
        status = _status(error)
        if answer is None or status is None:
            return self._unconnected(error)
        wait = wire.seconds_to_wait(answer, datetime.now(UTC)) if status in _TOO_MANY else 0.0
        if status == 429:
            return UnreachableError(
                f"MESH asks to wait {counted(round(wait), 'second')} (429)", wait_seconds=max(wait, 1.0)
            )
        refused = status in _REFUSED
        return UnreachableError(f"MESH answered {status}", AtFault.LOGIN if refused else AtFault.WAY, wait_seconds=wait)

    def _unconnected(self, error: BaseException) -> UnreachableError:
        """TLS 1.3 shows a client certificate that is refused as a connection that drops, so it is asked for once more."""
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return UnreachableError("the certificate of the server at that address is not trusted: look at url and ca")
        if isinstance(error, ssl.SSLError | OSError) and refuses_certificate(self._profile):
            return UnreachableError("MESH does not accept this client certificate", AtFault.CERTIFICATE)
        return UnreachableError("no connection to MESH")


def _pieces(answer: Any, limit: int) -> Iterator[bytes]:
    raw = iter(lambda: answer.raw.read(PIECE, decode_content=False), b"")
    return unpacked(raw, answer.headers.get("content-encoding", ""), limit)


def _taken(answer: Any) -> str:
    """MESH's id of a message that it took.

    Raises:
        NotAcceptedError: it says that it did not. LostAnswerError: nobody can say.
    """
    status = int(answer.status_code)
    try:
        told = wire.document(answer)
    except wire.NotMeshError:
        raise _lost(answer) from None
    if status in (200, 202):
        id = told.get("message_id") or told.get("messageID")
        if isinstance(id, str) and id.strip():
            return id
        raise LostAnswerError
    if status in _REFUSED:
        raise NotAcceptedError(str(status))
    if status in _NOT_TAKEN and ("detail" in told or "errorCode" in told or "errorEvent" in told or status == 417):
        raise NotAcceptedError(_code(told))
    raise _lost(answer)


def _lost(answer: Any) -> LostAnswerError:
    """What is known of a sending without MESH's word on it: also a 403 that is a page may stand behind one that was taken."""
    if answer is None:
        return LostAnswerError()
    status = int(answer.status_code)
    wait = wire.seconds_to_wait(answer, datetime.now(UTC)) if status in _TOO_MANY else 0.0
    return LostAnswerError(max(wait, 1.0) if status == 429 else wait)


def _status(error: BaseException) -> int | None:
    """The HTTP status in a `requests` error; None where nothing came back."""
    answer = getattr(error, "response", None)
    return None if answer is None else int(answer.status_code)


def _code(told: dict[str, Any]) -> str:
    """MESH's code of a refusal, such as 12 (unregistered recipient); empty where it gave none."""
    detail = told.get("detail")
    first = detail[0] if isinstance(detail, list) and detail and isinstance(detail[0], dict) else told
    code = str(first.get("code") or first.get("errorCode") or "")
    return code if code.replace("-", "").isalnum() and len(code) <= 20 else ""

"""The mailbox on the network, through NHS England's `mesh-client`: its errors told apart by what is known afterwards."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from ndoo import __version__
from ndoo.checking.mesh.body import PIECE, collected
from ndoo.checking.mesh.message import (
    Glance,
    Letter,
    LostAnswerError,
    Message,
    NotAcceptedError,
    Sighting,
    UnreachableError,
)
from ndoo.checking.mesh.profile import Profile
from ndoo.domain.errors import UsageFault

_TIMEOUT = timedelta(minutes=10)
_GONE = (404, 410)
_REFUSED = (401, 403)
_NOT_TAKEN = (400, 401, 403, 404, 413, 417, 422)
"""Of a sending: MESH looked at it and said no. Anything else may have been taken."""
PAGE = 500
"""Messages in one page of the inbox: what MESH gives unless it is asked for more."""


class NetworkMailbox:
    """A mailbox that MESH keeps. Use as a context manager.

    Args:
        chunk_size: a longer message goes in pieces of so many bytes; default: what `mesh-client` does (75 MB).

    Raises:
        UsageFault: `mesh-client` is not installed, or a certificate cannot be used.
    """

    def __init__(self, profile: Profile, *, timeout: timedelta = _TIMEOUT, chunk_size: int | None = None) -> None:
        try:
            import mesh_client
            import requests
        except ModuleNotFoundError:
            raise UsageFault("mesh-missing", 'MESH is not installed: pip install "ndoo[mesh]".') from None
        self._chunk_size = chunk_size
        self.last_status: int | None = None
        """The HTTP status of the last answer, for whoever has to say what MESH said."""
        self._mesh_error = mesh_client.MeshError
        self._faults = (requests.RequestException, OSError, ValueError)
        _judge_certificates(profile)
        self._client: Any = mesh_client.MeshClient(
            profile.url, profile.mailbox, profile.password,
            shared_key=profile.shared_key.encode(),
            verify=str(profile.ca) if profile.ca else None,
            cert=(str(profile.cert), str(profile.key)) if profile.cert else None,
            max_retries=0,  # a retry would show the same token again, which MESH takes once only; the next round is one
            timeout=timeout.total_seconds(), application_name=f"ndoo {__version__}",
        )  # fmt: skip
        self._client._session.hooks["response"].append(self._note)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def _note(self, answer: Any, *_: object, **__: object) -> None:
        self.last_status = int(answer.status_code)

    def handshake(self) -> None:
        """See `Mailbox`."""
        with self._reaching():
            self._client.handshake()

    def send(self, letter: Letter, body: Iterable[bytes]) -> str:
        """See `Mailbox`."""
        with tempfile.TemporaryFile(prefix="ndoo-mesh-") as file:  # the client wants a real file for a body in chunks
            file.writelines(body)
            file.seek(0)
            try:
                id = self._client.send_message(
                    letter.recipient, file, workflow_id=letter.workflow, local_id=letter.local_id,
                    subject=letter.subject, filename=letter.file_name, content_type="text/csv", max_chunk_size=self._chunk_size,
                )  # fmt: skip
            except self._mesh_error as error:
                raise NotAcceptedError(_code(error)) from None
            except self._faults as error:
                status = _status(error)
                if status in _NOT_TAKEN:
                    raise NotAcceptedError(str(status)) from None
                raise LostAnswerError from None
        return str(id)

    def look_for(self, local_id: str) -> tuple[Sighting, str]:
        """See `Mailbox`. The library tracks by message id only, which is what was lost; MESH also tracks by local id."""
        address = f"{self._client.mailbox_url}/outbox/tracking/{quote(local_id)}"
        with self._reaching():
            answer = self._client._session.get(address, timeout=self._client._timeout, allow_redirects=False)
            if answer.status_code == 404:
                return Sighting.ABSENT, ""
            if answer.status_code == 300:
                return Sighting.SENT, ""
            if answer.status_code != 200:
                return Sighting.UNKNOWN, ""
            told = answer.json()
        found = told if isinstance(told, dict) else {}
        id = str(found.get("messageId") or found.get("message_id") or found.get("dtsId") or "")
        half = str(found.get("status", "")).lower() == "uploading"
        return (Sighting.HALF if half else Sighting.SENT), id

    def waiting(self, workflow: str) -> Iterator[str]:
        """See `Mailbox`. Goes on past the first page."""
        with self._reaching():
            yield from map(str, self._client.iterate_message_ids(workflow_filter=workflow or None, batch_size=PAGE))

    def glance(self, message_id: str) -> Glance:
        """The outside of a message that may be somebody else's: MESH keeps it as it is."""
        with self._reaching():
            address = f"{self._client.mailbox_url}/inbox/{quote(message_id)}"
            answer = self._client._session.head(address, timeout=self._client._timeout, allow_redirects=False)
            if answer.status_code in _REFUSED or answer.status_code >= 500:
                answer.raise_for_status()
        if answer.status_code not in (200, 206):
            return Glance(answer.status_code)
        said = {name.lower(): str(value) for name, value in answer.headers.items()}
        last = said.get("mex-chunk-range", "").rpartition(":")[2]
        return Glance(
            answer.status_code, said.get("mex-from", ""), said.get("mex-localid", ""),
            said.get("mex-messagetype", "").upper() == "REPORT", said.get("mex-linkedmsgid", ""),
            said.get("mex-statuscode", ""), int(last) if last.isdigit() else 1,
        )  # fmt: skip

    def fetch(self, message_id: str, limit: int) -> Message | None:
        """See `Mailbox`."""
        with self._reaching():
            try:
                got = self._client.retrieve_message(message_id)
            except self._faults as error:
                if _status(error) in _GONE:
                    return None
                raise
            with closing(got):
                body = collected(iter(lambda: got.read(PIECE), b""), limit)
        said = {name: str(value) for name, value in got.mex_headers()}
        return Message(
            id=message_id,
            sender=said.get("from", ""),
            workflow=said.get("workflowid", ""),
            local_id=said.get("localid", ""),
            subject=said.get("subject", ""),
            body=body,
            report=said.get("messagetype", "").upper() == "REPORT",
            linked_id=said.get("linkedmsgid", ""),
            code=said.get("statuscode", ""),
            file_name=said.get("filename", ""),
        )

    def acknowledge(self, message_id: str) -> None:
        """See `Mailbox`."""
        with self._reaching():
            try:
                self._client.acknowledge_message(message_id)
            except self._faults as error:
                if _status(error) not in _GONE:
                    raise

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except self._faults as error:
            status = _status(error)
            raise UnreachableError(
                f"MESH answered {status}" if status else "no connection to MESH", refused=status in _REFUSED
            ) from None


def _judge_certificates(profile: Profile) -> None:
    """Before the client is made: one that fails while it is made warns on stderr when it is thrown away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if profile.ca:
            context.load_verify_locations(profile.ca)
        if profile.cert:
            context.load_cert_chain(profile.cert, profile.key)
    except OSError:  # ssl.SSLError is one
        raise UsageFault(
            "mesh-certificate",
            f"The MESH profile {profile.name!r} names a certificate or key that cannot be used.",
        ) from None


def _status(error: BaseException) -> int | None:
    """The HTTP status in a `requests` error; None where nothing came back."""
    answer = getattr(error, "response", None)
    return None if answer is None else int(answer.status_code)


def _code(error: Exception) -> str:
    """MESH's code of a refusal, such as 12 (unregistered recipient); empty where it gave none."""
    told = error.args[-1] if error.args else {}
    if not isinstance(told, dict):
        return ""
    detail = told.get("detail")
    first = detail[0] if isinstance(detail, list) and detail and isinstance(detail[0], dict) else told
    code = str(first.get("code") or first.get("errorCode") or "")
    return code if code.replace("-", "").isalnum() and len(code) <= 20 else ""

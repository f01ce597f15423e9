"""The web server: requests are read outside of the threads that make pages, so that a slow client holds up nobody but itself.

Waitress reads headers and bodies in one loop, into memory or a private file, and hands a thread the whole request. Beside what it
does itself: a request that does not become whole in time is ended, and a body that is larger than a form is read from a member of staff only.

    python -m ndoo.service.web HANDLE

where HANDLE is the number of a listening socket that this process inherited.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import signal
import socket
import sys
import tempfile
import time
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from ndoo.service.uphold_jobs import places
from ndoo.service.uphold_jobs.limits import upload_limit

THREADS = 8
UPLOADS = "/staff/jobs/new"
"""The only page to which a large body may be sent."""
LARGEST_FORM = 16 << 20
"""Of all other bodies, in bytes: a list of numbers to be checked, coded entries, a register of assets."""
HEADERS_WITHIN = 20.0
"""Seconds in which the headers of a request must be whole."""
SLOWEST_BODY = 20_000
"""Bytes a second: a body that comes slower, after the first minute, is given up."""
ENDS_WITHIN = 10.0
"""Seconds that answers have which are on their way when the service ends."""
_OPEN_FILES = 8_192
_SPARE_FILES = 256


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Judges how large a body may be once the headers are whole, before a byte of it is read."""

    content_length: int
    is_left_unread = False

    def received(self, data: bytes) -> int:
        consumed = int(super().received(data))
        return len(data) if self.is_left_unread else consumed  # what is not read is no next request either

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.path.rstrip("/") != UPLOADS:
            self.adj = _options(LARGEST_FORM)
        elif self.content_length > LARGEST_FORM and not self._may_be_read():
            self.content_length, self.body_rcv = 0, None  # the page says why by the length alone, and nothing is read
            self.connection_close = self.is_left_unread = True
        elif self.chunked and not _is_of_staff(self.headers.get("COOKIE", "")):
            self.adj = _options(LARGEST_FORM)

    def _may_be_read(self) -> bool:
        small_enough = self.content_length < self.adj.max_request_body_size
        return small_enough and _is_of_staff(self.headers.get("COOKIE", ""))


class ConnectionChannel(HTTPChannel):  # type: ignore[misc]
    """One connection, which knows since when it waits for the rest of a request."""

    parser_class = Parser
    waits_since: float | None = None

    def received(self, data: bytes) -> bool:
        if self.waits_since is None:
            self.waits_since = time.monotonic()
        answered = bool(super().received(data))
        if self.request is None:
            self.waits_since = None
        return answered

    def is_late(self) -> bool:
        """Should its request have been whole by now?"""
        if self.waits_since is None or self.request is None:
            return False
        allowed = HEADERS_WITHIN
        if self.request.headers_finished:
            allowed += 60 + self.request.body_bytes_received / SLOWEST_BODY
        return time.monotonic() - self.waits_since > allowed


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Ends connections whose request does not become whole, and itself only when those that are whole were answered."""

    channel_class = ConnectionChannel
    ends_at: float | None = None

    def run(self) -> None:
        while self.ends_at is None or (self._is_answering() and time.monotonic() < self.ends_at):
            self.asyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)
        self.task_dispatcher.shutdown()
        self.asyncore.close_all(self._map)

    def stop(self) -> None:
        """Take no more connections, and end soon."""
        self.accepting = False
        self.ends_at = time.monotonic() + ENDS_WITHIN
        with contextlib.suppress(OSError):  # the loop may have ended meanwhile
            self.pull_trigger()

    def _is_answering(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self.active_channels.values())

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.is_late():
                channel.will_close = True


def _is_of_staff(cookies: str) -> bool:
    """Does a member of staff send this? Only asked of uploads; the guard of the pages judges again what they may."""
    try:
        sent = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
        return sent is not None and SESSION_KEY in SessionStore(sent.value).load()
    except (CookieError, DatabaseError):
        return False
    finally:
        connection.close_if_unusable_or_obsolete()


def _options(largest_body: int, **more: Any) -> Adjustments:
    return Adjustments(
        threads=THREADS,
        max_request_header_size=1 << 16,
        max_request_body_size=largest_body,
        connection_limit=_OPEN_FILES - _SPARE_FILES,
        channel_timeout=65,
        cleanup_interval=5,
        asyncore_use_poll=True,
        clear_untrusted_proxy_headers=False,  # of them the service believes what `address` and its settings say
        ident=None,
        **more,
    )


def server_on(listening: socket.socket, application: Any) -> Server:
    """The server on a socket that listens; `run` serves until it is told to stop."""
    tempfile.tempdir = str(places.incoming())  # bodies wait on the service's own disk, which nobody else reads
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    dispatcher = ThreadedTaskDispatcher()
    dispatcher.set_thread_count(THREADS)
    address = (listening.family, listening.type, listening.proto, listening.getsockname())
    options = _options(upload_limit() + (1 << 20))
    return Server(application, {}, True, listening, dispatcher, options, address, bind_socket=False)


def main(handle: int) -> None:
    """Serve on the inherited socket until SIGTERM."""
    from ndoo.service.logs import watch_over_faults
    from ndoo.service.wsgi import application

    watch_over_faults()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    server = server_on(socket.socket(fileno=handle), application)
    signal.signal(signal.SIGTERM, lambda *_: server.stop())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # `serving` ends all processes of the service
    server.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))

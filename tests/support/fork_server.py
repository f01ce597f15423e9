"""The server behind `tests.support.forked_ndoo`: a Python in which everything is loaded that commands load. Each request becomes a fork of it,
which takes on what a program of its own would have been given, and runs."""

from __future__ import annotations

import io
import json
import os
import pkgutil
import resource
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

TOLD = struct.Struct("i")
"""What is told of a child: its process id once it is there, then its status as `waitpid` gives it."""
STREAMS = 3
OF_THE_SERVICE = [
    "authlib.integrations.httpx_client",
    "axes.apps",
    "cryptography.fernet",
    "csp.constants",
    "dj_database_url",
    "django.contrib.auth.apps",
    "django.contrib.auth.hashers",
    "django.contrib.contenttypes.apps",
    "django.contrib.messages.apps",
    "django.contrib.sessions.apps",
    "django.contrib.staticfiles.apps",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.views.debug",
    "django_otp.plugins.otp_totp.apps",
    "django_tasks_db.utils",
    "importlib.readers",
]
"""What the rooms of the service load of other people's, and can be loaded before anybody has said a setting."""


@dataclass(frozen=True)
class Asked:
    """What a program is started with."""

    entry: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    umask: int
    limits: list[tuple[int, int, int]]
    blocked: list[int]
    ignored: list[int]
    session: bool


def load() -> None:
    """The commands, and what the service is made of. The rooms of the service read settings as they are loaded, so that each command loads
    them for itself, as it does Arrow, which begins threads: what has threads cannot be forked."""
    import ndoo.cli

    for found in pkgutil.iter_modules(ndoo.cli.__path__, "ndoo.cli."):
        import_module(found.name)
    for name in OF_THE_SERVICE:
        import_module(name)


def serve(asking: socket.socket) -> tuple[Asked, list[int]]:
    """Fork for every request, and tell how each child ended, until nobody asks any more. Returns in a child alone."""
    running: dict[int, tuple[int, int]] = {}
    poll = select.poll()
    poll.register(asking, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready in running:
                poll.unregister(ready)
                child, told = running.pop(ready)
                with suppress(BrokenPipeError):
                    os.write(told, TOLD.pack(os.waitpid(child, 0)[1]))
                os.close(told)
                os.close(ready)
                continue
            message, handles, _, _ = socket.recv_fds(asking, 1, STREAMS + 2)
            if not message:
                os._exit(0)
            *streams, request, told = handles
            with open(request, "rb") as file:
                asked = Asked(**json.load(file))
            child = os.fork()
            if child == 0:
                asking.detach()
                return asked, streams
            for handle in streams:
                os.close(handle)
            os.write(told, TOLD.pack(child))
            watched = os.pidfd_open(child)
            running[watched] = child, told
            poll.register(watched, select.POLLIN)


def become(asked: Asked, streams: list[int]) -> None:
    """This process has the streams, the folder, the environment and the limits of the program, and nothing of the server's."""
    if asked.session:
        os.setsid()
    for number, handle in enumerate(streams):
        os.dup2(handle, number)
    for handle in map(int, os.listdir("/proc/self/fd")):
        if handle >= STREAMS:
            with suppress(OSError):  # the handle of the folder that was listed
                os.close(handle)
    os.chdir(asked.folder)
    os.umask(asked.umask)
    os.environ.clear()
    os.environ.update(asked.environment)
    for limit, *both in asked.limits:
        resource.setrlimit(limit, (both[0], both[1]))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in asked.ignored:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, asked.blocked)
    opened = [stream(number) for number in range(STREAMS)]
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = opened
    sys.argv = asked.arguments
    sys.orig_argv = [sys.executable, *asked.arguments]
    sys.path[0] = os.path.dirname(sys.argv[0])
    sys.modules["__main__"].__file__ = sys.argv[0]
    if any(
        name.startswith("COVERAGE_PROCESS_") for name in os.environ
    ):  # as its file in site-packages does when Python starts
        import coverage

        coverage.process_startup()


def stream(number: int) -> Any:
    """As Python opens it when it starts: by the locale, which is the server's own too."""
    own = (sys.stdin, sys.stdout, sys.stderr)[number]
    unbuffered = own.write_through
    buffer: Any = open(number, "wb" if number else "rb", 0 if unbuffered and number else -1, closefd=False)  # noqa: SIM115
    getattr(buffer, "raw", buffer).name = own.name
    by_line = not unbuffered and (number == 2 or buffer.isatty())
    opened: Any = io.TextIOWrapper(buffer, own.encoding, own.errors, "\n", by_line, unbuffered)
    opened.mode = "w" if number else "r"
    return opened


def main() -> NoReturn:
    """Runs until the socket that it was given is closed."""
    asking = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # whoever ends the tests at a terminal ends the worker, and this with it
    load()
    asked, streams = serve(asking)
    module, _, name = asked.entry.partition(":")
    entry = getattr(import_module(module), name)
    become(asked, streams)
    sys.exit(entry())

"""`ndoo` as a process of its own that need not load Python and Django anew: a fork of a server that has loaded them, one for each worker.

Whoever starts it sees what `subprocess.Popen` shows: the same bytes, statuses, signals and time-outs (`tests/repository/test_forked_ndoo.py` holds
that). A real start stays where the start itself is tried, and where Python would read another environment as it starts.
"""

from __future__ import annotations

import atexit
import inspect
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from tests.support.fork_server import TOLD, Asked

ROOT = Path(__file__).parent.parent.parent
PROGRAM = Path(sys.executable).with_name("ndoo")
READ_AT_THE_START = ("PYTHON", "_PYTHON", "PY_", "HOME", "LC_", "LANG", "TZ", "LD_", "MALLOC_", "GLIBC_")
"""What Python, its library and that of C have read once they run."""
_LIMITS = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
_request = Lock()


def started(*arguments: object, env: dict[str, str] | None = None, **options: Any) -> subprocess.Popen[Any]:
    """`ndoo ARGUMENTS`, running. Options are those of `subprocess.Popen`."""
    words = [str(PROGRAM), *map(str, arguments)]
    env = dict(os.environ) if env is None else env
    if options.get("preexec_fn") or _at_the_start(env) != _server().began_with:
        return subprocess.Popen(words, env=env, **options)
    return Forked(words, env=env, **options)


def ended(*arguments: object, input: str | None = None, timeout: float = 600, **options: Any) -> Any:
    """`ndoo ARGUMENTS`, run to its end; what it said, as `subprocess.run` with text has it."""
    told: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    if input is not None:
        told["stdin"] = subprocess.PIPE
    with started(*arguments, **told) as process:
        try:
            out, err = process.communicate(input, timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


class Forked(subprocess.Popen[Any]):
    """A process that the server forks. `entry` is what runs in it, as a console script would: `package.module:function`."""

    def __init__(self, args: list[str], *, entry: str = "ndoo.cli.main:run", **options: Any) -> None:
        self._entry = entry
        super().__init__(args, **options)

    def _execute_child(self, *given: Any) -> None:
        said = inspect.signature(subprocess.Popen._execute_child).bind(self, *given).arguments
        refused = ("executable", "preexec_fn", "pass_fds", "shell")
        assert not any(said[name] for name in refused), "what a fork of the server cannot be given"
        asked = Asked(
            entry=self._entry,
            arguments=list(map(str, said["args"])),
            folder=os.path.abspath(os.fspath(said["cwd"] or ".")),
            environment=dict(said["env"] or os.environ),
            umask=said["umask"] if said["umask"] >= 0 else _umask(),
            limits=[(limit, *resource.getrlimit(limit)) for limit in _LIMITS],
            blocked=[int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
            ignored=[int(number) for number in signal.valid_signals() if _stays_ignored(number)],
            session=bool(said["start_new_session"]),
        )
        ends = [said[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams = [own if end == -1 else end for own, end in enumerate(ends)]
        reading, writing = os.pipe()
        with os.fdopen(os.memfd_create("asked"), "wb+") as request:
            request.write(json.dumps(vars(asked)).encode())
            request.flush()
            request.seek(0)
            with _request:
                socket.send_fds(_server().asked, [b"."], [*streams, request.fileno(), writing])
        os.close(writing)
        self._told = reading
        self.pid = self._next()
        self._child_created = True
        self._close_pipe_fds(
            *(said[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite"))
        )

    def _next(self) -> int:
        told = os.read(self._told, TOLD.size)
        assert told, "the server has ended"
        return int(TOLD.unpack(told)[0])

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if wait_flags & os.WNOHANG and not select.select([self._told], [], [], 0)[0]:
            return 0, 0
        status = self._next()
        os.close(self._told)
        return self.pid, status

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None and self._waitpid_lock.acquire(blocking=False):
            try:
                if self.returncode is None:
                    child, status = self._try_wait(os.WNOHANG)
                    if child:
                        self._handle_exitstatus(status)
            finally:
                self._waitpid_lock.release()
        return self.returncode


def _at_the_start(environment: dict[str, str]) -> dict[str, str]:
    return {name: said for name, said in environment.items() if name.startswith(READ_AT_THE_START)}


def _stays_ignored(number: int) -> bool:
    """Is it ignored in what is started, too? Two of them Python ignores by itself, and a start undoes that before."""
    return number not in (signal.SIGPIPE, signal.SIGXFSZ) and signal.getsignal(number) is signal.SIG_IGN


def _umask() -> int:
    """This process's own, which can be read only by setting it."""
    with open("/proc/self/status", encoding="ascii") as about:
        return next(int(line.split()[1], 8) for line in about if line.startswith("Umask:"))


@dataclass(frozen=True)
class Server:
    """Where it is asked, and what it read of the environment as it started."""

    asked: socket.socket
    began_with: dict[str, str]


@cache
def _server() -> Server:
    """This worker's own. It ends when the worker does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    unmeasured = {name: said for name, said in os.environ.items() if not name.startswith("COVERAGE_")}
    code = f"import sys; sys.path[0] = {str(ROOT)!r}; from tests.support.fork_server import main; main()"
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(theirs.fileno())],
        env=unmeasured,
        cwd=ROOT,
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        server.terminate()
        server.wait()

    atexit.register(end)
    return Server(ours, _at_the_start(unmeasured))

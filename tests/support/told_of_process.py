"""What a process sees of itself, which is to be the same in one that was started and in one that was forked."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import json
import locale
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from typing import Any


def tell() -> int:
    """Writes it to standard output, and ends with status 5."""
    json.dump(seen(), sys.stdout, indent=1, sort_keys=True, default=repr)
    return 5


def change_and_tell() -> int:
    """Changes what a process can of itself, and then as `tell`."""
    os.environ["NDOO_DATA"] = "changed"
    os.umask(0)
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_NOFILE, (50, 60))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    sys.modules["ndoo.changed"] = sys
    logging.getLogger().addHandler(logging.NullHandler())
    return tell()


def seen() -> dict[str, Any]:
    """By name."""
    streams = {
        name: [
            *(
                getattr(stream, told)
                for told in ("name", "mode", "encoding", "errors", "line_buffering", "write_through")
            ),
            stream.fileno(),
            stream.buffer.__class__.__name__,
            [getattr(stream.buffer, "raw", stream.buffer).name, stream.buffer.mode],
            stream is getattr(sys, f"__{name}__"),
        ]
        for name in ("stdin", "stdout", "stderr")
        for stream in [getattr(sys, name)]
    }
    return {
        "streams": streams,
        "input": sys.stdin.read(),
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "of the C library": _of_the_c_library(),
        "umask": os.umask(0o022),
        "limits": [resource.getrlimit(getattr(resource, name)) for name in dir(resource) if name.startswith("RLIMIT_")],
        "signals": {number: _handler(number) for number in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "wakes": signal.set_wakeup_fd(-1),
        "open": _open(),
        "children": _children(),
        "leads its session": os.getsid(0) == os.getpid(),
        "group": os.getpgrp() if os.getsid(0) != os.getpid() else 0,
        "priority": os.nice(0),
        "cores": sorted(os.sched_getaffinity(0)),
        "arguments": sys.argv[1:],
        "flags": repr(sys.flags),
        "options": [sys.warnoptions, sys._xoptions],
        "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__],
        "measured": [sys.gettrace() is not None, sys.getprofile() is not None],
        "threads": [threading.active_count(), len(os.listdir("/proc/self/task"))],
        "main thread": threading.current_thread() is threading.main_thread(),
        "collected": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()],
        "depth": sys.getrecursionlimit(),
        "encodings": [sys.getfilesystemencoding(), locale.getpreferredencoding(False)],
        "locale": locale.setlocale(locale.LC_ALL),
        "zone": [time.tzname, time.timezone],
        "faults": faulthandler.is_enabled(),
        "logs": [len(logging.getLogger().handlers), logging.getLogger().level, logging.getLogger().disabled],
        "loaded": sorted(name for name in sys.modules if name.startswith("ndoo")),
    }


def _of_the_c_library() -> list[str]:
    """What `getenv` of C knows, which a child is started with."""
    done = subprocess.run(["env", "-0"], capture_output=True, check=True)
    return sorted(map(os.fsdecode, done.stdout.split(b"\0")))


def _handler(number: int) -> str:
    handler = signal.getsignal(number)
    return getattr(handler, "__qualname__", str(handler))


def _open() -> list[int]:
    handles = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            os.fstat(int(name))
            handles.append(int(name))
    return sorted(handles)


def _children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True

"""Starts and ends the service: database and pages made ready, then web, workers and the ledger's keeper side by side."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from ipaddress import ip_address
from pathlib import Path

from ndoo.domain.errors import Fault, UsageFault
from ndoo.service import configuration, database
from ndoo.service.processes import Process, end_all

FRONTEND = Path(__file__).parent / "static" / "nhsuk" / "VENDORED.json"
_ANSWERS_WITHIN = 60.0


def serve(host: str, port: int, *, demo: bool, serving: Callable[[str], object]) -> int:
    """Serve until told to stop (KeyboardInterrupt, which SIGTERM raises too); 0 then.

    `serving` is called with the service's address once it answers.

    Raises:
        UsageFault: the port is taken.
        Fault: web or worker ended by itself, or the service never answered.
    """
    if _is_own(host):
        os.environ.setdefault("NDOO_HTTPS", "off")
    if demo:
        os.environ["NDOO_DEMO"] = "on"
    with _listening(host, port) as listening:
        prepare()
        processes = _processes(listening)
        try:
            for process in processes:
                process.start()
            port = int(listening.getsockname()[1])
            _until_it_answers(port, host, processes)
            serving(f"http://{_in_url(host)}:{port}/")
            while _may_go_on(processes):
                for process in processes:
                    process.watch()
                time.sleep(0.2)
        except KeyboardInterrupt:
            return 0
        finally:
            end_all(processes)
    raise Fault("service-ended", "The web server or the ledger's keeper ended by itself. What it said stands above.")


def _may_go_on(processes: list[Process]) -> bool:
    """Not where one of them says no, nor where nothing answers any more."""
    web_is_there = any(process.handles and not process.given_up for process in processes)
    return web_is_there and not any(process.said_no for process in processes)


def _processes(listening: socket.socket) -> list[Process]:
    """The web first. A patient's code waits for no extract: upholding has a worker of its own."""
    handle = listening.fileno()
    worker = [sys.executable, "-m", "django", "db_worker", "--interval", "0.2"]
    web = [
        Process("the web server", [sys.executable, "-m", "ndoo.service.web", str(handle)], (handle,))
        for _ in range(1 if _embedded() else 2)
    ]
    return [
        *web,
        Process("the worker", worker),
        Process("the worker that upholds", [*worker, "--queue-name", "upholding"]),
        Process("the ledger's keeper", [sys.executable, "-m", "django", "keep_ledger"], refuses=True),
    ]


def _until_it_answers(port: int, host: str, processes: list[Process]) -> None:
    """Wait for `/health`, asked on this machine as the proxy in front would ask."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not listened on
    deadline = time.monotonic() + _ANSWERS_WITHIN
    while time.monotonic() < deadline and all(process.is_up for process in processes):
        asking = HTTPConnection(own, port, timeout=5)
        try:
            asking.request("GET", "/health", headers={"Host": configuration.read().hosts[0]})
            if asking.getresponse().status == 200:
                return
        except OSError:
            pass
        finally:
            asking.close()
        time.sleep(0.1)
    raise Fault("service-silent", "The service was started and does not answer. What it said stands above.")


def prepare() -> None:
    """Make the database and the static files ready; load the made-up people where the service is a demonstration.

    Raises:
        Fault: the styles of the pages are missing.
    """
    if not FRONTEND.exists():
        raise Fault(
            "frontend-missing",
            "The styles of the pages were not installed: npm was missing. Install it, and ndoo anew.",
        )
    database.ready()
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    from ndoo.service import retention
    from ndoo.service.choices import demonstration
    from ndoo.service.choices.identity.nhs_login.provider import registered
    from ndoo.service.governance import demonstration as governance_demonstration
    from ndoo.service.jobs import lost_jobs
    from ndoo.service.staff import demonstration as staff_demonstration

    registered()  # settings that cannot be used stop the service here, not at the first person

    if configuration.read().demo:
        demonstration.load()
        staff_demonstration.load()
        governance_demonstration.load()
    retention.schedule()
    lost_jobs.schedule()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _embedded() -> bool:
    return configuration.read().database_url.startswith("sqlite")


def _is_own(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    """The socket on which the web listens; its processes inherit it.

    Raises:
        UsageFault: the port is taken, or the address is not this machine's.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise UsageFault("port-taken", "That address and port cannot be listened on; --port takes another.") from None
    return listening

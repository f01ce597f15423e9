"""Starts and ends the service: database and pages made ready, then web, workers and the ledger's keeper side by side."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from ipaddress import ip_address
from pathlib import Path

from ndoo.domain.errors import Fault, UsageFault
from ndoo.domain.operating_system import PYTHON
from ndoo.domain.settings import setting
from ndoo.service import configuration, database
from ndoo.service.processes import Process, end_all

FRONTEND = Path(__file__).parent / "static" / "nhsuk" / "VENDORED.json"
_ANSWERS_WITHIN = 60.0


def serve(host: str, port: int, *, demo: bool, serving: Callable[[str], object]) -> int:
    """Serve the pages, work and keep the ledger until told to stop (KeyboardInterrupt, which SIGTERM raises too); 0 then.

    `serving` is called with the service's address once it answers.

    Raises:
        UsageFault: the port is taken.
        Fault: web or keeper ended by itself, or the service never answered.
    """
    if demo:
        os.environ["NDOO_DEMO"] = "on"
    with _at_address(host, port) as listening:
        prepare()
        return _run([*_web(listening), *_workers(), _keeper()], lambda of: _announced(listening, host, of, serving))


def serve_web(host: str, port: int, *, serving: Callable[[str], object]) -> int:
    """Serve the pages alone: workers and the keeper run elsewhere, on this database. As `serve` else."""
    with _at_address(host, port) as listening:
        database.ready(upgrades=False)
        _make_pages_ready()
        return _run(_web(listening), lambda of: _announced(listening, host, of, serving))


def serve_worker(*, working: Callable[[], object]) -> int:
    """Do what waits: messages, codes, lists, extracts. As many as are wanted may run, each on its own machine, beside PostgreSQL.

    Raises:
        Fault: it ended by itself too often.
    """
    database.ready(upgrades=False)
    _see_to_tasks()
    return _run(_workers(), lambda _: working())


def serve_keeper(*, working: Callable[[], object]) -> int:
    """Keep the ledger's heads. One is enough for a register; where there are several, they agree.

    Raises:
        Fault: it ended by itself: the register may not answer.
    """
    database.ready(upgrades=False)
    return _run([_keeper()], lambda _: working())


def _run(processes: list[Process], began: Callable[[list[Process]], object]) -> int:
    """Start them, tell of it, and watch over them until told to stop."""
    try:
        for process in processes:
            process.start()
        began(processes)
        while _may_go_on(processes):
            for process in processes:
                process.watch()
            time.sleep(0.2)
    except KeyboardInterrupt:
        return 0
    finally:
        end_all(processes)
    raise Fault("service-ended", "A process of the service ended by itself. What it said stands above.")


def _announced(listening: socket.socket, host: str, processes: list[Process], serving: Callable[[str], object]) -> None:
    port = int(listening.getsockname()[1])
    _until_it_answers(port, host, processes)
    serving(f"http://{_in_url(host)}:{port}/")


def _may_go_on(processes: list[Process]) -> bool:
    """Not where one that may say no does, or was given up, since nobody looks for an old backup then; nor where all of those that
    listen, or all that there are, were given up."""
    if any(process.said_no or (process.refuses and process.given_up) for process in processes):
        return False
    needed = [process for process in processes if process.handles] or processes
    return any(not process.given_up for process in needed)


def _web(listening: socket.socket) -> list[Process]:
    handle = listening.fileno()
    return [
        Process("the web server", [*PYTHON, "-m", "ndoo.service.web", str(handle)], (handle,))
        for _ in range(1 if _embedded() else 2)
    ]


def _workers() -> list[Process]:
    """A patient's code waits for no extract: upholding has a worker of its own."""
    worker = [*PYTHON, "-m", "django", "db_worker", "--interval", "0.2"]
    return [
        Process("the worker", worker),
        Process("the worker that upholds", [*worker, "--queue-name", "upholding"]),
    ]


def _keeper() -> Process:
    return Process("the ledger's keeper", [*PYTHON, "-m", "django", "keep_ledger"], refuses=True)


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
    _need_styles()
    database.ready()
    _make_pages_ready()
    if configuration.read().demo:
        from ndoo.service.asset_register import demonstration as governance_demonstration
        from ndoo.service.choices import demonstration
        from ndoo.service.list_checks import demonstration as cases_demonstration
        from ndoo.service.staff import demonstration as staff_demonstration

        demonstration.load()
        staff_demonstration.load()
        cases_demonstration.load()
        governance_demonstration.load()
    _see_to_tasks()


def _need_styles() -> None:
    if not FRONTEND.exists():
        raise Fault(
            "frontend-missing",
            "The styles of the pages were not installed: npm was missing. Install it, and ndoo anew.",
        )


def _make_pages_ready() -> None:
    _need_styles()
    from django.core.management import call_command

    from ndoo.service.choices.identity.nhs_login.provider import registered
    from ndoo.service.staff.organisation_login.registration import registration

    call_command("collectstatic", verbosity=0, interactive=False)
    registered()  # settings that cannot be used stop the service here, not at the first person
    registration()


def _see_to_tasks() -> None:
    """What is done again and again has a next time."""
    from ndoo.service import retention
    from ndoo.service.uphold_jobs import lost_jobs

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


@contextmanager
def _at_address(host: str, port: int) -> Iterator[socket.socket]:
    """The socket, and plain HTTP where nobody but this machine can reach it; not where a proxy stands in front, which others can."""
    # This one alone: to read all settings is to make a key, and a folder with a key has had a register.
    proxies = setting("proxies") or "0"
    if _is_own(host) and proxies == "0":
        os.environ.setdefault("NDOO_HTTPS", "off")
    with _listening(host, port) as listening:
        yield listening


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

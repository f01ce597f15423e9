"""How does the service start and end? Database and pages made ready, then web, workers and the ledger's keeper side by side."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from ipaddress import ip_address
from pathlib import Path

from ndoo.domain.errors import Fault, UsageFault
from ndoo.service import configuration, database

FRONTEND = Path(__file__).parent / "static" / "nhsuk" / "VENDORED.json"
_ANSWERS_WITHIN = 60.0
_END_WITHIN = 20.0


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
    port = _free(host, port)
    prepare()
    web = [sys.executable, "-m", "gunicorn", "ndoo.service.wsgi", "--bind", f"{_in_url(host)}:{port}", "--threads", "8",
           "--workers", "1" if _embedded() else "2", "--keep-alive", "65",
           "--log-level", "warning", "--graceful-timeout", "10"]  # fmt: skip
    worker = [sys.executable, "-m", "django", "db_worker", "--interval", "0.2"]
    upholder = [*worker, "--queue-name", "upholding"]  # of its own: a patient's code waits for no extract
    keeper = [sys.executable, "-m", "django", "keep_ledger"]
    running = [subprocess.Popen(command, start_new_session=True) for command in (web, worker, upholder, keeper)]
    try:
        address = f"http://{_in_url(host)}:{port}/"
        _until_it_answers(port, host, running)
        serving(address)
        while all(process.poll() is None for process in running):
            time.sleep(0.2)
    except KeyboardInterrupt:
        return 0
    finally:
        _end(running)
    raise Fault(
        "service-ended", "The web server, a worker or the ledger's keeper ended by itself. What it said stands above."
    )


def _until_it_answers(port: int, host: str, running: list[subprocess.Popen[bytes]]) -> None:
    """Wait for `/health`, asked on this machine as the proxy in front would ask."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not listened on
    deadline = time.monotonic() + _ANSWERS_WITHIN
    while time.monotonic() < deadline and all(process.poll() is None for process in running):
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
    from ndoo.service import tidying
    from ndoo.service.choices import demonstration
    from ndoo.service.choices.identity.nhs_login.provider import registered
    from ndoo.service.governance import demonstration as governance_demonstration
    from ndoo.service.jobs import watching
    from ndoo.service.staff import demonstration as staff_demonstration

    registered()  # settings that cannot be used stop the service here, not at the first person

    if configuration.read().demo:
        demonstration.load()
        staff_demonstration.load()
        governance_demonstration.load()
    tidying.schedule()
    watching.schedule()


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _embedded() -> bool:
    return configuration.read().database_url.startswith("sqlite")


def _is_own(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _free(host: str, port: int) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise UsageFault(
                "port-taken", "That address and port cannot be listened on; --port takes another."
            ) from None
        return int(probe.getsockname()[1])


def _end(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + _END_WITHIN
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

"""Do the console's pages keep up with thousands of flows? `python -m benchmarks.governance [flows]`, 5,000 by default.

A register of as many flows (and an asset for every three) comes in from a file by `ndoo assets import`, with scans, sealed
manifests and reviews. Then every page of the register, the public statement and what the API reads, each as a person or a
system gets it: one process, warm, the whole answer; the beginning of the process and the first page after a change apart.
The plain way, everything read and joined anew for each page, is measured in the same run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROUNDS = 30
CHANGES = 10
AIM = 0.2
NDOO = [sys.executable, "-c", "from ndoo.cli.main import run; run()"]
PAGES = (
    "/staff/",
    "/staff/register/open",
    "/staff/register/open?group=undeclared",
    "/staff/register/assets",
    "/staff/register/flows",
    "/staff/register/flows?page=60",
    "/staff/register/record/flow/F-00007",
    "/staff/register/record/asset/A-00007",
    "/staff/register/write/flow/F-00007",
    "/staff/register/statement",
    "/statement/",
    "/statement/?for=research",
    "/statement/versions",
    "/statement/versions/1",
)
READS = ("review", "statement", "findings", "evidence", "assets", "flows", "flows/F-00007", "flows/F-00007/decision")


def main() -> None:
    """Make the register, ask for each page, print what it takes."""
    flows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="ndoo-bench-") as name:
        os.environ |= {"NDOO_DATA": name, "NDOO_HTTPS": "off"}
        from ndoo.service import database

        database.ready()
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        _imported(flows, Path(name))
        _filled()
        _measured()
        _apart("ndoo review, a process of its own", lambda: _run("review", "--json", "--quiet"), 3)
    print(f"load of the machine before, over 1, 5 and 15 minutes: {load[0]:.1f}, {load[1]:.1f}, {load[2]:.1f}")


def _run(*arguments: str) -> None:
    if subprocess.run([*NDOO, *arguments], stdout=subprocess.DEVNULL, check=False).returncode not in (0, 6, 7):
        raise SystemExit(f"ndoo {arguments[0]} failed")


def _imported(flows: int, folder: Path) -> None:
    from django.utils import timezone

    from benchmarks import big_organisation
    from ndoo.assets.files import written
    from ndoo.domain.london import london_date
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.seal import load_sealer

    key = load_sealer(data_folder()).public_key
    register = big_organisation.organisation(flows, london_date(timezone.now()), key)
    (folder / "big.toml").write_text(written(register))
    print(f"{len(register.flows):,} flows, {len(register.assets):,} assets")
    _apart(
        "ndoo assets import, with a decision for each flow",
        lambda: _run("assets", "import", str(folder / "big.toml"), "--quiet"),
        1,
    )


def _filled() -> None:
    """Scans, runs and reviews: first all that a statement needs, then tables that nobody declared."""
    from django.db import transaction
    from django.utils import timezone

    from benchmarks import big_organisation as big
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.seal import load_sealer
    from ndoo.service.asset_register import demonstration, overview, published_statements, record_versions

    now, register, entry = timezone.now(), record_versions.register(), demonstration.entry
    copies = len(register.flows) // big.FLOWS
    scans = list(big.scans(register, copies))
    for place, tables in scans:
        overview.take_findings(
            [
                one
                for one in tables
                if any(
                    one.name == t.name
                    for a in register.assets.values()
                    if place in a.texts("location")
                    for t in a.tables
                )
            ],
            place,
            entry,
            now,
        )
    overview.take_evidence(big.manifests(register, load_sealer(data_folder()), now, without_every=0), entry, now)
    with transaction.atomic():
        demonstration.sign(register, now, ())
    published_statements.publish(overview.picture(now), entry)
    for place, tables in scans:
        overview.take_findings(tables, place, entry, now)


def _measured() -> None:
    from django.conf import settings
    from django.utils import timezone
    from tests.support import api_callers
    from tests.support.staff_accounts import account, signed_in

    from ndoo.assets.record import Record
    from ndoo.service.asset_register import demonstration, overview, record_versions, register_cache
    from ndoo.service.staff.roles import Role

    settings.ALLOWED_HOSTS = ["*"]
    officer = signed_in(account(Role.INFORMATION_GOVERNANCE))
    system = api_callers.system()
    ways: list[tuple[str, Callable[[], Any]]] = [(path, lambda path=path: officer.get(path)) for path in PAGES]
    for role, person in ((Role.ASSET_OWNER, "oscar.owner"), (Role.CALDICOTT_GUARDIAN, "cara.caldicott")):
        client = signed_in(account(role, person))
        ways.append((f"/staff/ for the {role.value.replace('_', ' ')}", lambda client=client: client.get("/staff/")))
    ways += [(f"/api/governance/{path}", lambda path=path: system.get(f"/api/governance/{path}")) for path in READS]
    ways.append(("standing.picture, what ndoo review joins", lambda: overview.picture(timezone.now())))

    def anew() -> None:
        register_cache.forget()
        overview.picture(timezone.now())

    _apart("the plain way: everything read and joined anew", anew, 3)
    print(f"\n{'milliseconds, warm':<62} {'p50':>6} {'p95':>6}  of {AIM * 1000:.0f}")
    for name, get in ways:
        _told(name, _taken(get, ROUNDS))

    flow = record_versions.register().flows["F-00007"]
    changed: list[float] = []
    for at in range(CHANGES):
        record_versions.save(
            Record(flow.kind, {**flow.said, "notes": f"Change {at}"}), demonstration.entry, timezone.now()
        )
        changed += _taken(lambda: officer.get("/staff/register/open"), 1)
    _told("/staff/register/open, the first after a change", changed)


def _taken(get: Callable[[], Any], rounds: int) -> list[float]:
    taken = []
    for at in range(rounds + (rounds > 1)):
        begin = time.perf_counter()
        answer = get()
        if at or rounds == 1:
            taken.append(time.perf_counter() - begin)
        if getattr(answer, "status_code", 200) != 200:
            raise SystemExit(f"{answer.status_code} where a page should be")
    return taken


def _told(name: str, taken: list[float]) -> None:
    p50, p95 = (statistics.quantiles(taken, n=100, method="inclusive")[at] for at in (49, 94))
    print(f"{name:<62} {p50 * 1000:>6.0f} {p95 * 1000:>6.0f}  {p95 / AIM:.2f}", flush=True)


def _apart(name: str, act: Callable[[], Any], rounds: int) -> None:
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begin)
    print(f"{name}: median {statistics.median(taken):.1f} s, worst {max(taken):.1f} s", flush=True)


if __name__ == "__main__":
    main()

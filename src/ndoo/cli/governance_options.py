"""Options that name a register, in a file or in the database, and what a nightly job hands over with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.found_evidence import found_evidence
from ndoo.cli.list_options import PATH
from ndoo.cli.register_session import entry, opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.london import london_date

if TYPE_CHECKING:
    from ndoo.assets.evidence import NotCounted
    from ndoo.assets.findings import FoundScan
    from ndoo.assets.gaps import Joined, JoinedRecords
    from ndoo.assets.register import Register
    from ndoo.policy import Pack


def governance_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds REGISTER, --findings, --scan, --evidence and --signed-by."""
    for option in (
        click.option(
            "--signed-by",
            multiple=True,
            metavar="KEY",
            help="A public key whose seals count, besides those that the register names. With REGISTER only.",
        ),
        click.option(
            "--evidence",
            multiple=True,
            metavar="PLACE",
            help="Where releases or their manifests lie: a folder, a file, or the address of a database. Repeat for several.",
        ),
        click.option(
            "--scan", "scan_now", is_flag=True, help="Scan every location of the assets now, as `ndoo scan` does."
        ),
        click.option(
            "--findings",
            multiple=True,
            metavar="[PLACE=]FILE",
            help="What `ndoo scan PLACE --json` printed. PLACE is as the asset's location names it. Repeat for several.",
        ),
        click.argument("register", required=False, type=PATH, metavar="[REGISTER]"),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known and what is open; manifests that prove nothing, with the reason."""

    known: JoinedRecords
    joined: Joined
    pack: Pack
    not_counted: list[NotCounted]
    manifests: dict[str, dict[str, Any]]
    """Those that prove a run, by their names."""

    def of(self, member: str, now: datetime) -> Looked:
        """The same, of one of the organisations that share the register.

        Raises:
            UnfitData: none of this name shares it.
        """
        from ndoo.assets.gaps import join

        known = self.known.of(member)
        return replace(self, known=known, joined=join(known, london_date(now)))


def look(
    register: Path | None,
    findings: tuple[str, ...],
    evidence: tuple[str, ...],
    signed_by: tuple[str, ...],
    now: datetime,
    *,
    scan_now: bool = False,
) -> Looked:
    """Join what is there. With a register file nothing is kept; without one, findings and evidence are taken into the
    database, so that the pages show the same.

    Raises:
        UsageFault: there is neither a file nor a register in the database.
        UnfitData, NotPermitted: one of the files is not what it is named as.
    """
    from ndoo.assets.findings import findings_from

    scans = [findings_from(Path(file), place) for place, file in map(_named, findings)]
    if register:
        return _in_file(register, scans, evidence, signed_by, now, scan_now=scan_now)
    return _kept(scans, evidence, signed_by, now, scan_now=scan_now)


Scans = list["FoundScan"]


def _named(said: str) -> tuple[str, str]:
    place, found, file = said.rpartition("=")
    return (place, file) if found else ("", said)


def _scanned(register: Register, now: datetime) -> Scans:
    """What lies at every location of the assets. A place that cannot be scanned is a finding too: nobody knows what is
    there."""
    from ndoo.assets.findings import FoundScan, FoundTable, plain_target, read_scan
    from ndoo.domain.errors import NdooError
    from ndoo.domain.settings import data_folder
    from ndoo.scanning.scan import scan
    from ndoo.scanning.store import Store

    found: Scans = []
    with Store(data_folder()) as store:
        for place in dict.fromkeys(one for asset in register.assets.values() for one in asset.texts("location")):
            named = plain_target(place)
            target = os.environ.get(place.removeprefix("env:"), "") if place.startswith("env:") else place
            try:
                if not target:
                    raise UsageFault(
                        "scan-variable", f"{named} is not set in the environment, and should hold the address."
                    )
                found.append(read_scan(scan(target, now=now, store=store).told(), named))
            except NdooError as error:
                nothing = FoundTable(named, "everything", "unsure", f"Not read: {error.sentence}", ())
                found.append(FoundScan(named, [nothing], now))
    return found


def _in_file(
    path: Path, scans: Scans, evidence: tuple[str, ...], signed_by: tuple[str, ...], now: datetime, *, scan_now: bool
) -> Looked:
    from ndoo.assets.evidence import applied_in
    from ndoo.assets.files import register_from
    from ndoo.assets.findings import scan_days, undated
    from ndoo.assets.flow_decisions import decide_all
    from ndoo.assets.gaps import JoinedRecords, join
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.known_keys import key_named
    from ndoo.evidence.seal import own_public_keys
    from ndoo.policy import load_pack

    found, pack, today = register_from(path), load_pack(), london_date(now)
    scans = scans + (_scanned(found, now) if scan_now else [])
    named = found.organisation.texts("sealed_by") if found.organisation else ()
    keys = {*named, *(key_named(key, data_folder()) for key in signed_by)} or own_public_keys(data_folder())
    manifests, unclear = found_evidence(evidence)
    counted, refused, documents = applied_in(manifests, keys, now)
    tables = [table for one in scans for table in one.tables]
    days, unknown = scan_days(scans, now), undated(scans, now)
    known = JoinedRecords(found, decide_all(found, pack, today), tables, counted, scanned=days, undated=unknown)
    by_name = {f"{at:05d}": {**manifest.document} for at, manifest in enumerate(documents)}
    return Looked(known, join(known, today), pack, unclear + refused, by_name)


def _kept(
    scans: Scans, evidence: tuple[str, ...], signed_by: tuple[str, ...], now: datetime, *, scan_now: bool
) -> Looked:
    if signed_by:
        raise UsageFault(
            "signed-by-file", "--signed-by goes with a register file. In the database, the organisation names its keys."
        )
    with opened():
        from ndoo.assets.evidence import applied_in
        from ndoo.service.asset_register import overview, pack_contents, record_versions

        found = record_versions.register()
        if not found.assets and not found.flows:
            raise UsageFault(
                "assets-empty",
                "There is no register of assets yet: give a file, or import one with `ndoo assets import`.",
            )
        for one in scans + (_scanned(found, now) if scan_now else []):
            overview.take_findings(one.tables, one.target, entry, now, at=one.at)
        manifests, unclear = found_evidence(evidence)
        counted, refused, documents = applied_in(manifests, overview.trusted(found), now)
        sealed = [manifest.document for manifest in documents]
        overview.take_evidence(zip((run.name for run in counted), sealed, strict=True), entry, now)
        seen = overview.picture(now)
        return Looked(seen.known, seen.joined, seen.pack, unclear + refused, pack_contents.manifests())

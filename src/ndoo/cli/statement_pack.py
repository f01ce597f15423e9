"""`ndoo statement --evidence-pack`: what goes into the zip, from a file or from the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from ndoo.assets.pack import Proofs, evidence_pack
from ndoo.assets.statement import Statement
from ndoo.cli.governance_options import Looked
from ndoo.cli.register_session import opened
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.policy.write_flow import put_bytes


def write_pack(path: Path, seen: Looked, made: Statement, now: datetime, *, kept: bool) -> None:
    """Write the zip; with `kept`, with the reviews and published statements of the database.

    Raises:
        Fault: it cannot be written there. NotPermitted: the sealing key cannot be used.
    """
    reviews: list[dict[str, Any]] = []
    published: list[dict[str, Any]] = []
    if kept:
        with opened():
            from ndoo.service.asset_register import pack_contents

            reviews, published = pack_contents.reviews(), pack_contents.published()
    sealer = load_sealer(data_folder())
    pack = evidence_pack(seen.known, seen.joined, made, Proofs(seen.manifests, reviews, published), now, sealer)
    put_bytes(path, pack)

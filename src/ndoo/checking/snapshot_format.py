"""The form of a snapshot of a register: a line that names the format, a line of sealed JSON, and the people.

The people are first nine digits in ascending order, each as the distance from the one before, in seven bits a byte
(`NumberSet.packed`): about a byte for each where a twentieth of a population opted out. The JSON says when the
register was read, how many people had opted out then, and the length and digest of what follows; the seal is
Ed25519, as on a manifest.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from ndoo import __version__
from ndoo.domain.answers import Polarity
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet

MAGIC = b"ndoo-snapshot 1\n"
KIND = "register-snapshot"
CODING = "distances, seven bits a byte"


def heading(opted_out: int, body: bytes, *, as_at: datetime, created: datetime) -> dict[str, Any]:
    """What the sealed line says, not yet sealed."""
    return {
        "ndoo": __version__,
        "kind": KIND,
        "polarity": str(Polarity.OPTED_OUT),
        "as_at": as_at.isoformat(),
        "created": created.isoformat(timespec="seconds"),
        "opted_out": opted_out,
        "body": {"coding": CODING, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()},
    }


def snapshot(
    people: NumberSet, opted_out: int, sealer: Sealer, *, as_at: datetime, created: datetime
) -> tuple[dict[str, Any], bytes]:
    """The sealed heading, and the whole file.

    Args:
        opted_out: how many people there are in `people`.
        as_at: the moment whose choices these are.
    """
    body = people.packed()
    sealed = sealer.seal(heading(opted_out, body, as_at=as_at, created=created))
    line = json.dumps(sealed, ensure_ascii=True, allow_nan=False).encode("ascii")
    return sealed, MAGIC + line + b"\n" + body

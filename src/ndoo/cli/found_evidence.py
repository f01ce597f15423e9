"""Which manifests are handed over as evidence: those of every release that --evidence names, of whatever kind, wherever it lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndoo.domain.machine_faults import missing

if TYPE_CHECKING:
    from ndoo.assets.evidence import NotCounted, ReleaseEvidence


def found_evidence(locations: Sequence[str]) -> tuple[list[ReleaseEvidence], list[NotCounted]]:
    """The manifests, and what could be one and cannot be read as one.

    Raises:
        UsageFault: a file or folder is not there, or an address cannot be meant.
    """
    from ndoo.assets.evidence import NotCounted, ReleaseEvidence
    from ndoo.upholding.database_address import is_address
    from ndoo.upholding.found_releases import find

    for location in locations:
        if not (is_address(location) or Path(location).exists()):
            raise missing(Path(location), "the evidence")
    found = find(locations)
    evidence = [ReleaseEvidence(one.manifest_name, one.manifest) for one in (*found.releases, *found.copies)]
    unclear = [NotCounted(one.name, one.because) for one in found.unclear]
    return evidence, unclear + [NotCounted(name, "It is no manifest of a release.") for name in found.of_others]

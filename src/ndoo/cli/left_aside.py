"""What a release holds of which no promise speaks, as `ndoo uphold` and `ndoo verify` say it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ndoo.cli.output import Speech, number

if TYPE_CHECKING:
    from ndoo.evidence.manifest import ReleaseManifest
    from ndoo.upholding.other_cells.stray_numbers import Sighting


def say_left_aside(manifest: ReleaseManifest, ignored: Sequence[Sighting], speech: Speech, of: str = "") -> None:
    """A line for each column that is ignored, and for each table or column that is said to lead to nobody. It is never hidden where people who may not
    be released stand in it, or where nobody can say.

    Args:
        ignored: what was found in these columns.
        of: whose lines they are, where several releases are told of.
    """
    for sighting in ignored:
        theirs = f", {number(sighting.withheld)} of them of people who may not be released" if sighting.withheld else ""
        speech.say(
            f"  note    {of}{sighting.column!r} is ignored, as the manifest says: {number(sighting.nhs_numbers)} NHS numbers stand in it{theirs}.",
            always=sighting.withheld > 0,
        )
    for name in manifest.leads_to_nobody:
        speech.say(
            f"  note    {of}{name!r} leads to nobody, as the manifest says: nobody was looked for through it, so its rows may be those of "
            "people who may not be released.",
            always=True,
        )

"""`--asset NAME --released-by NAME`: which asset is released, and by which second person."""

from __future__ import annotations

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody
from ndoo.domain.operating_system import account
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import own_public_keys
from ndoo.upholding.safeguards.differencing_guard import Asset

FOLDER = "assets"
"""In the data folder."""


def asset_named(name: str, released_by: str | None, *, dry_run: bool = False) -> Asset:
    """The asset with its records.

    Raises:
        UsageFault: the name cannot be one, or whoever runs the command is named as the second person.
    """
    if released_by is not None:
        second = released_by.strip()
        if not second or names_somebody(second):
            raise UsageFault("asset-second-person", "Give the second person's name with --released-by.")
        if second.casefold() == account().casefold():
            raise UsageFault(
                "asset-same-person", "--released-by names a second person: not the account that runs this command."
            )
    return Asset(name, data_folder() / FOLDER, own_public_keys(data_folder()), released_by, dry_run)

"""A release checked from Python, by the code of `ndoo verify`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ndoo.domain.settings import data_folder
from ndoo.evidence.known_keys import key_named, known_as
from ndoo.evidence.release import release_at
from ndoo.library.lists import Listed, Lists, When
from ndoo.upholding.verify.verification import Promise, ReleaseQuestion
from ndoo.upholding.verify_release import verify_release


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying came to. It is true where every promise is kept under a seal that is known here.

    Args:
        verified: every promise is kept, whosever seal it is.
        promises: each with `name`, `kept` and the sentence `because`.
        sealed_by: the public key of the seal (base64); None where the seal is broken.
        signer: the name under which that key is known here; None where nobody here knows whose it is.
    """

    verified: bool
    promises: tuple[Promise, ...]
    sealed_by: str | None
    signer: str | None

    def __bool__(self) -> bool:
        return self.verified and self.signer is not None


def verify(
    path: str | Path,
    *,
    allowed: Listed | None = None,
    opted_out: Listed | None = None,
    checked_at: When = None,
    nhs_number: str | None = None,
    signed_by: str | None = None,
    no_list: bool = False,
) -> Verified:
    """Is a released file or folder what its manifest says, and is nobody in it whom the list withholds?

    Args:
        path: the released file or folder, or its manifest.
        allowed: the list, as in `ndoo.uphold`; it may be a later one than the release was made with. Or `opted_out`.
        checked_at: when that list was taken.
        nhs_number: the column that you expect to be the patient's.
        signed_by: the public key that must have sealed the manifest, or the name under which it is known here.
        no_list: check all but the list, which a recipient does not have.

    Raises:
        UnfitData: there is no manifest, or it cannot be read.
        NoUsableList: the list is refused, or none is named although people were removed by one.
    """
    release = release_at(Path(path))
    lists = Lists(allowed, opted_out, checked_at)
    signer = None if signed_by is None else key_named(signed_by, data_folder())
    found = verify_release(
        release,
        ReleaseQuestion(
            lists.chosen(datetime.now(UTC)) if lists.names_one else None,
            signed_by=signer,
            nhs_number=nhs_number,
            by_what_is_named=no_list and not lists.names_one,
        ),
    )
    known = None
    if found.sealed_by is not None:
        known = known_as(found.sealed_by, data_folder()) or (signed_by if found.sealed_by == signer else None)
    return Verified(found.verified, found.promises, found.sealed_by, known)

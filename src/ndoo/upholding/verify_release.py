"""Verifies a release of any kind, wherever it lies: by the engine that releases such, in the order that `verification.py` says."""

from __future__ import annotations

from typing import Protocol

from ndoo.domain.progress import Progress, told_to_nobody
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.engines import engine_of
from ndoo.upholding.request import Location
from ndoo.upholding.verify.verification import ReleaseQuestion, Verification, verification_of


class ReleasedPlace(Protocol):
    """Where a release lies, and what its manifest says."""

    @property
    def place(self) -> Location: ...
    @property
    def manifest(self) -> ReleaseManifest: ...
    @property
    def kind(self) -> ReleaseKind: ...


def verify_release(
    release: ReleasedPlace, question: ReleaseQuestion, progress: Progress = told_to_nobody
) -> Verification:
    """Check a release, or its draft, against its manifest and the lists of the question.

    Args:
        progress: see `Progress`.

    Raises:
        NoUsableList, UsageFault: see `ReleaseQuestion.judge`; the release is no regular file.
        NotPermitted, Fault: the database does not let this account in.
    """
    engine = engine_of(release.kind)
    return verification_of(
        release.manifest, question, lambda: engine.inspect(release.place, release.manifest, question, progress)
    )

"""Verifies a release of any kind, wherever it lies: by the engine that releases such, in the order that `verification.py` says."""

from __future__ import annotations

from typing import Protocol

from ndoo.evidence.manifest import Manifest
from ndoo.evidence.release import Kind
from ndoo.upholding.engine import Progress
from ndoo.upholding.engines import engine_of
from ndoo.upholding.request import Location
from ndoo.upholding.verification import Question, Verification, verification_of


class Released(Protocol):
    """Where a release lies, and what its manifest says."""

    @property
    def place(self) -> Location: ...
    @property
    def manifest(self) -> Manifest: ...
    @property
    def kind(self) -> Kind: ...


def verify_release(release: Released, question: Question, progress: Progress = lambda _: None) -> Verification:
    """Check a release, or its draft, against its manifest and the lists of the question.

    Args:
        progress: called with the number of its stored bytes read so far.

    Raises:
        NoUsableList, UsageFault: see `Question.judge`; the release is no regular file.
        NotPermitted, Fault: the database does not let this account in.
    """
    engine = engine_of(release.kind)
    return verification_of(
        release.manifest, question, lambda: engine.inspect(release.place, release.manifest, question, progress)
    )

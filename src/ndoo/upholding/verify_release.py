"""Verifies a released file or folder of any kind: the one place that knows which code verifies what."""

from __future__ import annotations

from collections.abc import Callable

from ndoo.evidence.release import Kind, Release
from ndoo.upholding.fhir.verify import verify_fhir
from ndoo.upholding.linked.verify import verify_folder
from ndoo.upholding.verification import Question, Verification
from ndoo.upholding.verify import verify_file

_BY_KIND: dict[Kind, Callable[[Release, Question, Callable[[int], object]], Verification]] = {
    Kind.FILE: verify_file,
    Kind.LINKED_TABLES: verify_folder,
    Kind.FHIR: verify_fhir,
    Kind.PARQUET_FOLDER: verify_file,
}


def verify_release(
    release: Release, question: Question, progress: Callable[[int], object] = lambda _: None
) -> Verification:
    """Check a release, or its draft, against its manifest and the lists of the question.

    Raises:
        NoUsableList, UsageFault: see `Question.judge`; the release is no regular file.
    """
    return _BY_KIND[release.kind](release, question, progress)

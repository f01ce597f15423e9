"""What cannot be looked into is never clear, also where it fails between being found and being read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.answers import Polarity
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import Release
from ndoo.numbers.objections import Objections
from ndoo.upholding.database_address import Address, TableName
from ndoo.upholding.found_releases import FoundRelease, FoundReleases, InDatabase
from ndoo.upholding.recall import RecallAnswer, recalled, reruns
from ndoo.upholding.verify.verification import ReleaseQuestion, judge_paths
from tests.attack.tampering import STRANGER
from tests.engines.test_type1_agrees import people
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some
from tests.unit.evidence.test_release import described, linked


def test_a_database_that_is_gone_by_the_time_it_is_looked_into_is_not_clear(tmp_path: Path) -> None:
    gone = Address("sqlite", "sqlite:///gone.db", path=tmp_path / "gone.db")
    manifest = ReleaseManifest(STRANGER.seal(described("sqlite table; sum", type1={"applied": True})))
    found = FoundReleases([FoundRelease("gone", manifest, InDatabase(gone, TableName(None, "t"), False))])
    cleaned = cleaned_list(Polarity.OPTED_OUT, some(1), None)
    (answer,) = recalled(found, ReleaseQuestion(cleaned, by_what_is_named=True))
    assert answer.answer is RecallAnswer.UNDECIDED and "does not exist" in answer.because
    objections = Objections(people([]), people([]), people([]), {"people": 0})
    (again,) = reruns(found, objections)
    assert again.again and "does not exist" in again.because


def test_a_folder_that_may_not_be_read_breaks_the_promise_on_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Path) -> Any:
        raise PermissionError

    monkeypatch.setattr(os, "scandir", closed)
    promise, there = judge_paths(Release(tmp_path, ReleaseManifest(linked())))
    assert (promise.kept, there, "may not be read" in promise.because) == (False, False, True)

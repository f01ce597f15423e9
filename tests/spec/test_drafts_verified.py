"""The verifier passes a draft by the same code as a release: what is not published yet has no name of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ndoo.domain.answers import Polarity
from ndoo.evidence.release import Release, release_at
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.conftest import Ndoo
from tests.engines.worlds import cleaned_list
from tests.support.releases import FILES, FOLDERS, GONE, LATER, release


@pytest.mark.parametrize("kind", [*FILES, *FOLDERS])
def test_a_draft_is_verified_as_a_release_is(kind: str, ndoo: Ndoo, tmp_path: Path) -> None:
    published = release_at(release(kind, tmp_path, ndoo).path)
    draft = tmp_path / ".ndoo-0123456789abcdef.part"
    if published.place.is_dir():
        shutil.copytree(published.place, draft)
    else:
        shutil.copy(published.place, draft)
    drafted = Release(draft, published.manifest)
    for gone, right in (([GONE], True), ([GONE, LATER], False)):
        result = verify_release(drafted, ReleaseQuestion(cleaned_list(Polarity.OPTED_OUT, gone, None)))
        assert result.verified is right, [promise for promise in result.promises if not promise.kept]
        assert result.met.somebody is not right
    if published.place.is_dir():
        (draft / ".DS_Store").write_text("")
        assert not verify_release(drafted, ReleaseQuestion(cleaned_list(Polarity.OPTED_OUT, [GONE], None))).verified

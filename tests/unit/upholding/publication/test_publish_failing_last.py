"""A release whose very last step fails leaves nothing behind that speaks of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.errors import Fault
from ndoo.upholding.publication.publish import Publication
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(40, seed=3)


@pytest.mark.parametrize("shaped", [True, False])
def test_a_shape_is_not_pinned_by_a_release_that_did_not_appear(
    shaped: bool, ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,ward\n" + "".join(f"{number},1\n" for number in PEOPLE))
    (tmp_path / "go.txt").write_text("".join(f"{number}\n" for number in PEOPLE[:2]))
    published = Publication.publish

    def publish(self: Publication) -> None:
        if any(target.name == "out.csv" for target in self._targets):
            raise Fault("disk-full", "The disk is full.")
        published(self)

    monkeypatch.setattr(Publication, "publish", publish)
    shape = ("--shape", "feed.json") if shaped else ()
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--opted-out", "go.txt", "--checked-at", TODAY, *shape)
    assert said.status == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["go.txt", "in.csv"]

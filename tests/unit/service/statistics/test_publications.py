"""What is published as statistics is shown as it was sealed, month by month, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.test import Client

from ndoo.domain.errors import UsageFault
from ndoo.service.statistics import publications
from ndoo.statistics.published_files import read_publication
from tests.conftest import ROOT
from tests.support.patients import text

MADE = ROOT / "examples" / "statistics"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "statistics"
    shutil.copytree(MADE, folder)
    (folder / "notes").mkdir()
    monkeypatch.setenv("NDOO_STATISTICS", str(folder))
    return folder


def read(path: str) -> str:
    answer = Client().get(path)
    assert answer.status_code == 200
    return text(answer)


@pytest.mark.usefixtures("place")
def test_the_newest_month_is_shown_with_the_earlier_ones_and_every_file() -> None:
    publications.refuse_what_cannot_be_shown()
    page = read("/statistics/")
    assert "As at 1 November 2026" in page and "About 1,465 people have opted out" in page
    assert "1 October 2026 , made on" in page and "By GP practice (CSV, " in page
    earlier = read("/statistics/2026-10-01/")
    assert "As at 1 October 2026" in earlier and "This is an earlier publication." in earlier
    for name in read_publication(MADE / "2026-10-01").files:
        kept = Client().get(f"/statistics/2026-10-01/{name}")
        assert b"".join(kept.streaming_content) == (MADE / "2026-10-01" / name).read_bytes()  # type: ignore[arg-type]
        assert kept["Content-Disposition"] == f'attachment; filename="2026-10-01-{name}"'
    assert "How many have opted out" in Client().get("/").content.decode()


@pytest.mark.parametrize("name", ["age_gen.csv", "index.html", "publication.json"])
def test_a_publication_that_was_changed_is_not_shown_and_is_told_to_who_runs_it(place: Path, name: str) -> None:
    assert "1 November 2026" in read("/statistics/")
    changed = place / "2026-11-01" / name
    changed.write_bytes(changed.read_bytes().replace(b"5", b"6", 1))
    page = read("/statistics/")
    assert "As at 1 October 2026" in page and "1 November 2026" not in page
    assert "Another publication cannot be shown now." in page
    assert Client().get("/statistics/2026-11-01/").status_code == 404
    with pytest.raises(UsageFault, match="2026-11-01 in the folder of the setting statistics is not"):
        publications.refuse_what_cannot_be_shown()


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    "path", ["2027-01-01/", "notes/", "2026-11-01/notes.txt", "../2026-11-01/", "2027-01-01/a.csv"]
)
def test_nothing_else_is_shown(path: str) -> None:
    assert Client().get(f"/statistics/{path}").status_code == 404


def test_without_publications_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    publications.refuse_what_cannot_be_shown()
    assert "Nothing was published here yet." in read("/statistics/")
    assert "How many have opted out" not in Client().get("/").content.decode()
    monkeypatch.setenv("NDOO_STATISTICS", str(tmp_path / "gone"))
    for path in ("/statistics/", "/statistics/2026-11-01/"):
        answer = Client().get(path)
        assert answer.status_code == 503
        assert "What was published here cannot be shown now." in text(answer) and "Nothing was" not in text(answer)
    with pytest.raises(UsageFault, match="cannot be read"):
        publications.refuse_what_cannot_be_shown()


@pytest.mark.parametrize("record", ["loop", "folder"])
def test_a_publication_that_cannot_be_read_hides_no_other(place: Path, record: str) -> None:
    """All were hidden by one, and the page said that nothing was published."""
    (place / "2026-12-01").mkdir()
    unread = place / "2026-12-01" / "publication.json"
    if record == "loop":
        unread.symlink_to(unread)
    else:
        unread.mkdir()
    page = read("/statistics/")
    assert "As at 1 November 2026" in page and "1 October 2026 , made on" in page
    with pytest.raises(UsageFault, match="2026-12-01 in the folder of the setting statistics"):
        publications.refuse_what_cannot_be_shown()
    assert "Another publication cannot be shown now." in page
    for folder in place.iterdir():
        if folder.name != "2026-12-01":
            shutil.rmtree(folder)
    assert Client().get("/statistics/").status_code == 503, "there is one, which cannot be shown"

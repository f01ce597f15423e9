"""A list that cannot be read, or answers another question, is refused before anybody is judged by it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ndoo.checking import list_file
from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import read
from tests.unit.checking.lists import KNOWN, NOW, load, refusal
from tests.unit.checking.sentences import assert_readable


def test_an_answer_to_another_question_is_refused(tmp_path: Path) -> None:
    answer, request = tmp_path / "answer.dat", tmp_path / "request.dat"
    answer.write_text("\n".join(KNOWN[:3]))
    request.write_text("\n".join(KNOWN[:2]))
    with pytest.raises(NoUsableList, match="--requested") as refused:
        load(answer, asked=request)
    assert refused.value.code == "list-not-asked-for"
    assert_readable(refused.value.sentence)
    request.write_text("\n".join(KNOWN[:5]))
    made = load(answer, asked=request)
    assert made.asked is not None
    assert [read(n) in made.asked for n in KNOWN[:6]] == [True] * 5 + [False]
    assert made.provenance.numbers == 3


@pytest.mark.parametrize("polarity", list(Polarity))
def test_the_polarity_is_the_caller_s(tmp_path: Path, polarity: Polarity) -> None:
    path = tmp_path / "opted_out.dat"
    path.write_text(KNOWN[0])
    assert load(path, polarity=polarity).provenance.polarity is polarity


def test_a_stale_list_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    for checked_at, code in (
        (None, "list-age-unknown"),
        (date(2026, 10, 1), "list-stale"),
        (date(2027, 1, 1), "list-from-future"),
    ):
        with pytest.raises(NoUsableList) as refused:
            read_list(tmp_path / "none", Polarity.ALLOWED, checked_at=checked_at, now=NOW)
        assert refused.value.code == code
    path = tmp_path / "list.dat"
    path.write_text(KNOWN[0])
    old = read_list(path, Polarity.ALLOWED, checked_at=date(2026, 10, 1), now=NOW, limit_days=60)
    assert (old.provenance.age_days, old.provenance.limit_days) == (52, 60)


def test_a_list_that_is_not_there_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(KNOWN[0])
    for path, code in (
        (tmp_path / "none.dat", "list-missing"),
        (tmp_path, "list-missing"),
        (tmp_path / "file" / "x", "list-not-readable"),
    ):
        error = refusal(path)
        assert error.code == code
    with pytest.raises(NoUsableList, match="does not exist"):
        load(tmp_path / "file", asked=tmp_path / "none.dat")


@pytest.mark.parametrize(
    ("fault", "said"), [(PermissionError(13, "x"), "by this account"), (OSError(5, "x"), "to its end")]
)
def test_a_list_that_cannot_be_read_is_no_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: OSError, said: str
) -> None:
    path = tmp_path / "list.dat"
    path.write_text(KNOWN[0])

    def fail(*_: object, **__: object) -> None:
        raise fault

    where: tuple[object, str] = (Path, "open") if isinstance(fault, PermissionError) else (list_file, "_read")
    monkeypatch.setattr(*where, fail)
    error = refusal(path)
    assert error.code == "list-not-readable"
    assert said in error.sentence

"""The nearer setting wins, and a setting that cannot be meant stops the run instead of falling back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ndoo.domain import settings_files
from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import data_folder, list_limit_days
from tests.conftest import Ndoo
from tests.support.numbers import some


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NDOO_DATA", "NDOO_LIST_LIMIT_DAYS", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NDOO_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def refusal(read: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(UsageFault) as refused:
        read()
    return refused.value.code, refused.value.sentence


def test_the_limit_is_the_environment_s_before_the_file_s_before_the_dated_one(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list_limit_days() is None
    (here / "ndoo.toml").write_text("list_limit_days = 7\n")
    assert list_limit_days() == 7
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "0")
    assert list_limit_days() == 0
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "")
    assert list_limit_days() == 7


def test_a_limit_of_no_days_in_the_file_is_not_taken_for_none(here: Path) -> None:
    (here / "ndoo.toml").write_text("list_limit_days = 0\n")
    assert list_limit_days() == 0


def test_the_data_folder_is_the_environment_s_before_the_file_s_before_the_home_s(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_folder() == here / "home" / ".local" / "share" / "ndoo"
    monkeypatch.setenv("XDG_DATA_HOME", str(here / "xdg"))
    assert data_folder() == here / "xdg" / "ndoo"
    (here / "ndoo.toml").write_text('data = "~/filed"\n')
    assert data_folder() == here / "home" / "filed"
    monkeypatch.setenv("NDOO_DATA", "~/named")
    assert data_folder() == here / "home" / "named"
    monkeypatch.setenv("NDOO_DATA", "")
    assert data_folder() == here / "home" / "filed"


@pytest.mark.parametrize(
    "said", ["-1", "367", "three", "1.5", "1e1", "nan", "0x10", "2_1", "+21", " 21", "21\n", "２１", "1000"]
)
def test_a_limit_that_is_no_number_of_days_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", said)
    assert refusal(list_limit_days) == (
        "setting",
        "The setting list_limit_days must be a whole number of days from 0 to 366.",
    )


@pytest.mark.parametrize("said", ["true", "1.5", '""', "[]", "2026-01-01"])
def test_a_limit_of_another_type_is_refused(said: str, here: Path) -> None:
    (here / "ndoo.toml").write_text(f"list_limit_days = {said}\n")
    assert refusal(list_limit_days) == (
        "setting",
        "The setting list_limit_days must be a whole number of days from 0 to 366.",
    )


@pytest.mark.parametrize("said", ["0", "366"])
def test_the_edges_of_the_limit_are_taken(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", said)
    assert list_limit_days() == int(said)


@pytest.mark.parametrize(
    "stored", [b"list_limit_days = ", b"\xff\xfe", "# caf\xe9".encode("cp1252"), b"= 1", b"a = 1\na = 2\n"]
)
def test_a_file_that_is_not_toml_is_named(stored: bytes, here: Path) -> None:
    (here / "ndoo.toml").write_bytes(stored)
    assert refusal(list_limit_days) == ("setting", f"{here / settings_files.FILE} is not valid TOML.")


def test_a_file_that_cannot_be_read_is_not_passed_over(here: Path) -> None:
    (here / settings_files.FILE).mkdir()
    assert refusal(data_folder) == ("setting", f"Your settings ({here / settings_files.FILE}) cannot be read.")


def test_a_home_that_is_not_there_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_DATA", "~no-such-account/data")
    assert refusal(data_folder) == (
        "setting",
        "The data folder is in a home folder that cannot be found. Set NDOO_DATA to a folder of your own.",
    )


def test_a_setting_is_obeyed_by_the_command(ndoo: Ndoo, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in some(5)))
    (here / "list.dat").write_text("\n".join(some(5)))
    call = ("uphold", "in.csv", "-o", "out.csv", "--allowed", "list.dat", "--checked-at", "2019-01-01")
    assert ndoo(*call).status == 4
    (here / "ndoo.toml").write_text("list_limit_days = 366\n")
    assert "no more than 366 days old" in ndoo(*call).told
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "5")
    assert "no more than 5 days old" in ndoo(*call).told
    monkeypatch.setenv("NDOO_LIST_LIMIT_DAYS", "many")
    assert ndoo(*call).status == 2
    assert not (here / "out.csv").exists()

"""Nobody lets somebody through, or has another key used, by packing an `ndoo.toml` beside the extract."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ndoo.domain import settings_files
from ndoo.domain.errors import NdooError, UsageFault
from ndoo.domain.setting_list import HERE, OWN
from ndoo.domain.settings import data_folder, doubt, list_limit_days, setting, table, trust_unconfirmed_type1
from ndoo.domain.settings_files import FILE, TRUSTED_FILE, trusted_files
from ndoo.evidence.trusted_settings import trust_settings
from tests.conftest import Ndoo
from tests.support.numbers import some

OLD = ("uphold", "in.csv", "-o", "out.csv", "--allowed", "list.dat", "--checked-at", "2026-01-01")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(text: str) -> None:
    Path(FILE).write_text(text)


def test_settings_beside_the_extract_do_not_lift_the_age_limit(ndoo: Ndoo, here: Path) -> None:
    (here / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in some(5)))
    (here / "list.dat").write_text("\n".join(some(5)))
    put("list_limit_days = 366\n")
    for trusted in (False, True):
        if trusted:
            assert ndoo("config", "trust").status == 0
        said = ndoo(*OLD, "--quiet", "--json")
        assert said.status == 4
        assert "366" not in said.told
        assert f"WARNING: {FILE} in this folder" in said.told
        assert said.json["error"]
        assert not (here / "out.csv").exists()


def test_settings_beside_the_extract_name_no_key_and_no_database(
    ndoo: Ndoo, here: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(
        'data = "mine"\ndatabase_url = "sqlite:///mine.sqlite3"\nsecret_key = "known"\n[mesh.live]\nurl = "https://mine.example"\n'
    )
    for _ in range(2):
        assert ndoo("key", "show").status == 0
        assert not (here / "mine").exists()
        assert (own_data_folder / "seal.key").exists()
        assert (setting("database_url"), setting("secret_key"), table("mesh")) == (None, None, {})
        said = ndoo("config", "trust", "--json")
        assert said.status == 0
        assert "data, database_url, mesh, secret_key, which does not count" in said.json["warnings"][0]
    monkeypatch.delenv("NDOO_DATA")
    assert data_folder() != Path("mine")


def test_what_is_trusted_counts_until_a_byte_of_it_changes(ndoo: Ndoo, here: Path, own_data_folder: Path) -> None:
    put("type1_unconfirmed = 'hold'\n")
    assert trust_unconfirmed_type1()
    assert "ndoo config trust" in ndoo("key", "list").told
    said = ndoo("config", "trust")
    assert (said.status, "WARNING" in said.told) == (0, False)
    assert (own_data_folder / TRUSTED_FILE).stat().st_mode & 0o777 == 0o600
    assert not trust_unconfirmed_type1()
    assert "WARNING" not in ndoo("key", "list").told
    put("type1_unconfirmed = 'hold'\n#\n")
    assert trust_unconfirmed_type1()
    assert doubt()


def test_trust_in_one_folder_is_none_in_another(
    here: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("hosts = 'a'\n")
    trust_settings(own_data_folder)
    assert setting("hosts") == "a"
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    put("hosts = 'a'\n")
    assert setting("hosts") is None
    trust_settings(own_data_folder)
    assert len(trusted_files(own_data_folder)) == 2


def test_the_user_s_own_settings_go_before_those_of_the_folder(
    here: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("hosts = 'theirs'\nbranding = 'nhs'\n")
    trust_settings(own_data_folder)
    (here / "own.toml").write_text("hosts = 'own'\nlist_limit_days = 3\n")
    monkeypatch.setenv("NDOO_CONFIG", str(here / "own.toml"))
    assert (setting("hosts"), setting("branding"), list_limit_days()) == ("own", "nhs", 3)
    monkeypatch.delenv("NDOO_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(here / "config"))
    assert (setting("hosts"), list_limit_days()) == ("theirs", None)
    (here / "config" / "ndoo").mkdir(parents=True)
    (here / "config" / "ndoo" / FILE).write_text("list_limit_days = 4\n")
    assert list_limit_days() == 4
    monkeypatch.chdir(here / "config" / "ndoo")
    assert doubt() is None, "the user's own file needs no trust, wherever they stand"


@pytest.mark.parametrize("mode", [0o644, 0o620, 0o606])
def test_a_list_of_trust_that_others_may_use_trusts_nothing(mode: int, here: Path, own_data_folder: Path) -> None:
    put("hosts = 'a'\n")
    trust_settings(own_data_folder)
    (own_data_folder / TRUSTED_FILE).chmod(mode)
    assert setting("hosts") is None


def test_a_list_of_trust_of_another_account_trusts_nothing(
    here: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("hosts = 'a'\n")
    trust_settings(own_data_folder)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert setting("hosts") is None


@pytest.mark.parametrize("stored", ["", "[]", "{}", '{"files": 5}', "[" * 100_000])
def test_a_damaged_list_of_trust_trusts_nothing(stored: str, here: Path, own_data_folder: Path) -> None:
    put("hosts = 'a'\n")
    trust_settings(own_data_folder)
    (own_data_folder / TRUSTED_FILE).write_text(stored)
    assert setting("hosts") is None


@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing behind the link", "too large"])
def test_what_is_no_file_of_settings_neither_counts_nor_holds_a_run_up(
    kind: str, here: Path, own_data_folder: Path
) -> None:
    match kind:
        case "folder":
            Path(FILE).mkdir()
        case "pipe":
            os.mkfifo(FILE)
        case "too large":
            put("#" * (settings_files._LARGEST + 1))
        case _:
            Path(FILE).symlink_to("nowhere")
    assert setting("hosts") is None
    assert "ndoo config trust" in str(doubt())
    with pytest.raises(UsageFault, match="none can be trusted"):
        trust_settings(own_data_folder)


@pytest.mark.parametrize("whose", ["own", "folder"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("list_limit_day = 3\n", "setting-unknown"),
        ("[Mesh]\n", "setting-unknown"),
        ("a = \n", "setting"),
    ],
)
def test_a_setting_that_nothing_reads_is_refused(
    whose: str, text: str, code: str, ndoo: Ndoo, here: Path, own_data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(text)
    if whose == "own":
        monkeypatch.setenv("NDOO_CONFIG", str(here / FILE))
        with pytest.raises(UsageFault) as refused:
            setting("hosts")
        assert refused.value.code == code
    else:
        said = ndoo("config", "trust", "--json")
        assert (said.status, said.json["error"]["code"]) == (2, code)
        assert trusted_files(own_data_folder) == {}


def test_own_settings_that_are_not_there_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    monkeypatch.setenv("NDOO_CONFIG", "nowhere.toml")
    with pytest.raises(UsageFault, match="which does not exist"):
        list_limit_days()
    monkeypatch.setenv("NDOO_CONFIG", "~no-such-account/x")
    with pytest.raises(UsageFault, match="Set NDOO_CONFIG"):
        list_limit_days()


def test_trust_that_cannot_be_written_is_said(here: Path, own_data_folder: Path) -> None:
    put("hosts = 'a'\n")
    own_data_folder.write_text("a file")
    with pytest.raises(NdooError, match=r"trusted settings"):
        trust_settings(own_data_folder)


def test_every_setting_is_either_the_user_s_alone_or_not() -> None:
    assert not HERE & OWN

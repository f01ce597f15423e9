"""Can the place of a file turn a run into a loss? Inputs stay, targets are whole or absent, and faults say so."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from ndoo.cli.own_files import REGISTER
from ndoo.service import configuration
from ndoo.upholding.publication import publish
from ndoo.upholding.publication.publish import Publication
from tests.attack.scene import GO, MUST_GO, STAY, Scene, inventory, row, table
from tests.conftest import ROOT

LARGE = table([*map(row, STAY), row(GO[0], MUST_GO)] * 8000)


def test_the_output_is_not_the_input(scene: Scene) -> None:
    scene.put(table())
    scene.refuses(2, "output-is-input", output="in.csv")


@pytest.mark.parametrize("way", ["./in.csv", "sub/../in.csv", "absolute", "symlink", "hard_link", "linked_folder"])
def test_the_output_is_not_the_input_by_another_way(way: str, scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "sub").mkdir()
    (scene.folder / "linked").symlink_to(scene.folder)
    output: object = way
    if way == "symlink":
        (scene.folder / way).symlink_to("in.csv")
    elif way == "hard_link":
        (scene.folder / way).hardlink_to(scene.folder / "in.csv")
    elif way == "absolute":
        output = scene.folder / "in.csv"
    elif way == "linked_folder":
        output = "linked/in.csv"
    scene.refuses(2, "output-is-input", output=output)


def test_the_input_by_a_link_is_not_the_output(scene: Scene) -> None:
    scene.put(table(), "true.csv")
    (scene.folder / "in.csv").symlink_to("true.csv")
    scene.refuses(2, "output-is-input", output="true.csv")


def test_the_output_is_not_the_list(scene: Scene) -> None:
    scene.put(table())
    scene.refuses(2, "output-is-input", output="allowed.dat")


def test_the_output_is_not_the_request(scene: Scene) -> None:
    scene.put(table())
    scene.put((scene.folder / "allowed.dat").read_bytes(), "asked.dat")
    scene.refuses(2, "output-is-input", "--requested", "asked.dat", output="asked.dat")


def test_the_manifest_is_not_the_input(scene: Scene) -> None:
    """The manifest of `x` would be written over an extract that is called `x.manifest.json`."""
    scene.put(table([]), "x.manifest.json")
    scene.refuses(2, "output-is-input", source="x.manifest.json", output="x")


@pytest.mark.parametrize("where", ["output", "held", "save", "asked"])
@pytest.mark.parametrize(
    "own",
    [
        "data/seal.key",
        "data/service.key",
        "data/register.sqlite3",
        "data/mesh.sqlite3",
        "data/trusted_settings.json",
        "data/ndoo.toml",
        "ndoo.toml",
        "linked/seal.key",
        "link",
    ],
)
def test_no_output_takes_the_place_of_the_key_or_of_the_settings(
    own: str, where: str, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its key a house cannot show that yesterday's releases are its own; and rows would be read as settings."""
    monkeypatch.setenv("NDOO_DATA", "data")
    scene.put(table())
    scene.upholds(0, output="first.csv")
    (scene.folder / "linked").symlink_to("data")
    (scene.folder / "link").symlink_to("data/seal.key")
    flow = ROOT / "examples" / "flows" / "7-consented-cohort.toml"
    before = inventory(scene.folder)
    if where in ("output", "held"):
        scene.refuses(
            2,
            "output-is-own",
            *(("--held", own) if where == "held" else ()),
            output=own if where == "output" else "out.csv",
        )
    else:
        said = scene.ndoo("applies", flow, *(("--save", own) if where == "save" else ("--ask", "-o", own)), "--json")
        assert said.status == 2
        assert said.json["error"]["code"] in (
            "output-is-own",
            "output-format",
        )  # its name may be refused before its place
    assert inventory(scene.folder) == before


def test_the_register_is_known_by_the_name_that_it_has() -> None:
    assert configuration.read().database_url.endswith(f"/data/{REGISTER}")


@pytest.mark.parametrize("held", ["in.csv", "allowed.dat"])
def test_the_held_file_is_neither_input_nor_list(held: str, scene: Scene) -> None:
    scene.put(table())
    scene.refuses(2, "output-is-input", "--held", held)


@pytest.mark.parametrize("held", ["out.csv", "./out.csv", "sub/../out.csv", "out.csv.manifest.json"])
def test_the_held_file_is_neither_output_nor_manifest(held: str, scene: Scene) -> None:
    """Held rows under the output's name would be released as allowed ones."""
    scene.put(table())
    (scene.folder / "sub").mkdir()
    scene.refuses(2, "outputs-same", "--held", held)


def test_a_folder_is_no_output(scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "out").mkdir()
    scene.refuses(2, "output-is-folder", output="out")


def test_a_folder_in_the_held_files_place_stops_the_run(scene: Scene) -> None:
    scene.put(table())
    (scene.folder / "held").mkdir()
    scene.refuses(2, "output-is-folder", "--held", "held")


def test_a_folder_is_no_input(scene: Scene) -> None:
    (scene.folder / "in.csv").mkdir()
    scene.refuses(3, "descriptor-missing", output="out")


@pytest.mark.parametrize("target", ["pipe", "device", "link_to_device"])
def test_a_pipe_or_a_device_is_not_replaced_by_the_output(target: str, scene: Scene) -> None:
    """Publishing renames a file into the target's place: /dev/null would be gone from the machine."""
    scene.put(table())
    if target == "pipe":
        os.mkfifo(scene.folder / "out.csv")
    elif target == "device":
        (scene.folder / "out.csv").symlink_to("/dev/zero")
    else:
        (scene.folder / "link").symlink_to("/dev/null")
        (scene.folder / "out.csv").symlink_to("link")
    scene.refuses(2, "output-not-a-file")
    assert not stat.S_ISREG((scene.folder / "out.csv").lstat().st_mode)


def test_a_pipe_is_no_input(scene: Scene) -> None:
    """It cannot be read twice, nor checked for changes; and the run does not wait for a writer."""
    os.mkfifo(scene.folder / "in.csv")
    scene.refuses(2, "not-a-file")


def test_a_device_is_no_input(scene: Scene) -> None:
    scene.refuses(2, "not-a-file", source="/dev/zero")


def test_a_missing_input_is_not_an_empty_one(scene: Scene) -> None:
    scene.refuses(2, "no-such-file")


@pytest.mark.parametrize("output", ["gone/out.csv", "in.csv/out.csv"], ids=["no_folder", "file_as_folder"])
def test_a_missing_folder_is_not_made(output: str, scene: Scene) -> None:
    scene.put(table())
    scene.refuses(2, "no-such-file", output=output)


@pytest.mark.parametrize("length", [239, 245, 255, 256, 5000])
def test_a_name_too_long_is_refused_before_anything_is_read(length: int, scene: Scene) -> None:
    """The output's name may fit, and its manifest's not."""
    scene.put(table())
    name = "x" * length
    before = sorted(os.listdir(scene.folder))
    said = scene.uphold(output=name)
    if said.status == 0:
        assert (scene.folder / f"{name}.manifest.json").exists()
    else:
        assert (said.status, said.json["error"]["code"]) == (2, "name-too-long")
        assert sorted(os.listdir(scene.folder)) == before


@pytest.mark.parametrize("gap", ["", " ", "-", "_"])
@pytest.mark.parametrize("place", ["input", "output", "held"])
def test_a_number_in_a_file_name_does_not_travel(place: str, gap: str, scene: Scene) -> None:
    """A file about one person, called after them."""
    name = f"case {GO[0][:3]}{gap}{GO[0][3:6]}{gap}{GO[0][6:]}.csv"
    scene.put(table())
    if place == "input":
        said = scene.uphold(source="in.csv", output=name)
    elif place == "output":
        said = scene.uphold(output=name)
    else:
        said = scene.uphold("--held", name)
    assert (said.status, said.json["error"]["code"]) == (2, "name-identifies")
    assert sorted(os.listdir(scene.folder)) == ["allowed.dat", "in.csv", "opted_out.dat"]


def test_ten_digits_that_are_no_number_may_stand_in_a_name(scene: Scene) -> None:
    """A time stamp is not a person."""
    scene.put(table())
    scene.upholds(0, output="out-20261120153000.csv")


def forbid(monkeypatch: pytest.MonkeyPatch, code: int, writing: bool = True) -> None:
    """Every opening for writing fails with this error: permissions do not bind root, who may run the tests."""
    opened = os.open

    def refusing(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if bool(flags & (os.O_WRONLY | os.O_RDWR)) is writing and "ndoo-data" not in str(path):
            raise OSError(code, os.strerror(code), str(path))
        return opened(path, flags, *more, **options)

    monkeypatch.setattr(os, "open", refusing)


@pytest.mark.parametrize(
    "code", [errno.EACCES, errno.EPERM, errno.EROFS], ids=["no_permission", "not_owner", "read_only"]
)
def test_a_folder_that_may_not_be_written_gets_nothing(
    code: int, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.put(table())
    with monkeypatch.context() as patch:
        forbid(patch, code)
        scene.refuses(5, "no-permission")


def test_an_input_that_may_not_be_read_is_not_an_empty_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put(table())
    with monkeypatch.context() as patch:
        forbid(patch, errno.EACCES, writing=False)
        scene.refuses(5, "no-permission")


def test_a_real_folder_without_permission_gets_nothing(scene: Scene) -> None:
    """For everybody but root, whom permissions do not bind."""
    scene.put(table())
    shut = scene.folder / "shut"
    shut.mkdir(mode=0o500)
    if os.access(shut, os.W_OK):
        pytest.skip("this account may write anywhere")
    scene.refuses(5, "no-permission", output="shut/out.csv")


def test_an_older_output_stays_when_the_run_is_refused(scene: Scene) -> None:
    """Yesterday's release is not lost to today's damaged extract."""
    scene.put(table())
    scene.upholds(0)
    scene.put(table() + "one,too\n")
    scene.refuses(3, "row-ragged")
    assert scene.verify().status == 0


def test_an_older_output_is_replaced_whole(scene: Scene) -> None:
    scene.put(table(map(row, STAY)))
    scene.upholds(0)
    scene.put(table())
    scene.upholds(0)
    assert scene.verify().status == 0


def test_an_output_that_is_a_link_replaces_the_link_and_not_what_it_names(scene: Scene) -> None:
    """A link planted in a shared folder makes the run write nowhere else."""
    scene.put(table())
    elsewhere = scene.put("precious", "elsewhere")
    (scene.folder / "out.csv").symlink_to("elsewhere")
    scene.refuses(2, "output-exists")
    assert (scene.folder / "out.csv").is_symlink()
    scene.upholds(0, "--force")
    assert elsewhere.read_text() == "precious"
    assert not (scene.folder / "out.csv").is_symlink()


def test_two_runs_do_not_write_one_target(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nor does the second sweep the draft of the first."""
    scene.put(table())
    shared = tmp_path_factory.mktemp("shared")
    with Publication(shared / "out.csv") as other:
        draft = other.draft(shared / "out.csv")
        scene.refuses(1, "output-busy", output=shared / "out.csv")
        scene.uphold(output=shared / "another.csv")
        assert draft.path.exists()


def test_a_lock_left_by_a_run_that_died_holds_nobody_up(scene: Scene) -> None:
    scene.put(table())
    scene.put(b"", ".out.csv.ndoo-lock")
    scene.upholds(0)


def test_a_draft_left_by_a_run_that_died_is_swept(scene: Scene) -> None:
    """It holds patients' rows."""
    scene.put(table())
    scene.put(table(), publish._DRAFT.format("0123456789abcdef"))
    scene.upholds(0)
    assert not list(Path(scene.folder).glob(".ndoo-*"))

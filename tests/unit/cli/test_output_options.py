"""No output takes the place of an input, of ndoo's own keys or of another release, whatever --force says."""

from __future__ import annotations

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ndoo.cli.main import main
from ndoo.cli.output_options import OutputFile
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(6)


@pytest.fixture
def release(ndoo: Ndoo, tmp_path: Path) -> bytes:
    """One release, r.csv, of in.csv by all.dat; all its bytes."""
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in PEOPLE) + ",2\n")
    (tmp_path / "all.dat").write_text("\n".join(PEOPLE))
    assert ndoo("uphold", "in.csv", "-o", "r.csv", "--allowed", "all.dat", "--checked-at", TODAY).status == 6
    return (tmp_path / "r.csv").read_bytes()


def test_a_certificate_does_not_take_the_place_of_its_release(ndoo: Ndoo, tmp_path: Path, release: bytes) -> None:
    for output in ("--html", "--check", "--to-send"):
        said = ndoo("show", "r.csv", output, "./r.csv", "--force", "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "output-is-input")
    assert (tmp_path / "r.csv").read_bytes() == release


@pytest.mark.usefixtures("release")
def test_nor_that_of_its_manifest(ndoo: Ndoo, tmp_path: Path) -> None:
    manifest = (tmp_path / "r.csv.manifest.json").read_bytes()
    said = ndoo("show", "r.csv", "--to-send", "r.csv.manifest.json", "--force", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-is-input")
    assert (tmp_path / "r.csv.manifest.json").read_bytes() == manifest


@pytest.mark.usefixtures("release")
def test_no_pipe_and_no_device_is_replaced(ndoo: Ndoo, tmp_path: Path) -> None:
    """Where the account may, `--force` put a page into the place of /dev/null."""
    os.mkfifo(tmp_path / "pipe.html")
    (tmp_path / "device.html").symlink_to("/dev/zero")
    for command in (("show", "r.csv", "--html"), ("show", "r.csv", "--check"), ("init", "-o")):
        for output in ("pipe.html", "device.html"):
            said = ndoo(*command, output, "--force", "--json")
            assert (said.status, said.json["error"]["code"]) == (2, "output-not-a-file")
            assert not stat.S_ISREG((tmp_path / output).lstat().st_mode)


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_release_takes_the_place_of_nothing_that_is_open(force: tuple[str, ...], ndoo: Ndoo) -> None:
    """Without --force the answer was that no lock can be made there."""
    lists = ("--allowed", "all.dat", "--checked-at", TODAY)
    for output in ("/dev/stdout", "/dev/fd/1"):
        said = ndoo("uphold", "in.csv", *lists, "-o", output, *force, "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "output-not-a-file")


@pytest.mark.usefixtures("release")
def test_no_option_overwrites_the_key_that_seals(ndoo: Ndoo, own_data_folder: Path) -> None:
    key = (own_data_folder / "seal.key").read_bytes()
    for command in (("show", "r.csv", "--html"), ("init", "-o")):
        said = ndoo(*command, str(own_data_folder / "seal.key"), "--force")
        assert (said.status, "Name another output" in said.err) == (2, True), said.told
    assert (own_data_folder / "seal.key").read_bytes() == key


def test_held_rows_do_not_take_the_place_of_another_release(ndoo: Ndoo, tmp_path: Path, release: bytes) -> None:
    uphold = ("uphold", "in.csv", "--allowed", "all.dat", "--checked-at", TODAY)
    said = ndoo(*uphold, "-o", "s.csv", "--held", "r.csv", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-exists")
    assert (tmp_path / "r.csv").read_bytes() == release
    for _ in range(2):
        assert ndoo(*uphold, "-o", "s.csv", "--held", "held.csv").status == 6, (
            "but of those of the release that is replaced"
        )


def file_options(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every option of every command that writes a file of one form: the words of the command, and the option."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from file_options(below, (*words, name))
    for option in command.params:
        if isinstance(option.type, OutputFile) and option.callback:
            yield (*words, option.opts[0])


WRITTEN = sorted(file_options(main))


def test_every_file_that_a_command_writes_is_among_those_whose_name_is_judged() -> None:
    assert len(WRITTEN) >= 17


@pytest.mark.parametrize("words", WRITTEN, ids=" ".join)
def test_no_command_writes_a_file_whose_name_says_another_format(words: tuple[str, ...], ndoo: Ndoo) -> None:
    """A certificate called cert.docx opens in nothing, and a list called list.xlsx is damaged by what opens it."""
    for name in ("out.docx", "out.xlsx.gz", "out.parquet"):
        said = ndoo(*words, name, "--force")
        assert said.status == 2
        assert "output-format" in said.err or "-output]" in said.err, said.err


@pytest.mark.usefixtures("release")
def test_a_folder_is_not_called_as_a_file_is(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_bytes((tmp_path / "in.csv").read_bytes())
    by = ("--allowed", "all.dat", "--checked-at", TODAY)
    said = ndoo("uphold", "in.csv", "more.csv", "-o", "both.csv", *by)
    assert (said.status, "Name a folder, such as both/." in said.err) == (2, True)
    assert not (tmp_path / "both.csv").exists()
    assert ndoo("uphold", "in.csv", "more.csv", "-o", "both.csv/", *by).status == 6, "so it is meant"


def outputs(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command that writes files, and what names them: options, or "" for an argument."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if below := command.get_command(context, name):
                yield from outputs(below, (*words, name))
    ways = [
        one.opts[0] if isinstance(one, click.Option) else ""
        for one in command.params
        if isinstance(one.type, OutputFile)
    ]
    if ways:
        yield words, ways


EVERY_OUTPUT = [(words, way) for words, ways in outputs(main) for way in ways]


def _named(words: tuple[str, ...], way: str, path: str) -> tuple[str, ...]:
    return (*words, way, path) if way else (*words, path)


@pytest.mark.parametrize(("words", "way"), EVERY_OUTPUT, ids=[" ".join((*words, way)) for words, way in EVERY_OUTPUT])
def test_a_file_is_not_written_over_a_folder_or_into_none(
    words: tuple[str, ...], way: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    for folder in (".", "there", "there/", ".."):
        said = ndoo(*_named(words, way, folder), "--json")
        if said.json["error"]["code"] == "usage":  # something else that it needs is missing, which is said first
            continue
        assert (said.status, said.json["error"]["code"]) == (2, "output-is-folder"), said.told
    said = ndoo(*_named(words, way, "none/x.json"), "--json")
    assert (said.status, said.json["error"]["message"]) == (
        2,
        "The folder 'none' of the output does not exist. Make it, or name another one.",
    )
    for name in (f"{'a' * 300}/x.json", f"{'a' * 300}.json"):
        said = ndoo(*_named(words, way, name), "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "name-too-long"), said.told
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == ["there"]


@pytest.mark.parametrize(("words", "ways"), [one for one in outputs(main) if len(one[1]) > 1], ids=str)
def test_two_outputs_of_a_command_are_two_files(words: tuple[str, ...], ways: list[str], ndoo: Ndoo) -> None:
    for one, other in itertools.pairwise(ways):
        said = ndoo(*words, one, "x.md", other, "./x.md", "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "outputs-same"), said.told
        assert all(way.strip("-") in said.told or way == "-o" for way in (one, other))


def test_what_an_option_reads_is_not_written_over(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "kept.json").write_text("{}")
    said = ndoo("applies", "--replay", "kept.json", "--save", "./kept.json", "--force", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-is-input")
    assert (tmp_path / "kept.json").read_text() == "{}"


@pytest.mark.usefixtures("release")
def test_a_release_has_a_name(ndoo: Ndoo, tmp_path: Path) -> None:
    by = ("--allowed", "all.dat", "--checked-at", TODAY)
    before = sorted(path.name for path in tmp_path.iterdir())
    for more in (("-o", "."), ("-o", ".", "--force"), ("-o", "s.csv", "--held", "."), ("-o", "s.csv", "--shape", ".")):
        said = ndoo("uphold", "in.csv", *by, *more, "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "output-is-folder"), said.told
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.usefixtures("release")
def test_what_was_written_is_said(ndoo: Ndoo) -> None:
    assert "Wrote c.html." in ndoo("show", "r.csv", "--html", "c.html").err
    assert "Wrote i.html." in ndoo("impact", "in.csv", "r.csv", "--by", "x", "-o", "i.html").err


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("output", [f"{'a' * 300}/", f"{'a' * 300}/x.csv", f"{'a' * 300}.csv", f"{'a' * 250}.csv"])
@pytest.mark.parametrize("command", [("uphold", "in.csv"), ("uphold", "in.csv", "in.csv"), ("check", "in.csv")])
def test_a_name_that_no_file_system_holds_is_refused_with_that(
    command: tuple[str, ...], output: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    """The longest that there are: of the last one it is the manifest's that is too long."""
    before = set(tmp_path.iterdir())
    said = ndoo(*command, "-o", output, "--allowed", "all.dat", "--checked-at", TODAY, "--json")
    assert said.status == 2 and said.json["error"]["code"] in (
        "name-too-long",
        "output-is-folder",
        "output-not-a-folder",
    ), said.told
    assert set(tmp_path.iterdir()) == before


def test_a_folder_that_is_shut_is_refused_with_that(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(_: Path, **_more: object) -> None:
        raise PermissionError(errno.EACCES, "shut")

    monkeypatch.setattr(Path, "lstat", shut)
    said = ndoo("init", "-o", "mine.toml", "--json")
    assert (said.status, said.json["error"]["code"]) == (5, "no-permission")


@pytest.mark.usefixtures("release")
def test_what_this_account_may_not_read_or_write_is_one_answer(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that may not be read was bad usage, and a page in a folder that is shut a fault of the machine."""

    def shut(*_: object, **__: object) -> tuple[int, str]:
        raise PermissionError(errno.EACCES, "shut", str(tmp_path / ".ndoo-x.part"))

    with monkeypatch.context() as machine:
        machine.setattr("tempfile.mkstemp", shut)
        for command in (("show", "r.csv", "--html", "page.html"), ("init", "-o", "ndoo.toml")):
            said = ndoo(*command, "--json")
            assert (said.status, said.json["error"]["code"]) == (5, "no-permission"), said.told
    said = ndoo("init", "-o", "no/ndoo.toml", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "no-such-file")
    monkeypatch.setattr("os.access", lambda path, _: Path(path).name != "all.dat")
    for command in ("verify", "r.csv"), ("uphold", "in.csv", "-o", "new.csv"), ("recall", "r.csv"):
        said = ndoo(*command, "--allowed", "all.dat", "--checked-at", TODAY, "--json")
        assert (said.status, said.json["error"]["code"]) == (5, "no-permission"), said.told

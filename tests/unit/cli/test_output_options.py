"""No output takes the place of an input, of ndoo's own keys or of another release, whatever --force says."""

from __future__ import annotations

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

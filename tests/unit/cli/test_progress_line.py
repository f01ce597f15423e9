"""Nobody wonders whether a command still works: each that may take longer than two seconds tells how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ndoo.cli.output import Speech
from ndoo.cli.progress_line import BYTES, ProgressLine
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some


def test_every_command_that_may_take_long_tells_how_it_goes(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    @contextmanager
    def progress(self: Speech, size: int, label: str, unit: str = BYTES) -> Iterator[ProgressLine]:
        told.append(label)
        yield ProgressLine(label, size, unit, out=None, drawn=False)

    monkeypatch.setattr(Speech, "progress", progress)
    (tmp_path / "in.csv").write_text("nhs_number,sex\n" + "".join(f"{one},F\n" for one in some(30)))
    (tmp_path / "gone.txt").write_text(f"{some(1)[0]}\n")
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{some(1)[0]},9Nu0.,2020-01-01\n")
    (tmp_path / "assets.toml").write_text('[[asset]]\nid = "a"\nname = "A"\n')
    by = ("--opted-out", "gone.txt", "--checked-at", TODAY)
    for call in (
        ("uphold", "in.csv", "-o", "out.csv", *by),
        ("verify", "out.csv", *by),
        ("recall", "out.csv", *by),
        ("check", "in.csv", "-o", "cleaned.dat", *by),
        ("scan", "in.csv"),
        ("impact", "in.csv", "out.csv", "--by", "sex"),
        ("type1", "status", "codes.csv"),
        ("type1", "rerun", "out.csv", "--type1", "codes.csv"),
        ("review", "assets.toml"),
        ("statement", "assets.toml"),
    ):
        told.clear()
        said = ndoo(*call)
        assert said.status not in (1, 2), (call, said.told)
        assert told, call

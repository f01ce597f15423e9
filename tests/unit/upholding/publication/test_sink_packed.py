"""Packed outputs and inputs: rows stay as they came, whatever the file is packed in."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import zstandard

from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

STAY, GO = some(6)[:4], some(6)[4:]


def _unpacked(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(raw)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    return raw


def _packed(path: Path, body: bytes) -> None:
    if path.suffix == ".gz":
        body = gzip.compress(body)
    elif path.suffix == ".zst":
        body = zstandard.ZstdCompressor().compress(body)
    path.write_bytes(body)


@pytest.mark.parametrize("read", ["in.csv", "in.csv.gz", "in.csv.zst"])
@pytest.mark.parametrize("written", ["out.csv", "out.csv.gz", "out.csv.zst"])
def test_the_output_is_packed_as_its_name_says(read: str, written: str, ndoo: Ndoo, tmp_path: Path) -> None:
    heading = "nhs_number," + ",".join(f"column {n * n:x}" for n in range(3000)) + "\n"
    rows = [f"{number}," + ",".join(["1"] * 3000) + "\n" for number in [*STAY, *GO]]
    _packed(tmp_path / read, (heading + "".join(rows)).encode())
    (tmp_path / "go.txt").write_text("\n".join(GO))
    list_options = ("--opted-out", "go.txt", "--checked-at", TODAY)
    assert ndoo("uphold", read, "-o", written, *list_options).status == 0
    assert _unpacked(tmp_path / written) == (heading + "".join(rows[:4])).encode()
    assert ndoo("verify", written, *list_options).status == 0


@pytest.mark.parametrize("name", ["out.parquet", "out.xlsx", "out.arrow"])
def test_a_name_that_promises_another_format_is_refused(name: str, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number\n" + "\n".join([*STAY, *GO]))
    (tmp_path / "go.txt").write_text("\n".join(GO))
    said = ndoo("uphold", "in.csv", "-o", name, "--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-format")
    assert not (tmp_path / name).exists()

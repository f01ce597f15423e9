"""A packed extract is read to its last byte or refused: nothing hides beside it, nothing is lost of it, and no bomb fills a disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.errors import UnfitData
from ndoo.upholding.input_files import packed_files, source
from ndoo.upholding.input_files.source import ByteSource, compression_of
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED, name: str = "in.csv") -> bytes:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", method) as archive:
        archive.writestr(name, content)
    return room.getvalue()


def streamed(content: bytes) -> bytes:
    """As a program writes an archive that cannot go back: sizes and checksum behind the file."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    room = Pipe()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("in.csv", "w") as file:
        file.write(content)
    return room.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": lambda content: zstandard.ZstdCompressor(write_checksum=True).compress(content),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "zip, stored": lambda content: zipped(content, zipfile.ZIP_STORED),
    "zip, streamed": streamed,
}


def read_back(path: Path, size: int = 1000) -> bytes:
    with ThreadPoolExecutor(1) as worker, ByteSource(path, worker) as source:
        out, room = b"", memoryview(bytearray(size))
        while got := source.read_into(room)[0]:
            out += bytes(room[:got])
        source.finish()
        return out


@pytest.mark.parametrize("name", PACKERS)
@given(content=st.binary(min_size=1, max_size=6000), size=st.integers(1, 5000))
def test_nothing_is_lost_of_what_is_packed(
    name: str, content: bytes, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "packed"
    path.write_bytes(PACKERS[name](content))
    assert compression_of(path) == name.partition(",")[0]
    assert read_back(path, size) == content


@pytest.mark.parametrize("name", ["gzip", "zstd", "bz2", "xz"])
def test_streams_one_behind_another_are_all_read(name: str, tmp_path: Path) -> None:
    parts = [b"%d,x\n" % at for at in range(300)]
    (tmp_path / "packed").write_bytes(b"".join(map(PACKERS[name], parts)))
    assert read_back(tmp_path / "packed") == b"".join(parts)


@pytest.mark.parametrize("name", PACKERS)
def test_a_damaged_or_cut_file_is_refused_or_the_same(name: str, tmp_path: Path) -> None:
    content = b"nhs_number,a\n" + b"".join(b"%d,x\n" % (at * 7919) for at in range(40))
    whole, path = PACKERS[name](content), tmp_path / "packed"
    for at in range(12, len(whole), 5):
        for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :]):
            path.write_bytes(broken)
            if compression_of(path) is None:
                continue  # then it is text to nobody
            try:
                found = read_back(path)
            except UnfitData:
                continue
            assert found == content, f"byte {at}"


def test_what_lies_beside_the_one_file_of_an_archive_is_not_passed_over(tmp_path: Path) -> None:
    content, path = b"nhs_number\n", tmp_path / "in.zip"
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w") as archive:
        archive.writestr("in.csv", content)
        archive.writestr("more.csv", content)
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as archive:
        archive.mkdir("folder")
    one = zipped(content)
    locked = bytearray(one)
    locked[6] |= 1
    locked[one.index(b"PK\x01\x02") + 8] |= 1
    directory = one.index(b"PK\x01\x02")
    hidden = one[:directory] + zipped(b"hidden " * 9)[:60] + one[directory:]
    end = hidden.rindex(b"PK\x05\x06")
    hidden = hidden[: end + 16] + (directory + 60).to_bytes(4, "little") + hidden[end + 20 :]
    for what, archived in {
        "two files": room.getvalue(),
        "a folder": folder.getvalue(),
        "a password": bytes(locked),
        "another packing": zipped(content, zipfile.ZIP_LZMA),
        "a file that the directory does not name": hidden,
        "bytes behind the name": one[:28] + b"\xff\xff" + one[30:],
        "no directory": one[:directory],
    }.items():
        path.write_bytes(archived)
        assert not packed_files.holds_one_file(path), what
        assert compression_of(path) is None, what


def test_what_is_packed_comes_out_as_what_is_not(ndoo: Ndoo, tmp_path: Path) -> None:
    people = some(12)
    content = ("nhs_number,a\n" + "".join(f"{one},x\n" for one in people)).encode()
    (tmp_path / "go.txt").write_text(people[0] + "\n")
    expected = content.replace(f"{people[0]},x\n".encode(), b"")
    by = ("--opted-out", "go.txt", "--checked-at", TODAY)
    for name, pack in PACKERS.items():
        (tmp_path / "in").write_bytes(pack(content))
        assert ndoo("uphold", "in", "-o", "out.csv", *by, "--force").status == 0, name
        assert (tmp_path / "out.csv").read_bytes() == expected, name
    (tmp_path / "in.csv.xz").write_bytes(lzma.compress(content))
    assert ndoo("uphold", "in.csv.xz", "-o", "out.csv.xz", *by).status == 2, "a packing that is not written"
    (tmp_path / "more.zip").write_bytes(zipped(content))
    assert ndoo("uphold", "in.csv.xz", "more.zip", "-o", "out/", *by).status == 0
    assert {path.name for path in (tmp_path / "out").glob("*.csv")} == {"in.csv", "more.csv"}
    (tmp_path / "in").write_bytes(lzma.compress(bz2.compress(content)))
    said = ndoo("uphold", "in", "-o", "twice.csv", *by)
    assert (said.status, "packed twice" in said.err) == (3, True)


@pytest.mark.parametrize("name", ["zstd", "bz2", "xz", "zip"])
def test_a_bomb_is_refused_before_it_goes_off(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are made small here, so that nobody waits for a gigabyte."""
    monkeypatch.setattr(packed_files, "_SMALL", 1 << 20)
    monkeypatch.setattr(packed_files, "_MOST_SWOLLEN", 500)
    (tmp_path / "bomb").write_bytes(PACKERS[name](bytes(8 << 20)))
    with pytest.raises(UnfitData) as said:
        read_back(tmp_path / "bomb", 1 << 20)
    assert said.value.code == "input-swells"


@pytest.mark.parametrize("name", ["bz2", "xz"])
def test_a_few_bytes_do_not_fill_the_memory_before_they_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Limits are small here, too; some hundred bytes hold 16 MiB."""
    monkeypatch.setattr(packed_files, "_SMALL", 2 << 20)
    bomb, path = PACKERS[name](bytes(16 << 20)), tmp_path / "bomb"
    path.write_bytes(bomb)
    unpacker, sizes = packed_files.unpacker_of(name, path), []
    for at in range(0, len(bomb), 2048):
        sizes += [len(portion) for portion in unpacker.unpack(bomb[at : at + 2048])]
    assert (sum(sizes), max(sizes), unpacker.is_whole) == (16 << 20, 1 << 20, True)
    asked: list[int] = []

    def refuse(packed: int, unpacked: int) -> None:
        asked.append(unpacked)
        packed_files.refuse_swollen(packed, unpacked)

    monkeypatch.setattr(source, "refuse_swollen", refuse)
    with pytest.raises(UnfitData):
        read_back(path, 1 << 20)
    assert asked[-1] <= (2 << 20) + (1 << 20) + 2000 * len(bomb)
    assert max(more - before for before, more in zip([0, *asked], asked, strict=False)) <= 1 << 20


def test_xz_that_wants_all_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_files, "_MOST_MEMORY", 1 << 20)
    (tmp_path / "big").write_bytes(lzma.compress(b"text", preset=6))
    with pytest.raises(UnfitData) as said:
        read_back(tmp_path / "big")
    assert said.value.code == "input-damaged"

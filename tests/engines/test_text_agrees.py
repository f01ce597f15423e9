"""The fast engine for delimited text does what the reference engine says, to the byte, the count and the reason."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import UnfitData
from ndoo.evidence.release_record import Columns
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.text import blocks as block_module
from ndoo.upholding.text import delimited, reference, text_lanes
from ndoo.upholding.text.dialect import Reading
from tests.engines.worlds import World, Writing, cleaned_list, worlds, writings

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


_ONE = World([], [0], 1, cleaned_list(Polarity.ALLOWED, [], None), keep_missing=False)
_lines = st.lists(st.sampled_from(["Report", "", "Total: 40", '"', "a,b§c", "NULL"]), max_size=3)
edges = st.one_of(st.just(([], [])), st.tuples(_lines, _lines))


def _nothing(_: int) -> None:
    return None


@pytest.fixture(
    params=[(1 << 21, 1), (64, 1), (64, 2), (64, 8), (7, 3), (7, 32)],
    ids=lambda it: f"{it[0]} bytes, {it[1]} threads",
)
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Blocks so small that rows, fields and quotes are cut everywhere, decided on by so many threads at once."""
    size, threads = request.param
    monkeypatch.setattr(delimited, "BLOCK", size)
    monkeypatch.setattr(text_lanes, "cores", lambda: threads)
    monkeypatch.setattr(block_module, "ROOM", 5 if size < 100 else 1 << 16)
    monkeypatch.setattr(text_lanes, "MAX_ROWS", 3 if size < 100 else 1 << 16)
    return int(size)


def fast(
    path: Path, folder: Path, world: World, reading: Reading, names: list[str]
) -> tuple[bytes, bytes, RowDecision]:
    """The fast engine over one file: the kept and held bytes, and the counts."""
    deciding = RowDecision(OptOuts(world.cleaned), len(world.keys), keep_missing=world.keep_missing)
    own, *also = (names[key] for key in world.keys)
    kept, held = folder / "kept", folder / "held"
    with ThreadPoolExecutor(1) as worker, kept.open("wb") as kept_file, held.open("wb") as held_file:
        dataset = delimited.Delimited(path, reading, worker)
        assert list(dataset.names) == names
        with Sink(kept_file.fileno(), None) as to_kept, Sink(held_file.fileno(), None) as to_held:
            dataset.stream(Columns(own, "", tuple(also)), deciding, Watch(names), to_kept, to_held, _nothing)
            to_kept.finish()
            to_held.finish()
    return kept.read_bytes(), held.read_bytes(), deciding


@often
@given(world=worlds(), writing=writings, nulls=st.sampled_from([(), ("NULL",), ("none", "", "NULL")]), edges=edges)
def test_bytes_counts_and_reasons_agree(
    tmp_path: Path,
    blocks: int,
    world: World,
    writing: Writing,
    nulls: tuple[str, ...],
    edges: tuple[list[str], list[str]],
) -> None:
    """Lines above and below are no part of what the reference is given, and of what the fast one releases."""
    names = [f"column {at}" for at in range(world.width)]
    text = writing.text(names, world.rows)
    above, below = edges
    end = "" if text.endswith(("\n", "\r")) else writing.line_end
    path = tmp_path / "in.csv"
    writing.write(
        path, "".join(f"{line}\n" for line in above) + text + end * bool(below) + "".join(f"{line}\n" for line in below)
    )
    reading = Reading(delimiter=writing.delimiter, nulls=nulls, skip_rows=len(above), skip_footer=len(below))
    kept, held, result = reference.uphold_text(
        _units(text + end * bool(below), writing),
        world.keys,
        world.cleaned.answer,
        delimiter=_units(writing.delimiter, writing),
        quotes=True,
        keep_missing=world.keep_missing,
        nulls=nulls,
    )
    got_kept, got_held, deciding = fast(path, tmp_path, world, reading, names)
    assert got_kept == writing.mark + _bytes(kept, writing)
    assert got_held == writing.mark + _bytes(held, writing)
    assert (deciding.rows(), deciding.people()) == (result.rows(), result.people())


@often
@given(
    body=st.text('"",,;\n\n\r\0 a1\u00c2\u00a7', max_size=60),
    world=worlds(),
    quotes=st.booleans(),
    delimiter=st.sampled_from([",", "§", "•", "🜚"]),
)
@example(body="x\r", world=_ONE, quotes=True, delimiter=",")
@example(body="a1\n\na1\n\r\n\n", world=_ONE, quotes=True, delimiter=",")
def test_faults_are_named_alike_and_in_the_same_row(
    tmp_path: Path, blocks: int, body: str, world: World, quotes: bool, delimiter: str
) -> None:
    """Any text at all: both engines take it with the same result, or both refuse it for the same reason."""
    names = [f"column {at}" for at in range(world.width)]
    raw = delimiter.encode()
    text = (raw.join(name.encode() for name in names) + b"\n" + body.encode("latin-1").replace(b",", raw)).decode(
        "latin-1"
    )
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode("latin-1"))
    reading = Reading(delimiter=delimiter, quotes=quotes, encoding="utf-8", heading_known=True)

    def by_reference() -> tuple[object, ...]:
        kept, held, result = reference.uphold_text(
            text,
            world.keys,
            world.cleaned.answer,
            delimiter=raw.decode("latin-1"),
            quotes=quotes,
            keep_missing=world.keep_missing,
        )
        return kept.encode("latin-1"), held.encode("latin-1"), result.rows(), result.people()

    def by_the_fast_one() -> tuple[object, ...]:
        kept, held, deciding = fast(path, tmp_path, world, reading, names)
        return kept, held, deciding.rows(), deciding.people()

    assert _outcome(by_the_fast_one) == _outcome(by_reference)


def _outcome(engine: Callable[[], tuple[object, ...]]) -> tuple[object, ...]:
    try:
        return engine()
    except UnfitData as error:
        return error.code, error.sentence


def _units(text: str, writing: Writing) -> str:
    """One character per code unit, as the engines see text."""
    if writing.encoding == "utf-8":
        return text.encode().decode("latin-1")
    raw = text.encode("utf-16-le")
    return "".join(chr(raw[at] | raw[at + 1] << 8) for at in range(0, len(raw), 2))


def _bytes(units: str, writing: Writing) -> bytes:
    if writing.encoding == "utf-8":
        return units.encode("latin-1")
    order = "little" if writing.encoding == "utf-16-le" else "big"
    return b"".join(ord(unit).to_bytes(2, order) for unit in units)

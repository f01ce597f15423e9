"""However many threads decide on a text, the same rows stay, the same people are counted, and whoever is mentioned is met."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NdooError
from ndoo.evidence.release_record import Columns
from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import ColumnChoice, Watch, WhenMentioned
from ndoo.upholding.datasets.gather_people import Gathering
from ndoo.upholding.decision.row_decision import RowDecision, Undecidable
from ndoo.upholding.request import Request
from ndoo.upholding.text import blocks, delimited, text_lanes, text_watch
from ndoo.upholding.text.dialect import Reading
from ndoo.upholding.text.text_lanes import LanePlan, Lanes, TextPiece
from ndoo.upholding.uphold import uphold
from tests.engines.test_type1_agrees import people
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(90, seed=19)
GO, STAY, OBJECT = PEOPLE[:20], PEOPLE[20:80], PEOPLE[80:]
SEALER = Sealer(bytes(range(32)))
THREADS = (1, 2, 3, 8, 32)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NAMING = ("mother {}", '"see\n{}"', "RX9{}", "1234{}56", "{0:.3}-{0:.6}")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few rows, of which only some are looked at whole."""
    monkeypatch.setattr(delimited, "BLOCK", 200)
    monkeypatch.setattr(blocks, "ROOM", 64)
    monkeypatch.setattr(text_lanes, "MAX_ROWS", 5)
    monkeypatch.setattr(text_watch, "FEW", 0)
    monkeypatch.setattr(delimited, "LOOK_AT_ALL", 30)


def text_of(seed: int, *, sound: bool = True) -> str:
    dice = random.Random(seed)
    lines = ["nhs_number,mother,remark,ward"]
    for at in range(400):
        who = dice.choice([*GO, *STAY, *STAY, *OBJECT, "", "9434765918"])
        mother = dice.choice(["", "", *STAY, *GO])
        named = dice.choice([*GO, *STAY])
        remark = dice.choice(NAMING).format(named) if at % 40 == seed else dice.choice(["", '"a, ""b"""', "x" * 300])
        lines.append(f"{who},{mother},{remark},W{at % 7}")
    if not sound:
        lines[300] += ",more"
        lines[350] = 'x"y' + lines[350]
    return "\n".join(lines) + "\n"


def objections() -> Objections:
    return Objections(people(OBJECT), NumberSet(), people(PEOPLE), {"dissents_of_nobody": 0})


def outcomes(
    folder: Path, content: bytes, name: str, monkeypatch: pytest.MonkeyPatch, **said: Any
) -> Iterator[tuple[Any, ...]]:
    """What comes of it under each number of threads: bytes, counts, warnings, mentions; or the refusal."""
    (folder / name).write_bytes(content)
    for threads in THREADS:
        monkeypatch.setattr(text_lanes, "cores", lambda threads=threads: threads)
        output, held = folder / f"{threads}-{name}", folder / f"held-{threads}-{name}"
        request = Request(
            input=folder / name,
            output=output,
            held=held,
            cleaned=cleaned_list(Polarity.OPTED_OUT, GO, None),
            now=NOW,
            columns=ColumnChoice("nhs_number", ("mother",)),
            expected_share=(0, 100),
            **said,
        )
        try:
            manifest = {**uphold(request, SEALER).manifest.document}
        except NdooError as refusal:
            yield refusal.code, refusal.sentence, output.exists(), held.exists()
            continue
        unpacked = gzip.decompress if name.endswith(".gz") else bytes
        parts = [manifest.get(part) for part in ("rows", "people", "mentions", "warnings", "type1")]
        yield unpacked(output.read_bytes()), unpacked(held.read_bytes()), *parts


@pytest.mark.parametrize("mentions", WhenMentioned)
@pytest.mark.parametrize("seed", [3, 11, 27])
def test_nobody_gets_through_between_two_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, mentions: WhenMentioned
) -> None:
    first, *others = outcomes(tmp_path, text_of(seed).encode(), "in.csv", monkeypatch, mentions=mentions)
    assert all(other == first for other in others)
    if mentions is WhenMentioned.HOLD:
        kept = first[0].decode()
        assert not any(number in kept for number in GO)


def test_rows_that_are_grouped_are_noticed_by_all_threads_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{number},,,\n,,second,\n" for number in [*GO, *STAY])
    keeping = {"undecided": Undecidable.KEEP_MISSING, "justification": "none was given"}
    said = list(outcomes(tmp_path, f"nhs_number,mother,remark,ward\n{rows}".encode(), "in.csv", monkeypatch, **keeping))
    assert said[0][0] == "rows-grouped"
    assert said == [said[0]] * len(THREADS)


@pytest.mark.parametrize("form", ["utf-16", "gz", "type 1"])
def test_no_form_of_text_comes_out_otherwise_on_more_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    content = text_of(13).encode("utf-16-le" if form == "utf-16" else "utf-8")
    content = b"\xff\xfe" + content if form == "utf-16" else gzip.compress(content) if form == "gz" else content
    said = {"type1": objections()} if form == "type 1" else {}
    name = "in.csv.gz" if form == "gz" else "in.csv"
    first, *others = outcomes(tmp_path, content, name, monkeypatch, mentions=WhenMentioned.HOLD, **said)
    assert all(other == first for other in others)
    assert len(first[0]) > 1_000


def test_the_first_fault_is_told_though_a_later_one_is_met_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for told in outcomes(tmp_path, text_of(5, sound=False).encode(), "in.csv", monkeypatch):
        assert (told[0], told[1].split(" has ")[0], *told[2:]) == ("row-ragged", "Row 300", False, False)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("late", [20, 45])
def test_what_is_looked_at_whole_is_the_same_on_any_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: int, quoted: bool
) -> None:
    """Beyond the rows that are looked at whole, one row of each block is: so a column that only then fills is met on no machine, and
    one that fills within them on every one."""
    for name in ("PLACES", "ROWS_AT_A_PLACE"):
        monkeypatch.setattr(text_watch, name, 1)
    monkeypatch.setattr(text_lanes, "MAX_ROWS", 1 << 16)
    remark = '"a\nb"' if quoted else "ab"
    rows = [f"{STAY[at % 60]},{remark},{STAY[0] if late <= at < late + 9 else ''}\n" for at in range(400)]
    (tmp_path / "in.csv").write_text("nhs_number,remark,mother\n" + "".join(rows))
    looks = []
    for threads in THREADS:
        monkeypatch.setattr(text_lanes, "cores", lambda threads=threads: threads)
        with ThreadPoolExecutor(1) as worker:
            dataset = delimited.Delimited(tmp_path / "in.csv", Reading(), worker)
            watch = Watch(dataset.names)
            dataset.stream(Columns("nhs_number", ""), RowDecision(OptOuts(), 1), watch, None, None, lambda _: None)
        looks.append((watch.convincing(), watch.seen, watch.cells))
    assert all(look == looks[0] for look in looks)
    assert watch.seen[2].valid == 9 if late == 20 else watch.seen[2].valid < 9
    assert watch.cells > 3 * 30


def plan(tmp_path: Path) -> LanePlan:
    path = tmp_path / "in.csv"
    path.write_text("nhs_number,x\n1,2\n")
    with ThreadPoolExecutor(1) as worker:
        dialect = delimited.Delimited(path, Reading(), worker).dialect
    return LanePlan(dialect, [0], b"", keeps=False, holds=False)


def test_whoever_must_see_rows_in_order_is_asked_by_one_thread(tmp_path: Path) -> None:
    watch = Watch(["nhs_number", "x"])
    for deciding, threads in ((RowDecision(OptOuts(), 1), 8), (Gathering(1), 1)):
        with Lanes(plan(tmp_path), deciding, watch, text_lanes.HeadingAgain(b""), 8) as lanes:
            assert lanes.count == threads


def test_half_a_row_is_never_taken_for_whole_rows(tmp_path: Path) -> None:
    block = blocks.Block(10, 1, 0)
    block.read[:3] = b"1,2"
    lanes = Lanes(plan(tmp_path), RowDecision(OptOuts(), 1), Watch(["a", "b"]), text_lanes.HeadingAgain(b""), 1)
    with lanes, pytest.raises(AssertionError):
        lanes.send(TextPiece(block, 0, 0, 3, 0, whole=True))


def test_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert text_lanes.cores() == 32
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert text_lanes.cores() == 1


def test_people_in_files_are_gathered_in_order_on_any_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_lanes, "cores", lambda: 8)
    path = tmp_path / "in.csv"
    path.write_text(text := text_of(1))
    gathering = Gathering(1)
    with ThreadPoolExecutor(1) as worker:
        dataset = delimited.Delimited(path, Reading(), worker)
        dataset.stream(Columns("nhs_number", ""), gathering, Watch(dataset.names), None, None, lambda _: None)
    named = {line.split(",")[0] for line in text.split("\n")} & set(PEOPLE)
    assert gathering.count == gathering.everybody.count() == len(named)

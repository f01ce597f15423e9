"""With Type 1 opt-outs the fast decision is the slow one's: on every row, every reason, and every count of its own."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Answer
from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.evidence.release_record import Columns
from ndoo.numbers.number_set import NumberSet
from ndoo.numbers.objections import Objections
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.publication.sink import Sink
from ndoo.upholding.text import reference
from ndoo.upholding.text.delimited import Delimited
from ndoo.upholding.text.dialect import Reading
from tests.engines.worlds import ABROAD, PEOPLE, World, Writing, worlds

often = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
anybody = st.lists(st.sampled_from([*PEOPLE, *ABROAD]), unique=True)


def people(numbers: Sequence[str]) -> NumberSet:
    held = NumberSet()
    for text in numbers:
        number = read(text)
        assert isinstance(number, NHSNumber)
        held.add(number)
    return held


@dataclass
class Both:
    """Asks the list and the entries, the slow way; remembers what each said of the row's people."""

    world: World | None
    type1: Objections
    says: list[tuple[bool, bool]] = field(default_factory=list)

    def __call__(self, number: NHSNumber) -> Answer | Undecided:
        listed = self.world.cleaned.answer(number) if self.world else Answer.ALLOWED
        objected = self.type1.answer(number)
        self.says.append((listed is Answer.WITHHELD, objected is Answer.WITHHELD))
        if Answer.WITHHELD in (listed, objected):
            return Answer.WITHHELD
        return objected if listed is Answer.ALLOWED else listed


@often
@given(world=worlds(), dissent=anybody, unsettled=anybody, known=anybody, alone=st.booleans())
def test_rows_reasons_and_counts_agree(
    tmp_path: Path, world: World, dissent: list[str], unsettled: list[str], known: list[str], alone: bool
) -> None:
    type1 = Objections(people(dissent), people([n for n in unsettled if n not in dissent]), people(known), {})
    names = [f"column {at}" for at in range(world.width)]
    writing = Writing(",", "utf-8", b"", "\n", quote_all=True, last_line_end=True)
    (tmp_path / "in.csv").write_text(writing.text(names, world.rows), encoding="utf-8")

    own, *also = (names[key] for key in world.keys)
    deciding = RowDecision(
        OptOuts(None if alone else world.cleaned, type1), len(world.keys), keep_missing=world.keep_missing
    )
    with ThreadPoolExecutor(1) as worker, (tmp_path / "kept").open("wb") as file, Sink(file.fileno(), None) as kept:
        dataset = Delimited(tmp_path / "in.csv", Reading(delimiter=","), worker)
        dataset.stream(Columns(own, "", tuple(also)), deciding, Watch(names), kept, None, lambda _: None)
        kept.finish()

    text = (tmp_path / "in.csv").read_bytes().decode("latin-1")
    ask = Both(None if alone else world, type1)
    by_hand, _, result = reference.uphold_text(
        text, world.keys, ask, delimiter=",", quotes=True, keep_missing=world.keep_missing
    )
    assert (tmp_path / "kept").read_bytes().decode("latin-1") == by_hand
    assert (deciding.rows(), deciding.people()) == (result.rows(), result.people())
    assert deciding.by_type1() == by_hand_counts(world, None if alone else world, type1)


def by_hand_counts(world: World, listed: World | None, type1: Objections) -> dict[str, dict[str, int]]:
    rows = alone = 0
    seen: dict[int, bool] = {}
    for row in world.rows:
        numbers = [n for key in world.keys if isinstance(n := read(row[key]), NHSNumber)]
        ask = Both(listed, type1)
        for number in numbers:
            ask(number)
        objected, on_list = any(t for _, t in ask.says), any(n for n, _ in ask.says)
        rows += objected
        alone += objected and not on_list
        own = read(row[world.keys[0]])
        if isinstance(own, NHSNumber) and type1.answer(own) is Answer.WITHHELD:
            seen[own.person] = listed is not None and listed.cleaned.answer(own) is Answer.WITHHELD
    return {
        "rows": {"removed": rows, "removed_by_it_alone": alone},
        "people": {"removed": len(seen), "removed_by_it_alone": sum(not on_list for on_list in seen.values())},
    }

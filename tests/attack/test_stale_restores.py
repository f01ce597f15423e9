"""An old backup is restored: whatever it lacks, the register refuses before it answers anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from django.db import connection, transaction

from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.ledger.heads_folder import HeadsFolder
from ndoo.service import database
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.ledger import freshness
from ndoo.service.ledger.accept_restore import accept
from ndoo.service.ledger.append import NewLeaf, append, append_all
from ndoo.service.ledger.freshness import refuse_what_is_behind
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import newest, seal
from ndoo.service.ledger.models import LedgerHead, LedgerLeaf
from tests.support.numbers import some
from tests.support.registers import changeable, writers

pytestmark = pytest.mark.usefixtures("register")

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HEAD_EACH = 8


def filled(leaves: int = 80) -> None:
    """So many leaves, with a head after every eighth."""
    for first in range(0, leaves, HEAD_EACH):
        with transaction.atomic():
            append_all(NewLeaf("decision", {"flow": at}) for at in range(first, first + HEAD_EACH))
        seal(NOW)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is taken back."""
    with changeable(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def answers() -> str:
    """What whoever asks is told."""
    try:
        refuse_what_is_behind()
    except NoUsableList as refused:
        return refused.code
    return "an answer"


def every_stale_restore_is_refused(leaves: int) -> None:
    filled(leaves)
    assert answers() == "an answer"
    said = []
    with undone():
        for cut in reversed(range(leaves)):
            LedgerLeaf.objects.order_by("-pk").first().delete()  # type: ignore[union-attr]
            LedgerHead.objects.filter(size__gt=cut).delete()
            said.append(answers())
    assert len(said) == leaves
    assert set(said[:-HEAD_EACH]) == {"register-behind"}
    assert "an answer" not in said, "the last ones had no head left: that is another log"
    assert answers() == "an answer"


def test_every_stale_restore_is_refused() -> None:
    every_stale_restore_is_refused(160)


@pytest.mark.soak
def test_a_thousand_stale_restores_are_all_refused() -> None:
    every_stale_restore_is_refused(1_000)


def test_without_heads_outside_every_stale_restore_would_pass() -> None:
    """The naive way asks the database alone whether its newest head is its newest leaf's."""
    filled()
    missed = 0
    with undone():
        for cut in range(80 - HEAD_EACH, 0, -HEAD_EACH):
            LedgerLeaf.objects.filter(pk__in=LedgerLeaf.objects.order_by("-pk")[:HEAD_EACH].values("pk")).delete()
            LedgerHead.objects.filter(size__gt=cut).delete()
            last = newest()
            missed += last is not None and last.size == LedgerLeaf.objects.count()
    assert missed == 80 // HEAD_EACH - 1


def test_a_restore_that_went_on_in_another_way_is_refused() -> None:
    filled()
    with undone():
        LedgerLeaf.objects.filter(pk__in=LedgerLeaf.objects.order_by("-pk")[:24].values("pk")).delete()
        LedgerHead.objects.filter(size__gt=56).delete()
        kept, folder = newest(), heads_folder()
        assert kept is not None
        aside = folder.newest(kept.log)
        assert aside is not None
        folder.set_aside(kept.log)
        for at in range(40):
            append("decision", {"another": at})
            seal(NOW)
        folder.set_aside(kept.log)
        folder.keep(aside.document)
        assert answers() == "register-rewritten"


def test_an_empty_register_in_the_place_of_one_is_refused() -> None:
    filled()
    with undone():
        LedgerLeaf.objects.all().delete()
        LedgerHead.objects.all().delete()
        assert answers() == "register-replaced"


def test_leaves_that_are_gone_while_their_head_stays_are_noticed() -> None:
    filled()
    with undone():
        LedgerLeaf.objects.order_by("-pk").first().delete()  # type: ignore[union-attr]
        assert answers() == "register-behind"


def test_a_register_is_taken_as_it_stands_where_it_was_never_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    filled()
    monkeypatch.setenv("NDOO_LEDGER_HEADS", str(tmp_path / "another-folder"))
    assert answers() == "ledger-heads-lost"
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "another-machine"))
    assert answers() == "an answer"
    seal(NOW)
    last = newest()
    assert last is not None
    assert heads_folder().newest(last.log).document == last.document  # type: ignore[union-attr]


def neighbour_writes() -> None:
    with transaction.atomic():
        append("decision", {"by": "a neighbour"})
    seal(NOW)


def each_moment(
    monkeypatch: pytest.MonkeyPatch, asks: Callable[[], object], prepare: Callable[[], object] = lambda: None
) -> Iterator[object]:
    """What is answered when a neighbour records something before the first read, before the second one, and so on: each read of
    a copied head, of a note or of the database is a moment."""
    at = 0
    reads = [0]
    busy = [False]

    def moment() -> None:
        if busy[0]:
            return
        reads[0] += 1
        if reads[0] == at:
            busy[0] = True
            neighbour_writes()
            busy[0] = False

    def before(read: Callable[..., object]) -> Callable[..., object]:
        def reading(*given: object) -> object:
            moment()
            return read(*given)

        return reading

    def asked(execute: Callable[..., object], *given: object) -> object:
        moment()
        return execute(*given)

    for name in ("newest", "log_of", "logs"):
        monkeypatch.setattr(HeadsFolder, name, before(getattr(HeadsFolder, name)))
    monkeypatch.setattr(freshness, "read_note", before(freshness.read_note))
    while reads[0] >= at:
        prepare()
        at, reads[0] = at + 1, 0
        with connection.execute_wrapper(asked):
            said = asks()
        busy[0] = True
        yield said
        busy[0] = False


def test_a_neighbour_who_writes_is_never_taken_for_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    filled(16)
    said = list(each_moment(monkeypatch, answers))
    assert len(said) >= 8, "there are as many moments as reads"
    assert set(said) == {"an answer"}


def checked_beside_writers(checks: int, writing: int) -> None:
    """So many checks while others write; whoever is refused fails the test."""

    def writer() -> None:
        for _ in range(5):
            neighbour_writes()

    def checker() -> None:
        for _ in range(checks):
            refuse_what_is_behind()

    with writers(writing + 1) as together:
        said = together([checker, *[writer] * writing])
    assert said == [None] * (writing + 1)


def test_checks_beside_writers_refuse_nobody() -> None:
    filled(8)
    checked_beside_writers(100, 3)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(20))
def test_a_hundred_thousand_checks_beside_eight_writers_refuse_nobody(part: int) -> None:
    filled(8)
    for _ in range(20):
        checked_beside_writers(250, 8)


def test_a_neighbour_who_makes_the_register_is_never_taken_for_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = count()

    def emptied() -> None:
        with changeable():
            LedgerLeaf.objects.all().delete()
            LedgerHead.objects.all().delete()
        monkeypatch.setenv("NDOO_DATA", str(tmp_path / str(next(folders))))

    said = list(each_moment(monkeypatch, answers, emptied))
    assert len(said) >= 6
    assert set(said) == {"an answer"}


def test_the_database_asked_before_its_copies_takes_a_neighbour_for_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive way, which the keeper went each second."""
    filled(16)

    def naive() -> str:
        last = newest()
        assert last is not None
        copied = heads_folder().newest(last.log)
        assert copied is not None
        return "register-behind" if copied.size > last.size else "an answer"

    assert "register-behind" in set(each_moment(monkeypatch, naive))


def test_ready_refuses_what_is_behind_and_begins_what_is_new() -> None:
    database.ready()
    assert newest().size == 0  # type: ignore[union-attr]
    filled()
    with undone():
        LedgerHead.objects.filter(size__gt=40).delete()
        with pytest.raises(NoUsableList):
            database.ready()
        database.ready(judged=False)


def test_a_register_that_is_older_than_its_ledger_enters_it_whole() -> None:
    number = read(some(1)[0])
    assert isinstance(number, NHSNumber)
    record(NewChoice(number, Choice.OPT_OUT, NOW, Channel.ONLINE), Entry("self", "choice.set", number))
    with changeable():
        LedgerLeaf.objects.all().delete()
    database.ready()
    assert sorted(LedgerLeaf.objects.values_list("kind", flat=True)) == ["audit", "choices"]
    assert newest().size == 2  # type: ignore[union-attr]
    assert ChoiceEvent.objects.count() == 1


def test_a_restore_on_purpose_is_accepted_by_a_person_and_that_is_kept() -> None:
    filled()
    gone = newest()
    assert gone is not None
    with changeable():
        LedgerLeaf.objects.filter(pk__in=LedgerLeaf.objects.order_by("-pk")[:16].values("pk")).delete()
        LedgerHead.objects.filter(size__gt=64).delete()
    assert answers() == "register-behind"
    accept("shell:somebody", "the disk failed", NOW)
    assert answers() == "an answer"
    leaf = LedgerLeaf.objects.order_by("-pk").first()
    assert leaf is not None
    assert leaf.kind == "ledger.accepted"
    assert gone.root in leaf.body
    assert list(heads_folder().path.rglob("set-aside-*/newest.json"))

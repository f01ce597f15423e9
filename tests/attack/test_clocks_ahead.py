"""A recorder's clock is wrong: nobody who opted out is released "as at today", and nobody is shown another order than the true one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ndoo.checking.snapshot_file import read_snapshot
from ndoo.cli import register_person
from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices import choice_history, record_choice
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.opted_out import opted_out
from ndoo.service.choices.patient.history import moment as on_pages
from ndoo.service.choices.record_choice import NewChoice, record
from ndoo.service.database_time import database_time
from ndoo.service.environment import _moment as in_templates
from tests.conftest import Ndoo
from tests.support.numbers import some

pytestmark = pytest.mark.usefixtures("register")

ONE, TWO, *OTHERS = some(20)
AHEAD = timedelta(minutes=10)


def person(text: str) -> NHSNumber:
    number = read(text)
    assert isinstance(number, NHSNumber)
    return number


def opts_out(text: str, ahead: timedelta) -> ChoiceEvent:
    """As a machine records it whose clock is so much ahead."""
    change = NewChoice(person(text), Choice.OPT_OUT, datetime.now(UTC) + ahead, Channel.PHONE)
    return record(change, Entry("staff:a", "choice.set", change.number))


def from_before(text: str, at: datetime) -> None:
    """As a version wrote it that believed the recorder's clock."""
    ChoiceEvent.objects.create(
        nhs_number=text,
        sequence=1,
        choice="opt_out",
        recorded_at=at,
        channel="phone",
        by="self",
        actor="a",
        policy_version="v",
    )


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.csv"
    path.write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in (ONE, TWO, *OTHERS)))
    return path


def withheld(ndoo: Ndoo, extract: Path, tmp_path: Path, *as_at: str) -> bool:
    """Is the first person left out of a release by a snapshot as at that time?"""
    assert ndoo("register", "snapshot", "-o", "s.snapshot", *as_at).status == 0
    assert ndoo("uphold", extract, "-o", "out.csv", "--snapshot", "s.snapshot").status == 0
    return ONE not in (tmp_path / "out.csv").read_text()


def test_a_clock_that_is_ahead_lets_nobody_into_a_release_as_at_today(
    ndoo: Ndoo, extract: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = database_time()
    event = opts_out(ONE, AHEAD)
    assert before <= event.recorded_at <= database_time()
    assert AuditEntry.objects.get().at > database_time(), "what the clock said is not lost"
    assert "ahead" in caplog.text
    for as_at in ((), ("--as-at", date.today().isoformat()), ("--as-at", database_time().isoformat())):
        assert withheld(ndoo, extract, tmp_path, *as_at), as_at
    assert ndoo("uphold", extract, "-o", "out.csv", "--register", "--json").json["rows"]["removed"] == 1
    assert ndoo("register", "show", ONE, "--as-at", date.today().isoformat(), "--json").json["choice"] == "opt_out"


def test_a_command_whose_machine_is_ahead_is_no_way_in_either(
    ndoo: Ndoo, extract: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr(register_person, "now", lambda: datetime.now(UTC) + AHEAD)
        assert ndoo("register", "set", ONE, "--choice", "opt_out").status == 0
    assert withheld(ndoo, extract, tmp_path, "--as-at", database_time().isoformat())


def test_without_the_database_s_clock_the_opted_out_would_be_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive way: what the recorder's clock says is when it was recorded."""
    opts_out(TWO, timedelta())
    monkeypatch.setattr(record_choice, "database_time", lambda: datetime.max.replace(tzinfo=UTC))
    opts_out(ONE, AHEAD)
    people, _ = opted_out()
    assert person(ONE) in people
    naive = ChoiceEvent.objects.filter(recorded_at__lte=database_time()).values_list("nhs_number", flat=True)
    assert list(naive) == [TWO]


def test_a_choice_of_an_older_version_that_lies_ahead_is_held_for_a_person(
    ndoo: Ndoo, extract: Path, tmp_path: Path
) -> None:
    opts_out(TWO, timedelta())
    from_before(ONE, database_time() + AHEAD)
    moment = database_time().isoformat()
    for call in (("snapshot", "-o", "s.snapshot"), ("show", ONE)):
        said = ndoo("register", *call, "--as-at", moment, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-from-future")
    with pytest.raises(NoUsableList):
        opted_out(database_time())
    assert choice_history.as_at(person(TWO), database_time()) is not None, "whoever has no such choice is answered"
    assert withheld(ndoo, extract, tmp_path)
    assert withheld(ndoo, extract, tmp_path, "--as-at", date.today().isoformat())


def test_a_row_that_lies_ahead_is_refused_by_the_database_s_clock(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = (database_time() + AHEAD).isoformat()
    path = tmp_path / "import.csv"
    path.write_text(f"nhs_number,choice,recorded_at,channel,by,proxy_role\n{ONE},opt_out,{at},online,self,\n")
    said = ndoo("register", "import", path, "--json")
    assert (said.status, said.json["refused"]) == (6, {"recorded_at_in_future": 1})


def test_a_moment_that_the_database_has_not_reached_is_refused(ndoo: Ndoo) -> None:
    opts_out(ONE, timedelta())
    said = ndoo("register", "show", ONE, "--as-at", (database_time() + AHEAD).isoformat(), "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "as-at-future")


def test_a_snapshot_is_dated_by_the_clock_that_dates_the_choices(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opts_out(ONE, timedelta())
    before = database_time()
    assert ndoo("register", "snapshot", "-o", "s.snapshot").status == 0
    found = read_snapshot(tmp_path / "s.snapshot", now=datetime.now(UTC) + AHEAD)
    assert isinstance(found.provenance.checked_at, datetime)
    assert before <= found.provenance.checked_at <= database_time()


def test_the_hour_that_comes_twice_is_shown_in_order(ndoo: Ndoo, tmp_path: Path) -> None:
    first, second = datetime(2025, 10, 26, 0, 50, tzinfo=UTC), datetime(2025, 10, 26, 1, 10, tzinfo=UTC)
    path = tmp_path / "import.csv"
    path.write_text(
        "nhs_number,choice,recorded_at,channel,by,proxy_role\n"
        f"{ONE},allow,{second.isoformat()},online,self,\n{ONE},opt_out,2025-10-26T01:50:00+01:00,online,self,\n"
    )
    assert ndoo("register", "import", path).status == 0
    told = ndoo("register", "history", ONE).told.splitlines()
    assert ["2025-10-26 01:50 BST" in told[0], "2025-10-26 01:10 GMT" in told[1]] == [True, True]
    assert (on_pages(first), on_pages(second)) == ("26 October 2025, 1:50am BST", "26 October 2025, 1:10am GMT")
    assert (in_templates(first), in_templates(second)) == ("26 October 2025, 1:50am BST", "26 October 2025, 1:10am GMT")
    assert on_pages(second + timedelta(hours=1)) == "26 October 2025, 2:10am"

"""The register from the command line: one person's choices, imports, snapshots, and upholding by them."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from ndoo.cli import register_person, register_session
from ndoo.cli.main import main
from ndoo.cli.register_list import read_register
from ndoo.domain.errors import NoUsableList, UsageFault
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent, ProxyRole
from tests.conftest import Ndoo
from tests.support.forked_ndoo import ended, started
from tests.support.numbers import some

ONE, TWO, THREE, *OTHERS = some(40)
HEADING = "nhs_number,choice,recorded_at,channel,by,proxy_role\n"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    path = tmp_path / "extract.csv"
    path.write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in (ONE, TWO, THREE, *OTHERS)))
    return path


def imported(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "import.csv"
    path.write_text(HEADING + "".join(f"{row}\n" for row in rows))
    return path


def day_rows(number: str, *choices: tuple[str, str]) -> list[str]:
    return [f"{number},{choice},{day}T10:00:00Z,online,self," for day, choice in choices]


@pytest.mark.usefixtures("register")
def test_a_person_who_never_chose_is_not_set(ndoo: Ndoo) -> None:
    assert ndoo("register", "show", ONE, "--json").json == {"choice": "not_set", "as_at": None}
    assert "no opt-out" in ndoo("register", "show", ONE).told
    assert ndoo("register", "history", ONE, "--json").json == {"history": []}
    assert "never chose" in ndoo("register", "history", ONE).told


@pytest.mark.usefixtures("register")
def test_a_choice_is_set_shown_and_changed(ndoo: Ndoo) -> None:
    said = ndoo("register", "set", ONE, "--choice", "opt_out", "--json")
    assert (said.status, said.json["choice"], said.json["channel"], said.json["by"]) == (0, "opt_out", "staff", "self")
    assert "Before: not set." in said.told
    ndoo(
        "register",
        "set",
        ONE,
        "--choice",
        "allow",
        "--channel",
        "post",
        "--proxy-role",
        "attorney",
        "--evidence",
        "LPA 7",
    )
    assert ndoo("register", "show", ONE, "--json").json["choice"] == "allow"
    assert ndoo("register", "show", TWO, "--json").json["choice"] == "not_set"
    first, second = ndoo("register", "history", ONE, "--json").json["history"]
    assert (first["sequence"], first["previous"], second["sequence"], second["previous"]) == (
        1,
        "not_set",
        2,
        "opt_out",
    )
    assert (second["by"], second["proxy_role"], second["evidence"]) == ("proxy", "attorney", "LPA 7")
    assert first["actor"].startswith("shell:")
    told = ndoo("register", "history", ONE).told.splitlines()
    assert [line.partition(",")[0] for line in told] == ["1. opted out", "2. allowed"]
    assert "by attorney" in told[1]


@pytest.mark.usefixtures("register")
def test_the_number_can_be_said_where_no_shell_keeps_it(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{ONE[:3]} {ONE[3:6]} {ONE[6:]}\r\n"))
    assert ndoo("register", "set", "--choice", "opt_out").status == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(ONE))
    assert ndoo("register", "show", "-", "--json").json["choice"] == "opt_out"
    terminal = io.StringIO(f"{ONE}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert ndoo("register", "show", "--json").json["choice"] == "opt_out"


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("number", "reason"),
    [("12345", "malformed"), (ONE[:-1] + str((int(ONE[-1]) + 1) % 10), "check_digit"), ("", "missing")],
)
def test_what_is_no_number_is_refused_and_not_repeated(ndoo: Ndoo, number: str, reason: str) -> None:
    said = ndoo("register", "set", number, "--choice", "opt_out", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "nhs-number")
    assert reason in said.told
    assert not number or number not in said.told + said.out
    assert ChoiceEvent.objects.count() == 0


@pytest.mark.usefixtures("register")
def test_the_evidence_is_a_reference_and_no_number(ndoo: Ndoo) -> None:
    for evidence in (f"letter of {ONE}", "x" * 201):
        said = ndoo("register", "set", ONE, "--choice", "allow", "--proxy-role", "parent", "--evidence", evidence)
        assert said.status == 2
    assert ChoiceEvent.objects.count() == 0


@pytest.mark.usefixtures("register")
def test_the_number_is_shown_to_whoever_asks_for_it_only(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("show", "history"):
        main.main(["register", command, ONE, "--show-identifiers", "--json"], standalone_mode=False)
        said = capsys.readouterr()
        assert json.loads(said.out)["nhs_number"] == ONE
        assert f"{ONE[:3]} {ONE[3:6]} {ONE[6:]}" in said.out + said.err
        main.main(["register", command, ONE, "--show-identifiers", "--quiet"], standalone_mode=False)
        assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("register")
def test_whoever_sets_or_looks_is_in_the_audit(ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_session, "account", lambda: "ann")
    ndoo("register", "set", ONE, "--choice", "opt_out")
    ndoo("register", "show", ONE, "--reason", "asked by telephone")
    ndoo("register", "history", TWO)
    assert list(AuditEntry.objects.order_by("pk").values_list("actor", "action", "subject", "reason")) == [
        ("shell:ann", "choice.set", ONE, ""),
        ("shell:ann", "person.viewed", ONE, "asked by telephone"),
        ("shell:ann", "person.viewed", TWO, ""),
    ]


@pytest.mark.usefixtures("register")
def test_a_choice_is_shown_as_it_stood(ndoo: Ndoo, tmp_path: Path) -> None:
    rows = day_rows(ONE, ("2024-05-01", "opt_out"), ("2024-06-01", "allow"))
    assert ndoo("register", "import", imported(tmp_path, *rows)).status == 0
    for when, choice in (
        ("2024-04-30", "not_set"),
        ("2024-05-01", "opt_out"),
        ("2024-05-01T09:59:59Z", "not_set"),
        ("2024-05-01T10:00:00+00:00", "opt_out"),
        ("2024-06-02", "allow"),
        (datetime.now(UTC).date().isoformat(), "allow"),
    ):
        assert ndoo("register", "show", ONE, "--as-at", when, "--json").json["choice"] == choice, when
    said = ndoo("register", "show", ONE, "--as-at", "2099-01-01", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "as-at-future")


def test_a_day_means_its_end_in_london() -> None:
    noon = datetime(2026, 6, 15, 12, tzinfo=UTC)
    end = register_person.moment(datetime(2026, 6, 14).date(), noon)
    assert end == datetime(2026, 6, 14, 23, tzinfo=UTC) - timedelta(microseconds=1)
    assert register_person.moment(noon.date(), noon) == noon
    with pytest.raises(UsageFault):
        register_person.moment(noon + timedelta(seconds=1), noon)


def test_the_help_has_the_register_s_words() -> None:
    assert tuple(Choice.values) == register_person.CHOICES
    assert tuple(Channel.values) == register_person.CHANNELS
    assert {*register_person.ROLES, ProxyRole.NOT_STATED.value} == set(ProxyRole.values), (
        "whoever records here can say it"
    )


@pytest.mark.usefixtures("register")
def test_each_row_of_an_import_is_taken_or_refused_with_its_reason(ndoo: Ndoo, tmp_path: Path) -> None:
    path = imported(
        tmp_path,
        *day_rows(ONE, ("2024-05-01", "opt_out")),
        *day_rows(TWO, ("2024-05-01", "maybe")),
        *(f"{number},allow,x,online,self," for number in OTHERS[:25]),
    )
    said = ndoo("register", "import", path, "--json")
    assert said.status == 6
    assert {key: said.json[key] for key in ("read", "taken", "already_there", "refused")} == {
        "read": 27,
        "taken": 1,
        "already_there": 0,
        "refused": {"choice": 1, "recorded_at": 25},
    }
    assert said.json["refused_rows"][:2] == [{"row": 2, "reason": "choice"}, {"row": 3, "reason": "recorded_at"}]
    assert len(said.json["refused_rows"]) == 26
    assert "row 2: choice" in said.told
    assert "and 6 more" in said.told
    again = ndoo("register", "import", path, "--json")
    assert (again.status, again.json["taken"], again.json["already_there"]) == (6, 0, 1)
    assert ChoiceEvent.objects.count() == 1


@pytest.mark.usefixtures("register")
def test_an_import_that_is_no_file_of_choices_is_refused_whole(ndoo: Ndoo, extract: Path) -> None:
    said = ndoo("register", "import", extract, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "import-heading")
    assert ndoo("register", "import", "none.csv").status == 2


@pytest.mark.usefixtures("register")
def test_the_register_and_its_snapshot_are_upheld(ndoo: Ndoo, extract: Path, tmp_path: Path) -> None:
    rows = day_rows(ONE, ("2024-05-01", "opt_out")) + day_rows(TWO, ("2024-05-01", "opt_out"), ("2024-06-01", "allow"))
    ndoo("register", "import", imported(tmp_path, *rows, *day_rows(THREE, ("2024-05-01", "allow"))))
    sealed = ndoo("register", "snapshot", "-o", "register.snapshot", "--json").json
    assert (sealed["opted_out"], sealed["bytes"]) == (1, (tmp_path / "register.snapshot").stat().st_size)
    assert stat.S_IMODE((tmp_path / "register.snapshot").stat().st_mode) == 0o600
    key = sealed["seal"]["public_key"]
    for name, options in (
        ("register", ["--register"]),
        ("snapshot", ["--snapshot", "register.snapshot", "--snapshot-signed-by", key]),
    ):
        output = tmp_path / f"{name}.csv"
        said = ndoo("uphold", extract, "-o", output, *options, "--json")
        assert said.status == 0, said.told
        assert (said.json["list"]["source"], said.json["list"]["polarity"]) == (name, "opted_out")
        assert said.json["list"].get("sealed_by") == (key if name == "snapshot" else None)
        assert said.json["rows"]["removed"] == 1
        assert ONE not in output.read_text()
        verified = ndoo("verify", output, *options, "--json")
        assert (verified.status, verified.json["list"]["source"]) == (0, name)
    assert (tmp_path / "register.csv").read_bytes() == (tmp_path / "snapshot.csv").read_bytes()
    ndoo("register", "set", THREE, "--choice", "opt_out")
    ndoo("register", "set", ONE, "--choice", "allow")
    again = ndoo("uphold", extract, "-o", "again.csv", "--register", "--json")
    assert again.json["rows"]["removed"] == 1
    assert THREE not in (tmp_path / "again.csv").read_text(), "a change of mind is upheld by the next command"
    assert ONE in (tmp_path / "again.csv").read_text()
    assert ndoo("verify", "register.csv", "--register").status == 3, "what was released before holds somebody who left"
    other = ndoo("uphold", extract, "-o", "other.csv", "--snapshot", "register.snapshot", "--snapshot-signed-by", "x")
    assert other.status == 4


@pytest.mark.usefixtures("register")
def test_an_empty_register_never_says_that_nobody_opted_out(ndoo: Ndoo, extract: Path) -> None:
    for arguments in (("uphold", extract, "-o", "out.csv", "--register"), ("register", "snapshot", "-o", "x.snapshot")):
        said = ndoo(*arguments, "--json")
        assert (said.status, said.json["error"]["code"]) == (4, "register-empty")
    ndoo("register", "set", ONE, "--choice", "allow")
    assert ndoo("uphold", extract, "-o", "out.csv", "--register", "--json").json["rows"]["removed"] == 0
    said = ndoo("register", "snapshot", "-o", "x.snapshot", "--as-at", "2020-01-01", "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "register-empty")


@pytest.mark.usefixtures("register")
def test_a_snapshot_of_an_earlier_day_is_dated_so_and_too_old_to_use(ndoo: Ndoo, extract: Path, tmp_path: Path) -> None:
    rows = day_rows(ONE, ("2024-05-01", "opt_out"), ("2024-06-01", "allow"))
    ndoo("register", "import", imported(tmp_path, *rows))
    said = ndoo("register", "snapshot", "-o", "old.snapshot", "--as-at", "2024-05-20", "--json")
    assert said.json["as_at"].startswith("2024-05-20T22:59:59.999999")
    assert said.json["opted_out"] == 1
    stale = ndoo("uphold", extract, "-o", "out.csv", "--snapshot", "old.snapshot", "--json")
    assert (stale.status, stale.json["error"]["code"]) == (4, "list-stale")


@pytest.mark.usefixtures("register")
def test_a_snapshot_s_name_holds_no_number(ndoo: Ndoo, capsys: pytest.CaptureFixture[str]) -> None:
    said = ndoo("register", "snapshot", "-o", f"of-{ONE}.snapshot", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "name-identifies")


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--register", "--snapshot", "x"), "two-lists"),
        (("--register", "--opted-out", "x"), "two-lists"),
        (("--allowed", "x", "--snapshot", "x"), "two-lists"),
        (("--register", "--checked-at", "2026-11-20"), "checked-at-known"),
        (("--snapshot", "x", "--checked-at", "2026-11-20"), "checked-at-known"),
        (("--register", "--snapshot-signed-by", "x"), "snapshot-missing"),
        (("--register", "--requested", "x"), "requested-alone"),
    ],
)
def test_one_list_answers_and_no_option_is_passed_over(
    ndoo: Ndoo, extract: Path, options: tuple[str, ...], code: str
) -> None:
    said = ndoo("uphold", extract, "-o", "out.csv", *options, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, code)


@pytest.mark.usefixtures("register")
def test_a_register_that_cannot_be_read_is_no_list(ndoo: Ndoo) -> None:
    ndoo("register", "set", ONE, "--choice", "opt_out")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE choices_choiceevent RENAME TO elsewhere")
    with pytest.raises(NoUsableList) as refused:
        read_register(datetime.now(UTC))
    assert refused.value.code == "register-not-readable"
    said = ndoo("register", "show", ONE, "--json")
    assert (said.status, said.json["error"]["code"]) == (1, "register-failed")


def test_a_register_that_does_not_answer_is_told_and_is_no_list(tmp_path: Path, extract: Path) -> None:
    for address, status, code in (
        ("postgresql://nobody@/none?host=/nowhere", 1, "register-unreachable"),
        (f"sqlite:///{tmp_path}/none/x.sqlite3", 1, "register-unreachable"),
        ("carrier-pigeon://loft", 2, "database-url"),
    ):
        os.environ["NDOO_DATABASE_URL"] = address
        try:
            shown = ended("register", "show", ONE, "--json", cwd=tmp_path)
            upheld = ended("uphold", extract, "-o", "out.csv", "--register", "--json", cwd=tmp_path)
        finally:
            del os.environ["NDOO_DATABASE_URL"]
        assert (shown.returncode, json.loads(shown.stdout)["error"]["code"]) == (status, code)
        expected = (4, "register-not-readable") if status == 1 else (status, code)
        assert (upheld.returncode, json.loads(upheld.stdout)["error"]["code"]) == expected
        assert ONE not in shown.stderr


@pytest.mark.parametrize(
    "arguments", [("register", "show", ONE), ("uphold", "extract.csv", "-o", "x.csv", "--register"), ("serve",)]
)
def test_the_library_without_the_service_says_what_to_install(
    ndoo: Ndoo, extract: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr(register_session, "find_spec", lambda _: None)
    said = ndoo(*arguments, *(() if arguments == ("serve",) else ("--json",)))
    assert said.status == 2
    assert "ndoo[service]" in said.told


def test_the_first_commands_make_the_register_once_and_for_its_owner_alone(
    tmp_path: Path, own_data_folder: Path
) -> None:
    running = [
        started("register", "set", number, "--choice", "opt_out", "-q", cwd=tmp_path, stderr=subprocess.PIPE, text=True)
        for number in (ONE, TWO, THREE)
    ]
    assert [(process.communicate(timeout=120)[1], process.returncode) for process in running] == [("", 0)] * 3
    sealed = ended("register", "snapshot", "-o", "x.snapshot", "--json", cwd=tmp_path)
    assert json.loads(sealed.stdout)["opted_out"] == 3
    for path in own_data_folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name

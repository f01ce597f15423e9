"""A job that releases half a file, loses an upload, keeps it too long or lets it into memory is worse than no job."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import subprocess
import sys
import time
import tracemalloc
import uuid
import zipfile
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import StopUpload
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from ndoo.assets.register import read_register
from ndoo.checking.freshness import judge_age
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.evidence.manifest import read_manifest
from ndoo.evidence.seal import check_seal
from ndoo.numbers.number_set import NumberSet
from ndoo.service.asset_register import overview, record_versions
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import Manifest
from ndoo.service.choices.models import Choice
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import seal
from ndoo.service.staff.roles import Role
from ndoo.service.uphold_jobs import apart, evidence, limits, lost_jobs, places, run_job
from ndoo.service.uphold_jobs.models import Evidence, JobState, UpholdingJob
from ndoo.service.uphold_jobs.receive_upload import ToDisk
from ndoo.service.uphold_jobs.run_job import run
from ndoo.upholding.request import Request
from tests.conftest import Ndoo
from tests.support.numbers import some
from tests.support.registers import changeable
from tests.support.registers_of_assets import document, facts, flow
from tests.support.staff_accounts import account, audited, chose, known, signed_in

pytestmark = pytest.mark.usefixtures("register")

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
"""Where the database has no part in it."""

NUMBERS = some(6, 9)


@pytest.fixture
def officer() -> Client:
    return signed_in(account(Role.INFORMATION_GOVERNANCE, name="grace.governance"))


@pytest.fixture
def opted_out() -> str:
    """One person who opted out, and one who allowed."""
    chose(known(2), Choice.ALLOW)
    person = known(1)
    chose(person, Choice.OPT_OUT)
    return person.number.reveal()


def table(*numbers: str) -> bytes:
    rows = "".join(f"{number},=HYPERLINK(1)\r\n" for number in (*NUMBERS, *numbers))
    return f"nhs_number,note\r\n{rows}".encode()


def asked(client: Client, content: bytes, name: str = "visits.csv", **said: Any) -> Any:
    form = {
        "extract": SimpleUploadedFile(name, content),
        "released_for": "trial",
        "against": "register",
        "undecided": "hold",
    } | said
    return client.post("/staff/jobs/new", form)


def given_a_flow(**changed: Any) -> None:
    now = timezone.now()
    record_versions.take_in(
        read_register(document(flow=[flow(last_run=timezone.localdate(), facts=facts(**changed))])), entry, now
    )
    overview.decide_open(entry, now)


def unproven() -> list[str]:
    return [item.id for item in overview.picture(timezone.now()).joined.unproven]


def job_of(answer: Any) -> UpholdingJob:
    assert answer.status_code == 302, answer.content.decode()
    return UpholdingJob.objects.get(pk=answer["Location"].rpartition("/")[2])


def ran(job: UpholdingJob) -> UpholdingJob:
    run.call(str(job.pk))
    job.refresh_from_db()
    return job


def files() -> list[str]:
    root = places.incoming().parent
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_an_extract_comes_back_without_whoever_opted_out_and_with_its_evidence(officer: Client, opted_out: str) -> None:
    job = ran(job_of(asked(officer, table(opted_out))))
    assert job.state == JobState.DONE, job.sentence
    row = Evidence.objects.get(job=job.pk)
    assert (row.manifest["rows"]["read"], row.manifest["rows"]["removed"], row.manifest["rows"]["kept"]) == (7, 1, 6)
    check_seal(row.manifest)
    assert opted_out not in row.document
    page = officer.get(f"/staff/jobs/{job.pk}").content.decode()
    assert opted_out not in page
    answer = officer.post(f"/staff/jobs/{job.pk}/result")
    assert b"".join(answer.streaming_content) == table()  # type: ignore[attr-defined]  # byte for byte, formulas too
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename="visits-upheld.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert officer.get(f"/staff/evidence/{row.pk}/manifest").content.decode() == row.document
    assert [one.action for name in ("job.asked", "job.done", "job.downloaded") for one in audited(name)] == [
        "job.asked",
        "job.done",
        "job.downloaded",
    ]
    assert files() == ["visits-upheld.csv", "visits-upheld.csv.manifest.json"], "the upload is deleted"


@on_sqlite
@pytest.mark.parametrize("twice", ["listed", "against", "extract"])
def test_of_two_lists_for_one_question_none_is_forgotten(officer: Client, twice: str) -> None:
    lists = [
        SimpleUploadedFile(f"{name}.dat", f"{number},\n".encode()) for name, number in zip("ab", NUMBERS, strict=False)
    ]
    today = timezone.localdate()
    once = {
        "against": "cleaned",
        "listed": lists[0],
        "checked_day": today.day,
        "checked_month": today.month,
        "checked_year": today.year,
    }
    answers: dict[str, Any] = {
        "listed": lists,
        "against": ["cleaned", "register"],
        "extract": [SimpleUploadedFile(f"{name}.csv", table()) for name in "ab"],
    }
    answer = asked(officer, table(), **once | {twice: answers[twice]})
    assert answer.status_code == 400
    assert "A question was answered twice" in answer.content.decode()
    assert not UpholdingJob.objects.exists()
    assert files() == []


@on_sqlite
def test_the_command_line_verifies_what_a_job_released(officer: Client, opted_out: str, ndoo: Ndoo) -> None:
    job = ran(job_of(asked(officer, table(opted_out))))
    output = places.only_file(job.pk, places.RESULT, "visits-upheld.csv")
    assert read_manifest(Path(f"{output}.manifest.json")).document == Evidence.objects.get().manifest
    assert ndoo("verify", output, "--register").status == 0


def test_a_cleaned_list_goes_with_its_date(officer: Client) -> None:
    listed = SimpleUploadedFile("cleaned.dat", "".join(f"{number},\r\n" for number in NUMBERS[:5]).encode())
    answer = asked(officer, table(), against="cleaned", listed=listed)
    assert "Enter the day on which the list was checked" in answer.content.decode()
    today = timezone.localdate()
    listed.seek(0)
    said = {"checked_day": today.day, "checked_month": today.month, "checked_year": today.year}
    job = ran(job_of(asked(officer, table(), against="cleaned", listed=listed, **said)))
    assert job.state == JobState.DONE, job.sentence
    assert Evidence.objects.get().manifest["rows"] | {"held": None} == {
        "read": 6,
        "kept": 5,
        "removed": 1,
        "held": None,
        "kept_without_number": 0,
    }
    assert "cleaned.dat" not in files()


def zipped(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names:
            made.writestr(name, b"")
    return held.getvalue()


@on_sqlite
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "is a damaged archive"),
        ("a.csv", zipped("word/document.xml"), "is a Word document"),
        ("a.csv", zipped("visits.csv", "more.csv"), "is an archive"),
        ("a.csv", zipped("visits.csv"), "empty"),
        ("a.pdf", b"%PDF-1.7", "is a PDF"),
        ("a.db", b"SQLite format 3\0", "SQLite database"),
        ("a.csv", b"", "empty"),
        (f"{some(1)[0]}.csv", b"nhs_number\r\n", "holds an NHS number"),
    ],
)
def test_what_is_no_table_is_refused_before_it_is_a_job(
    officer: Client, name: str, content: bytes, sentence: str
) -> None:
    answer = asked(officer, content, name)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not UpholdingJob.objects.exists()
    assert files() == []


@on_sqlite
@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.csv", "..\\..\\boot.csv", "/etc/cron.d/x.csv", "a\r\nX: y.csv", ".csv", "$(id).csv", "-rf.csv"],
)
def test_a_name_leads_nowhere(officer: Client, opted_out: str, name: str) -> None:
    job = ran(job_of(asked(officer, table(opted_out), name)))
    assert job.state == JobState.DONE, job.sentence
    assert not set(job.name) & set("/\\\r\n$()")
    root = places.incoming().parent
    assert all(root in path.resolve().parents for path in root.rglob("*") if path.is_file())
    assert {path.parent.name for path in root.rglob("*") if path.is_file()} == {"result"}


@on_sqlite
@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("a.csv", "a-upheld.csv"),
        ("a.csv.gz", "a-upheld.csv.gz"),
        ("a.PARQUET", "a-upheld.PARQUET"),
        ("a", "a-upheld"),
        ("a.b.csv", "a.b-upheld.csv"),
        ("csv", "csv-upheld"),
    ],
)
def test_a_result_keeps_its_ending(name: str, result: str) -> None:
    assert places.result_name(name) == result


@on_sqlite
def test_a_file_that_announces_too_much_is_not_read(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_UPLOAD_LIMIT_MB", "1")
    answer = asked(officer, b"nhs_number\r\n" + b"x" * 3_000_000)
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()
    assert files() == []


@on_sqlite
def test_a_file_that_turns_out_too_large_is_stopped_and_leaves_nothing(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_UPLOAD_LIMIT_MB", "1")
    answer = asked(officer, b"nhs_number\r\n" + b"x" * 1_500_000)
    assert answer.status_code == 413
    assert files() == []


@on_sqlite
def test_a_disk_without_room_is_told_before_anything_is_read(officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "room_for", lambda _: False)
    assert asked(officer, table()).status_code == 507
    assert files() == []


@on_sqlite
def test_two_gigabytes_go_to_the_disk_and_not_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The handler is fed pieces without end; what it writes is thrown away, for the disk's sake."""
    monkeypatch.setattr("ndoo.service.uphold_jobs.receive_upload.os.write", lambda _, view: len(view))
    handler = ToDisk(HttpRequest())
    handler.new_file("extract", "a.csv", "text/csv", None)
    piece = b"x" * (1 << 16)
    tracemalloc.start()
    with pytest.raises(StopUpload):
        for at in range(0, 3 << 30, len(piece)):
            handler.receive_data_chunk(piece, at)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert handler.taken > 2_048_000_000
    assert peak < 1 << 20
    assert files() == []


@on_sqlite
def test_whoever_may_not_upload_sends_nothing_to_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ToDisk, "new_file", lambda *_: pytest.fail("a file was begun"))
    for client in (Client(), signed_in(account(Role.OPERATOR))):
        assert asked(client, table()).status_code in (302, 403)
    strict = Client(enforce_csrf_checks=True)
    assert asked(strict, table()).status_code == 302


@on_sqlite
def test_a_forged_form_is_refused_and_its_file_is_gone() -> None:
    user = account(Role.INFORMATION_GOVERNANCE)
    client = signed_in(user)
    client.handler.enforce_csrf_checks = True  # type: ignore[attr-defined]
    assert asked(client, table()).status_code == 403
    assert not UpholdingJob.objects.exists()
    assert files() == []


@on_sqlite
def test_a_bomb_ends_as_a_job_that_released_nothing(officer: Client, opted_out: str) -> None:
    bomb = gzip.compress(b"nhs_number,x\n" + b"0" * 80_000_000)
    assert len(bomb) < 100_000
    answer = asked(officer, bomb, "a.csv.gz")
    if answer.status_code == 302:
        job = ran(job_of(answer))
        assert job.state == JobState.FAILED
        assert job.sentence
    assert files() == []


@on_sqlite
@pytest.mark.parametrize(
    ("scanner", "fault"),
    [
        ("sh -c 'exit 0'", ""),
        ("sh -c 'grep -q NHS \"$0\" && exit 1'", "job-virus"),
        ("sh -c 'exit 2'", "job-not-scanned"),
        ("/no/such/scanner", "job-not-scanned"),
        ("sh -c 'kill -9 $$'", "job-not-scanned"),
        ("sh 'never ends", "job-not-scanned"),
    ],
)
def test_what_the_virus_scanner_has_not_passed_is_not_read(
    officer: Client, opted_out: str, scanner: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_VIRUS_SCANNER", scanner)
    if fault:
        monkeypatch.setattr(run_job, "uphold", None)
    job = ran(job_of(asked(officer, table(opted_out))))
    assert (job.state, job.fault) == (JobState.FAILED if fault else JobState.DONE, fault)


@on_sqlite
@pytest.mark.parametrize("content", [table(), b"\x00 no table"])
def test_nothing_reads_an_upload_before_the_virus_scanner_has_seen_it(
    officer: Client, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page opened it at once, in the process that serves everybody."""
    monkeypatch.setenv("NDOO_VIRUS_SCANNER", "sh -c 'exit 1'")
    monkeypatch.setattr("ndoo.upholding.datasets.formats.open_dataset", lambda *_: pytest.fail("it was read"))
    monkeypatch.setattr(run_job, "uphold", None)
    job = ran(job_of(asked(officer, content)))
    assert (job.state, job.fault) == (JobState.FAILED, "job-virus")


def test_a_job_that_takes_too_long_is_stopped(officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_job, "longest", lambda: timedelta(seconds=-1))
    job = ran(job_of(asked(officer, table(opted_out))))
    assert (job.state, job.fault) == (JobState.FAILED, "job-too-long")
    assert files() == []


def test_a_register_without_choices_releases_nothing(officer: Client) -> None:
    job = ran(job_of(asked(officer, table())))
    assert (job.state, job.fault) == (JobState.FAILED, "register-empty")
    assert "never means that nobody opted out" in officer.get(f"/staff/jobs/{job.pk}").content.decode()
    assert files() == []
    assert audited("job.failed")[0].details["code"] == "register-empty"


@on_sqlite
def test_a_fault_of_the_machine_is_told_without_its_words(
    officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"row {opted_out}")

    monkeypatch.setattr(run_job, "uphold", fail)
    job = ran(job_of(asked(officer, table(opted_out))))
    assert (job.state, job.fault) == (JobState.FAILED, "fault")
    assert opted_out not in job.sentence


KILLED = """
import django, sys
django.setup()
from ndoo.service.uphold_jobs import apart
apart.COMMAND = [sys.executable, "-c", sys.argv[2]]
from ndoo.service.uphold_jobs.run_job import run
run.call(sys.argv[1])
"""
WAITS_AT_THE_SEAL = """
import os, pathlib, time
from ndoo.evidence.seal import Sealer
from ndoo.service.uphold_jobs import apart
def wait(self, document):
    pathlib.Path(os.environ["READY"]).write_text(str(os.getpid()))
    time.sleep(600)
Sealer.seal = wait
apart.main()
"""


def killed_in_the_middle(job: UpholdingJob, ready: Path) -> None:
    """The worker; the process that reads the extract ends with it."""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "ndoo.service.settings", "READY": str(ready)}
    worker = subprocess.Popen([sys.executable, "-c", KILLED, str(job.pk), WAITS_AT_THE_SEAL], env=environment)
    while not (ready.exists() and ready.read_text()):
        assert worker.poll() is None
        time.sleep(0.01)
    worker.kill()
    worker.wait()
    reading = Path("/proc") / ready.read_text() / "status"
    while reading.exists() and "State:\tZ" not in reading.read_text():
        time.sleep(0.01)


def test_a_worker_that_was_killed_leaves_nothing_half_and_another_begins_again(
    officer: Client, opted_out: str, tmp_path: Path
) -> None:
    job = job_of(asked(officer, table(opted_out)))
    killed_in_the_middle(job, tmp_path / "ready")
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)
    assert "visits-upheld.csv" not in files()
    lost_jobs.look_after(timezone.now())
    job.refresh_from_db()
    assert job.state == JobState.RUNNING, "it may only be slow"
    lost_jobs.look_after(timezone.now() + limits.SILENT * 2)
    job.refresh_from_db()
    assert job.state == JobState.WAITING
    job = ran(job)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert files() == ["visits-upheld.csv", "visits-upheld.csv.manifest.json"]
    assert Evidence.objects.count() == 1


DIES = "import os; os.kill(os.getpid(), 9)"


@on_sqlite
def test_an_extract_that_kills_whoever_reads_it_fails_its_own_job_and_no_other(
    officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 4 kB once killed the worker, and with it the service, again after each start."""
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-S", "-c", DIES])
    job = ran(job_of(asked(officer, table(opted_out))))
    assert (job.state, job.attempts) == (JobState.WAITING, 1)
    job = ran(job)
    assert (job.state, job.fault) == (JobState.FAILED, "job-died")
    assert files() == []
    monkeypatch.undo()
    assert ran(job_of(asked(officer, table(opted_out)))).state == JobState.DONE


@on_sqlite
def test_a_job_that_takes_too_much_memory_ends_alone(
    officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_JOB_MEMORY_MB", "200")
    job = ran(job_of(asked(officer, table(opted_out))))
    assert (job.state, job.fault) == (JobState.FAILED, "job-memory")
    assert files() == []


@on_sqlite
@pytest.mark.parametrize(
    ("raised", "fault"),
    [
        (MemoryError(), "job-memory"),
        (RuntimeError("a row"), "fault"),
        (UsageFault("columns-two", "Two."), "columns-two"),
    ],
)
def test_what_the_process_refuses_is_told(raised: Exception, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def upheld(*_: object) -> None:
        raise raised

    monkeypatch.setattr(apart, "uphold_here", upheld)
    monkeypatch.setattr(apart, "_limit", lambda: None)
    said = io.BytesIO()
    sent = apart._Sent(
        Request(Path("a"), Path("b"), None, timezone.now()),
        judge_age(timezone.now(), timezone.now(), None).provenance(Polarity.OPTED_OUT, "register", 0),
        NumberSet().packed(),
        Path("told"),
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pickle.dumps(sent))))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(said))
    apart.main()
    assert json.loads(said.getvalue())["refused"][0] == fault
    assert b"a row" not in said.getvalue()


@on_sqlite
def test_a_job_without_a_list_is_none() -> None:
    with pytest.raises(ValueError, match="by a list"):
        apart.uphold(
            Request(Path("a"), Path("b"), None, timezone.now()),
            run_job._Life(UpholdingJob(), uuid.uuid4()),
            Path("told"),
        )


def test_a_job_that_kills_every_worker_ends(officer: Client, opted_out: str) -> None:
    job = job_of(asked(officer, table(opted_out)))
    for _ in range(limits.ATTEMPTS):
        UpholdingJob.objects.filter(pk=job.pk).update(
            state=JobState.RUNNING, run=uuid.uuid4(), attempts=limits.ATTEMPTS, alive_at=timezone.now()
        )
    lost_jobs.look_after(timezone.now() + limits.SILENT * 2)
    job.refresh_from_db()
    assert (job.state, job.fault) == (JobState.FAILED, "job-lost")
    assert files() == []


def test_a_run_that_was_taken_over_ends_nothing(
    officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(asked(officer, table(opted_out)))
    upheld = run_job.uphold

    def slow(*arguments: Any) -> Any:
        outcome = upheld(*arguments)
        UpholdingJob.objects.filter(pk=job.pk).update(run=uuid.uuid4())
        return outcome

    monkeypatch.setattr(run_job, "uphold", slow)
    assert ran(job).state == JobState.RUNNING
    assert not Evidence.objects.exists()
    assert "visits.csv" in files(), "the other run needs the upload"


def test_a_run_that_is_silent_hears_that_it_was_taken_over(
    officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_job, "BEAT", timedelta(milliseconds=5))
    job = job_of(asked(officer, table(opted_out)))
    UpholdingJob.objects.filter(pk=job.pk).update(state=JobState.RUNNING, run=uuid.uuid4())
    with run_job._alive(job, uuid.uuid4()) as life:
        while not life.taken_over:
            pass
        with pytest.raises(run_job.TakenOverError):
            life.moved(1)


def test_nobody_runs_a_job_twice(officer: Client, opted_out: str) -> None:
    job = ran(job_of(asked(officer, table(opted_out))))
    assert ran(job).attempts == 1


def test_a_job_that_nobody_began_is_offered_again(officer: Client, opted_out: str) -> None:
    from django_tasks_db.models import DBTaskResult

    job = job_of(asked(officer, table(opted_out)))
    DBTaskResult.objects.all().delete()
    lost_jobs.look_after(timezone.now() + limits.WAITED * 2)
    assert DBTaskResult.objects.filter(queue_name="upholding").count() == 1
    assert ran(job).state == JobState.DONE


def test_a_result_is_deleted_at_the_stated_time_and_its_evidence_stays(officer: Client, opted_out: str) -> None:
    job = ran(job_of(asked(officer, table(opted_out))))
    assert job.delete_at is not None
    lost_jobs.look_after(job.delete_at - timedelta(seconds=1))
    assert "visits-upheld.csv" in files()
    lost_jobs.look_after(job.delete_at)
    assert files() == []
    assert officer.post(f"/staff/jobs/{job.pk}/result").status_code == 404
    assert "Its certificate stays" in officer.get(f"/staff/jobs/{job.pk}").content.decode()
    assert Evidence.objects.count() == len(audited("job.deleted")) == 1


def test_a_result_can_be_deleted_before_its_time(officer: Client, opted_out: str) -> None:
    job = ran(job_of(asked(officer, table(opted_out))))
    assert "cannot be brought back" in officer.post(f"/staff/jobs/{job.pk}/delete").content.decode() and files()
    assert officer.post(f"/staff/jobs/{job.pk}/delete", {"because": "Sent."}).status_code == 302
    assert officer.post(f"/staff/jobs/{job.pk}/delete", {"because": "Sent."}).status_code == 302
    assert files() == []
    assert len(audited("job.deleted")) == 1


def test_an_upload_of_which_nothing_came_is_thrown_away() -> None:
    left = places.incoming() / "upload-left"
    left.write_text("")
    lost_jobs.look_after(timezone.now() + limits.ABANDONED / 2)
    assert left.exists()
    lost_jobs.look_after(timezone.now() + limits.ABANDONED * 2)
    assert not left.exists()


def test_the_day_begins_with_what_waits(officer: Client, opted_out: str) -> None:
    ran(job_of(asked(officer, table(opted_out))))
    page = officer.get("/staff/").content.decode()
    assert "Upheld extracts to download" in page
    assert "1 to do" in page


@pytest.mark.parametrize(
    ("said", "count"),
    [({}, 2), ({"name": "VISITS"}, 1), ({"name": "nothing"}, 0), ({"digest": "0" * 64}, 0)],
    ids=str,
)
def test_evidence_is_found(officer: Client, opted_out: str, said: dict[str, str], count: int) -> None:
    for name in ("visits.csv", "other.csv"):
        ran(job_of(asked(officer, table(opted_out), name)))
    auditor = signed_in(account(Role.AUDITOR, name="anna.auditor"))
    page = auditor.post("/staff/evidence", said).content.decode()
    assert (f"{count} manifest" if count == 1 else f"{count} manifests") in page
    assert len(audited("evidence.searched")) == 1
    digest = Evidence.objects.all()[0].output_sha256
    assert evidence.search(evidence.EvidenceSearch(digest=digest[:9].upper()))[1] == 2
    today = timezone.localdate()
    assert evidence.search(evidence.EvidenceSearch(first=today, last=today))[1] == 2
    assert evidence.search(evidence.EvidenceSearch(first=today + timedelta(days=1)))[1] == 0
    assert evidence.search(evidence.EvidenceSearch(last=today - timedelta(days=1)))[1] == 0


@on_sqlite
@pytest.mark.parametrize("said", [{"name": some(1)[0]}, {"digest": "xyz"}], ids=["number", "digest"])
def test_a_search_that_cannot_be_meant_is_told(officer: Client, said: dict[str, str]) -> None:
    page = officer.post("/staff/evidence", said).content.decode()
    assert "There is a problem" in page
    assert not audited("evidence.searched")


FOR_A_FLOW = {"released_for": "flow", "flow": "F-1"}


def test_a_flow_is_proven_by_the_job_that_upheld_it(officer: Client, opted_out: str) -> None:
    given_a_flow()
    assert unproven() == ["F-1"]
    job = job_of(asked(officer, table(opted_out), **FOR_A_FLOW))
    assert unproven() == ["F-1"], "nothing is upheld yet"
    job = ran(job)
    assert job.state == JobState.DONE, job.sentence
    assert unproven() == []
    row = Manifest.objects.get()
    assert (row.flow, row.document) == ("F-1", Evidence.objects.get(flow="F-1").manifest)
    assert "This proves" in officer.get(f"/staff/jobs/{job.pk}").content.decode()
    assert evidence.search(evidence.EvidenceSearch(flow="f-1"))[1] == 1
    assert evidence.search(evidence.EvidenceSearch(flow="F-2"))[1] == 0


@on_sqlite
def test_a_private_trial_proves_no_flow(officer: Client, opted_out: str) -> None:
    given_a_flow()
    job = ran(job_of(asked(officer, table(opted_out), flow="F-1")))
    assert job.state == JobState.DONE
    assert unproven() == ["F-1"]
    assert not Manifest.objects.exists()
    page = officer.get(f"/staff/evidence/{Evidence.objects.get().pk}").content.decode()
    assert "none: a private trial" in page


@on_sqlite
def test_a_job_that_failed_proves_nothing(officer: Client) -> None:
    given_a_flow()
    assert ran(job_of(asked(officer, table(), **FOR_A_FLOW))).state == JobState.FAILED
    assert unproven() == ["F-1"]


def test_a_job_whose_proof_cannot_be_kept_has_not_succeeded(
    officer: Client, opted_out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it would be a released file without its proof, or a proof without its file."""
    given_a_flow()
    job = job_of(asked(officer, table(opted_out), **FOR_A_FLOW))
    monkeypatch.setattr(run_job, "applied", lambda *_: (_ for _ in ()).throw(UnfitData("x", "No proof.")))
    assert (ran(job).state, job.sentence) == (JobState.FAILED, "No proof.")
    assert files() == []
    assert not Evidence.objects.exists()
    assert unproven() == ["F-1"]


@on_sqlite
@pytest.mark.parametrize(
    ("changed", "flow", "sentence"),
    [
        ({}, "", "Enter the reference"),
        ({}, "F-9", "no flow with this reference"),
        ({"purpose": None}, "F-1", "reviewed first"),
        (
            {"purpose": "individual_care", "recipient": "the ward", "gateway__kind": "implied_consent"},
            "F-1",
            "does not apply to this flow",
        ),
        ({"data__from_gp_record": True}, "F-1", "Type 1 opt-outs must be applied too"),
    ],
    ids=["none", "unknown", "review", "free", "gp"],
)
def test_a_flow_that_cannot_be_proven_here_is_refused_before_it_is_a_job(
    officer: Client, opted_out: str, changed: dict[str, Any], flow: str, sentence: str
) -> None:
    given_a_flow(**changed)
    answer = asked(officer, table(opted_out), released_for="flow", flow=flow)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert files() == []


@on_sqlite
def test_a_key_that_the_organisation_does_not_trust_is_told_before(officer: Client, opted_out: str) -> None:
    given_a_flow()
    register = document(flow=[flow()])
    register["organisation"]["sealed_by"] = ["another"]
    record_versions.take_in(read_register(register), entry, timezone.now())
    assert "does not name the key" in asked(officer, table(opted_out), **FOR_A_FLOW).content.decode()


def test_evidence_that_was_changed_by_hand_is_found_by_the_ledger(officer: Client, opted_out: str) -> None:
    from django.db import IntegrityError, transaction

    ran(job_of(asked(officer, table(opted_out))))
    log = seal(timezone.now()).log
    assert dict(check(heads_folder().every(log)).wrong) == {}
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.update(input_name="x")
    document = json.loads(Evidence.objects.get().document)
    document["rows"]["removed"] = 0
    with changeable():
        Evidence.objects.update(document=json.dumps(document))
    assert dict(check(heads_folder().every(log)).wrong) == {"value_changed": 1}


@on_sqlite
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_limit_that_cannot_be_meant_is_told(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_RESULT_HOURS", value)
    with pytest.raises(UsageFault):
        limits.kept()


def test_what_waited_when_the_rooms_were_named_anew_is_still_carried_out() -> None:
    from django.apps import apps
    from django.db import connection
    from django.utils.module_loading import import_string
    from django_tasks_db.models import DBTaskResult

    moving = import_module("ndoo.service.uphold_jobs.migrations.0005_task_places")
    for old, new in moving.MOVED.items():
        task = lost_jobs.watch.enqueue()
        waiting = DBTaskResult.objects.filter(pk=task.id)
        assert waiting.update(task_path=old) == 1
        moving.move(apps, SimpleNamespace(connection=connection))
        assert [one.task_path for one in waiting] == [new] == [import_string(new).module_path]

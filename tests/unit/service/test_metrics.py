"""Whoever watches over the service sees that it fails before people do, and sees nobody."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from ndoo.domain.errors import NoUsableList
from ndoo.service import metrics, request_counts
from ndoo.service.audit.entries import Entry, write
from ndoo.service.ledger.management.commands.keep_ledger import checked_whole
from ndoo.service.ledger.models import KeeperBeat
from ndoo.service.request_counts import Area, count, counted
from tests.support.canary import assert_silent
from tests.support.numbers import some
from tests.support.staff_accounts import chose, known

TOKEN = "t" * 40


@pytest.fixture
def scraped(settings: Any, own_data_folder: Path) -> Client:
    """Who may ask."""
    own_data_folder.mkdir(mode=0o700, exist_ok=True)
    settings.NDOO = replace(settings.NDOO, metrics_token=TOKEN)
    return Client(headers={"authorization": f"Bearer {TOKEN}"})


def samples(client: Client) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert_silent(text, "the metrics")
    told = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP ndoo_\w+ \S.*|TYPE ndoo_\w+ (counter|gauge|histogram))", line), line
            continue
        sample = re.fullmatch(r'(ndoo_\w+(?:\{\w+="[\w.+-]+"(?:,\w+="[\w.+-]+")*\})?) (-?[0-9.]+|\+Inf)', line)
        assert sample, line
        told[sample[1]] = float(sample[2])
    return told


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", "Bearer", f"Basic {TOKEN}", "Bearer guessed", f"Bearer {TOKEN}é"])
def test_nobody_reads_them_without_the_token(sent: str, scraped: Client) -> None:
    assert Client(headers={"authorization": sent}).get("/metrics").status_code == 404
    assert scraped.get("/metrics").status_code == 200


@pytest.mark.django_db
def test_without_a_token_set_there_is_no_such_page(settings: Any) -> None:
    assert Client(headers={"authorization": "Bearer "}).get("/metrics").status_code == 404


@pytest.mark.django_db
def test_what_people_type_is_in_no_label(scraped: Client) -> None:
    number = some(1)[0]
    for path in (f"/{number}", f"/staff/{number}", f'/"}}ndoo_x{{a="{number}'):
        Client(headers={"user-agent": number}).get(path)
    told = samples(scraped)
    assert told['ndoo_http_requests_total{area="public",status="4xx"}'] == 2
    assert told['ndoo_http_requests_total{area="staff",status="4xx"}'] == 1
    assert told['ndoo_http_request_seconds_bucket{area="public",le="+Inf"}'] == 2


@pytest.mark.django_db
def test_work_the_register_and_alarms_are_told(scraped: Client) -> None:
    before = samples(scraped)
    assert "ndoo_newest_choice_age_seconds" not in before
    chose(known())
    write(Entry("staff:ada", "staff.break_glass"), timezone.now())
    KeeperBeat.objects.create(pk=1, at=timezone.now() - timedelta(hours=1))
    told = samples(scraped)
    assert told["ndoo_newest_choice_age_seconds"] < 600
    assert told["ndoo_staff_break_glass_total"] == 1
    assert 3600 <= told["ndoo_keeper_age_seconds"] < 4200
    assert told["ndoo_ledger_waiting"] >= 1
    assert told['ndoo_jobs{state="failed"}'] == 0
    assert told['ndoo_queue_waiting{queue="upholding"}'] == 0
    assert told["ndoo_register_ready"] == 1


@pytest.mark.django_db
def test_a_keeper_that_was_never_there_is_silent_for_ever(scraped: Client) -> None:
    """Where there was no number, there was no alarm."""
    assert samples(scraped)["ndoo_keeper_age_seconds"] == float("inf")
    KeeperBeat.objects.create(pk=1, at=timezone.now())
    told = samples(scraped)
    assert told["ndoo_keeper_age_seconds"] < 60 and told["ndoo_ledger_check_age_seconds"] == float("inf")


@pytest.mark.django_db
def test_a_ledger_that_does_not_verify_is_told(scraped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "ndoo.service.ledger.management.commands.keep_ledger"
    report = type("Report", (), {"wrong": {"a changed leaf": 2}, "waiting": []})
    monkeypatch.setattr(f"{module}.check", lambda _: report)
    checked_whole()
    assert samples(scraped)["ndoo_ledger_faults"] == 2


@pytest.mark.django_db
def test_a_register_that_may_not_answer_is_told(scraped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def behind() -> None:
        raise NoUsableList("register-behind", "The register is older than its newest signed head.")

    monkeypatch.setattr(metrics, "refuse_what_is_behind", behind)
    told = samples(scraped)
    assert (told["ndoo_register_ready"], told['ndoo_register_refusal_info{code="register-behind"}']) == (0, 1)


@pytest.mark.django_db
def test_a_database_that_is_gone_is_told_too(scraped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(metrics, "refuse_what_is_behind", gone)
    monkeypatch.setattr(metrics, "_register", gone)
    told = samples(scraped)
    assert told["ndoo_register_ready"] == 0
    assert {'ndoo_disk_free_bytes{place="data"}', 'ndoo_disk_free_bytes{place="heads"}'} < set(told)


@pytest.mark.django_db
def test_the_age_of_what_mesh_answered_is_told(scraped: Client, own_data_folder: Path) -> None:
    (own_data_folder / "mesh.sqlite3").write_bytes(b"no database")
    assert "ndoo_mesh_list_age_seconds" not in samples(scraped)
    (own_data_folder / "mesh.sqlite3").unlink()
    journal = sqlite3.connect(own_data_folder / "mesh.sqlite3")
    journal.execute("CREATE TABLE request (state TEXT, checked_at TEXT)")
    asked = (timezone.now() - timedelta(days=3)).isoformat()
    journal.execute("INSERT INTO request VALUES ('answered', ?), ('open', NULL)", [asked])
    journal.commit()
    journal.close()
    told = samples(scraped)
    assert round(told["ndoo_mesh_list_age_seconds"] / 86_400) == 3
    assert told['ndoo_mesh_requests{state="open"}'] == 1


def test_counts_of_several_processes_add_up_and_survive_a_damaged_file(own_data_folder: Path) -> None:
    own_data_folder.mkdir(mode=0o700, exist_ok=True)
    for status, seconds in ((200, 0.01), (302, 0.2), (404, 2.0), (500, 60.0), (101, 0.0)):
        count(Area.API, status, seconds)
    found = counted()[Area.API]
    assert found.by_class == (2, 1, 1, 1)
    assert found.by_time == (2, 0, 1, 0, 1, 0, 1)
    assert round(found.seconds) == 62
    request_counts._path().write_bytes(b"x")
    assert counted()[Area.API].by_class == (0, 0, 0, 0)
    count(Area.API, 200, 0.0)
    assert counted()[Area.API].by_class == (1, 0, 0, 0)


def test_a_disk_that_is_full_fails_nobodys_page(own_data_folder: Path) -> None:
    count(Area.API, 200, 0.0)
    assert not own_data_folder.exists()


@pytest.mark.django_db
def test_where_a_setting_cannot_be_meant_the_rest_is_told(scraped: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_DATA", "~nobody-of-this-name/data")
    told = samples(scraped)
    assert told["ndoo_register_ready"] == 0 and told['ndoo_register_refusal_info{code="setting"}'] == 1
    assert "ndoo_ledger_entries" in told and not any(name.startswith("ndoo_disk_free_bytes") for name in told)

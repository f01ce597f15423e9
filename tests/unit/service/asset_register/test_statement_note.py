"""The public page does not go on saying "we comply" when staff are told that it cannot be said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.assets.record import read_record
from ndoo.evidence.seal import Sealer
from ndoo.service.asset_register import demonstration, record_versions
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import StatementNote
from ndoo.service.asset_register.statement_note import keep_note, open_since
from tests.support.staff_accounts import audited
from tests.support.statements import published

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_folder")]

FOLLOWS = "We comply with the national data opt-out"
NOT_YET = "We cannot say yet that we comply with the national data opt-out"


def given_a_published_statement() -> dict[str, object]:
    now = timezone.now()
    register = demonstration.seed(now, Sealer(bytes(range(32))), with_work=False)
    published(now)
    assert register.organisation
    return register.organisation.document()


def save(told: dict[str, object]) -> None:
    record_versions.save(read_record("organisation", told, "it"), entry, timezone.now())


def public() -> str:
    return Client().get("/statement/").content.decode()


def test_a_gap_that_opens_after_publishing_is_told_on_the_public_page_until_it_is_closed() -> None:
    told, now = given_a_published_statement(), timezone.now()
    keep_note(now)
    assert FOLLOWS in public() and "Note of" not in public() and open_since(now) is None
    assert not StatementNote.objects.exists()

    save({name: value for name, value in told.items() if name != "how_applied"})
    assert NOT_YET in public() and f"<strong>{FOLLOWS}" not in public(), "told at once, before it was written down"
    keep_note(now - timedelta(days=3))
    keep_note(now)
    assert open_since(now) == now - timedelta(days=3), "since when it was first noticed"
    day = (timezone.localtime(now) - timedelta(days=3)).day
    assert f"Note of {day} " in public()
    assert len(audited("statement.gap_opened")) == 1

    save(told)
    assert FOLLOWS in public() and "Note of" not in public()
    keep_note(now)
    keep_note(now)
    assert StatementNote.objects.get().closed_at == now and len(audited("statement.gap_closed")) == 1


def test_a_review_that_is_due_opens_the_note_with_nobody_touching_anything() -> None:
    given_a_published_statement()
    later = timezone.now() + timedelta(days=800)
    assert open_since(later) == later


def test_a_new_statement_begins_without_the_note_of_the_one_before() -> None:
    told, now = given_a_published_statement(), timezone.now()
    save({name: value for name, value in told.items() if name != "how_applied"})
    keep_note(now)
    save(told | {"phone": "0113 496 0001"})
    published(timezone.now())
    assert StatementNote.objects.get().closed_at is not None


def test_where_nothing_is_published_nothing_is_noted() -> None:
    keep_note(timezone.now())
    assert not StatementNote.objects.exists()


def test_each_organisation_of_a_group_has_its_own_note_and_one_that_left_shows_nothing() -> None:
    told, now = given_a_published_statement(), timezone.now()
    save(told | {"members": ["North Trust", "East Trust"]})
    for name in ("North Trust", "East Trust"):
        published(timezone.now(), name)
    assert open_since(now, "North Trust") is None
    save(told | {"members": ["East Trust"]})
    assert (open_since(now), open_since(now, "East Trust"), open_since(now, "North Trust")) == (None, None, now)
    keep_note(now)
    assert [(note.member, note.closed_at) for note in StatementNote.objects.all()] == [("North Trust", None)]
    assert "Note of" in Client().get("/statement/of/north-trust").content.decode()
    assert "Note of" not in Client().get("/statement/of/east-trust").content.decode()
    save(told | {"members": ["North Trust", "East Trust"]})
    keep_note(now)
    assert StatementNote.objects.get().closed_at == now

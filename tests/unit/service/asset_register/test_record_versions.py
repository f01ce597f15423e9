"""The register of assets keeps every version, decides by the engine, takes reviews from people only, and finds what is planted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from ndoo.assets.record import read_record
from ndoo.assets.register import Register, read_register
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.evidence.seal import Sealer
from ndoo.service.asset_register import (
    demonstration,
    made_up,
    overview,
    published_statements,
    record_versions,
    sign_review,
)
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import Decided, Version
from ndoo.service.asset_register.record_versions import RecordChangedMeanwhileError
from ndoo.service.audit.models import AuditEntry
from ndoo.service.staff.roles import Role
from tests.support.registers_of_assets import asset, document, facts, flow
from tests.support.staff_accounts import account
from tests.support.statements import published

SEALER = Sealer(bytes(range(32)))


def take_in(told: dict[str, Any] | None = None, **options: Any) -> record_versions.ImportedRecords:
    return record_versions.take_in(read_register(told or document()), entry, timezone.now(), **options)


@pytest.mark.usefixtures("register")
def test_every_change_is_a_version_with_its_entry_in_the_audit_and_none_is_rewritten() -> None:
    take_in()
    take_in(document(asset=[asset(notes="new")]))
    rows = record_versions.history("asset", "A-1")
    assert next((row.number, row.changed, row.actor) for row in rows) == (2, ["notes"], "system")
    assert take_in(document(asset=[asset(notes="new")])).unchanged == ("organisation", "asset A-1", "flow F-1")
    assert [e.details["version"] for e in AuditEntry.objects.filter(action__startswith="asset.")] == [1, 2]
    for table in ("version", "decided", "signed", "scanned", "manifest", "published"):
        assert f"governance_{table}" in connection.introspection.table_names()
    for statement in ("UPDATE governance_version SET actor = 'x'", "DELETE FROM governance_version"):
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
class TestKeeping:
    def test_a_change_that_was_not_seen_is_not_overwritten(self) -> None:
        take_in()
        with pytest.raises(RecordChangedMeanwhileError):
            record_versions.save(read_record("asset", asset(notes="x"), "it"), entry, timezone.now(), expected=0)

    def test_an_import_is_whole_or_nothing(self) -> None:
        take_in()
        record_versions.remove("flow", "F-1", entry, timezone.now())
        record_versions.remove("asset", "A-1", entry, timezone.now())
        before = Version.objects.count()
        orphan = Register(
            None, {"A-2": read_record("asset", asset("A-2"), "it")}, {"F-2": read_record("flow", flow("F-2"), "it")}
        )
        with pytest.raises(UnfitData):
            record_versions.take_in(orphan, entry, timezone.now())
        assert Version.objects.count() == before

    def test_what_is_taken_out_keeps_its_history_and_a_flow_keeps_its_asset(self) -> None:
        take_in()
        with pytest.raises(UnfitData, match="A flow takes from"):
            record_versions.remove("asset", "A-1", entry, timezone.now())
        taken = take_in({"asset": [asset("A-2")]}, replace=True)
        assert taken.removed == ("flow F-1", "asset A-1")
        assert set(record_versions.register().assets) == {"A-2"} and len(record_versions.history("asset", "A-1")) == 2
        take_in()
        assert set(record_versions.register().assets) == {"A-1", "A-2"}
        with pytest.raises(UnfitData):
            record_versions.remove("asset", "A-9", entry, timezone.now())

    def test_a_changed_fact_leaves_a_stale_decision_until_somebody_decides_again(self) -> None:
        take_in()
        now = timezone.now()
        assert [row.flow for row in overview.decide_open(entry, now, new_only=True)] == ["F-1"]
        take_in(document(flow=[flow(facts=facts(purpose="planning"))]))
        assert overview.decide_open(entry, now, new_only=True) == []
        assert [i.because for i in overview.picture(now).joined.undecided] == [
            "Facts changed since the decision: purpose."
        ]
        assert len(overview.decide_open(entry, now)) == 1
        assert not overview.picture(now).joined.undecided and Decided.objects.count() == 2
        with pytest.raises(UnfitData):
            overview.decide_flow(read_record("flow", flow("F-9"), "it"), entry, now)

    def test_a_manifest_counts_under_the_organisations_keys_and_only_once(self) -> None:
        register = demonstration.seed(timezone.now(), SEALER, with_work=False)
        now = timezone.now()
        documents = [(row.name, row.document) for row in overview.Manifest.objects.all()]
        assert len(overview.evidence(register, now)) == len(documents) > 30
        assert overview.take_evidence(documents, entry, now) == 0
        told = register.document()
        told["organisation"]["sealed_by"] = ["AAAA"]
        assert overview.evidence(read_register(told), now) == []
        del told["organisation"]["sealed_by"]
        assert overview.trusted(read_register(told)) == frozenset()


@pytest.mark.django_db
class TestSigning:
    def test_only_the_owner_signs_and_only_what_was_seen(self) -> None:
        take_in()
        now, register = timezone.now(), record_versions.register()
        owner, other = account(Role.ASSET_OWNER, "oscar.owner"), account(Role.ASSET_OWNER, "other.owner")
        named = account(Role.ASSET_OWNER, "o.o", given="Oscar", family="Owner")
        for who in (
            other,
            named,
            account(Role.INFORMATION_GOVERNANCE),
            account(Role.CALDICOTT_GUARDIAN),
            account(None),
        ):
            with pytest.raises(NotPermitted):
                sign_review.sign(sign_review.ReadVersion("asset", "A-1", 1), who, register, entry, now)
        with pytest.raises(RecordChangedMeanwhileError):
            sign_review.sign(sign_review.ReadVersion("asset", "A-1", 2), owner, register, entry, now)
        row = sign_review.sign(
            sign_review.ReadVersion("asset", "A-1", 1), owner, register, entry, now, comment="Read it."
        )
        assert (row.step, row.by, row.version.number) == ("owner", "oscar.owner", 1)
        assert not sign_review.standing_of(register.assets["A-1"], now).is_due(now.date())

    def test_an_exemption_takes_the_guardian_after_the_owner(self) -> None:
        exempt = facts(
            purpose="national_audit", exemption="X-PICANET-AUDIT", gateway__optout_condition="does_not_apply"
        )
        take_in(document(flow=[flow(facts=exempt)]))
        now, register = timezone.now(), record_versions.register()
        owner, guardian = account(Role.ASSET_OWNER, "oscar.owner"), account(Role.CALDICOTT_GUARDIAN, "cara")
        with pytest.raises(NotPermitted):
            sign_review.sign(sign_review.ReadVersion("flow", "F-1", 1), guardian, register, entry, now)
        sign_review.sign(sign_review.ReadVersion("flow", "F-1", 1), owner, register, entry, now)
        with pytest.raises(NotPermitted):
            sign_review.sign(sign_review.ReadVersion("flow", "F-1", 1), owner, register, entry, now)
        sign_review.sign(sign_review.ReadVersion("flow", "F-1", 1), guardian, register, entry, now)
        assert sign_review.standing_of(register.flows["F-1"], now).last == now.date()


@pytest.mark.django_db
class TestTheSeededOrganisation:
    """40 assets, 120 flows, 15 databases."""

    def test_it_has_the_size_that_it_should(self) -> None:
        register = demonstration.seed(timezone.now(), SEALER, with_work=False)
        assert (len(register.assets), len(register.flows), len(list(made_up.scans(register)))) == (40, 120, 15)

    def test_where_nothing_is_planted_nothing_is_found(self) -> None:
        demonstration.seed(timezone.now(), SEALER, with_work=False)
        assert overview.picture(timezone.now()).joined.count == 0

    def test_every_planted_thing_is_found_and_nothing_else(self) -> None:
        demonstration.seed(timezone.now(), SEALER, with_work=True)
        joined = overview.picture(timezone.now()).joined
        planted = {f"{name} at {made_up.place(where)}" for where, (name, _) in made_up.PLANTED.items()}
        assert {item.name for item in joined.undeclared} == planted
        assert {item.id for item in joined.unproven} == set(demonstration.UNPROVEN)
        due = {(item.kind, item.id) for item in joined.due_for_review}
        assert due == {*demonstration.UNREVIEWED, ("asset", demonstration.WITHOUT_A_COLUMN[0])}
        assert not joined.undecided and not joined.expired and not joined.unseen

    def test_a_name_alone_would_have_missed_a_table_in_another_database(self) -> None:
        """The naive join, by the table's name, misses a copy of a declared table in another place."""
        register = demonstration.seed(timezone.now(), SEALER, with_work=False)
        now = timezone.now()
        copy = made_up.read_findings(
            {"tables": [made_up._found("stays", ["nhs_number"], "yes")]}, made_up.place("finance")
        )
        overview.take_findings(copy, made_up.place("finance"), entry, now)
        names = {table.name for one in register.assets.values() for table in one.tables}
        assert all(found.name in names for found in overview.findings() if found.patient_information == "yes")
        assert [item.name for item in overview.picture(now).joined.undeclared] == [
            f"stays at {made_up.place('finance')}"
        ]

    def test_the_statement_is_published_once_the_gaps_are_closed_and_every_version_stays(self) -> None:
        now = timezone.now()
        demonstration.seed(now, SEALER, with_work=True)
        with pytest.raises(NotPermitted, match="gaps"):
            published(now)
        assert published_statements.newest() is None

    def test_a_published_statement_is_kept_and_the_same_is_not_published_twice(self) -> None:
        now = timezone.now()
        register = demonstration.seed(now, SEALER, with_work=False)
        first = published(now)
        assert (first.number, first.document["claim"]) == (1, "applies")
        with pytest.raises(UnfitData):
            published(now + timedelta(minutes=1))
        told = register.organisation.document() | {"phone": "0113 496 0001"} if register.organisation else {}
        record_versions.save(read_record("organisation", told, "it"), entry, now)
        assert published(now + timedelta(minutes=2)).number == 2
        assert [row.number for row in published_statements.versions()] == [2, 1]

    def test_it_is_loaded_once(self, own_data_folder: Any) -> None:
        demonstration.load()
        many = Version.objects.count()
        demonstration.load()
        assert Version.objects.count() == many

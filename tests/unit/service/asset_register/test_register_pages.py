"""On the pages nobody loses another's change, writes what the register refuses, or signs what is not theirs; what is taken
along holds everything."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.assets.fields import KINDS
from ndoo.assets.findings import FoundTable
from ndoo.assets.read_workbook import read_workbook
from ndoo.assets.record import read_record
from ndoo.domain.errors import UnfitData
from ndoo.evidence.seal import Sealer
from ndoo.service.asset_register import (
    demonstration,
    overview,
    public_pages,
    record_versions,
    register_cache,
    sign_review,
)
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.forms import document_of, initial
from ndoo.service.asset_register.models import Published, Signed
from ndoo.service.news.models import Update
from ndoo.service.staff.roles import Role
from tests.support.registers_of_assets import asset, document, facts, flow
from tests.support.staff_accounts import account, audited, signed_in
from tests.support.statements import published, whole_register
from tests.unit.service.asset_register.test_record_versions import take_in

pytestmark = pytest.mark.django_db

WHY = {"because": "It ended in May."}
SERVICE = Path(register_cache.__file__).parent.parent


@pytest.fixture
def officer() -> Client:
    take_in()
    overview.decide_open(entry, timezone.now())
    return signed_in(account(Role.INFORMATION_GOVERNANCE))


def typed(kind: str, told: dict[str, Any], **changed: str) -> dict[str, str]:
    return initial(read_record(kind, told, "it")) | changed


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_form_shows_is_what_it_saves(kind: str) -> None:
    told = {
        "organisation": document()["organisation"],
        "asset": asset(identifiers=["a", "b"], volume=5000),
        "flow": flow(),
    }[kind]
    record = read_record(kind, told, "it")
    assert read_record(kind, document_of(kind, initial(record)), "it") == record


def test_a_change_on_a_page_that_was_overtaken_is_refused(officer: Client) -> None:
    page = "/staff/register/write/asset/A-1"
    assert officer.post(page, typed("asset", asset(notes="mine"), seen="1")).status_code == 302
    late = officer.post(page, typed("asset", asset(notes="theirs"), seen="1"))
    assert late.status_code == 200 and "Somebody else changed it meanwhile" in late.content.decode()
    assert record_versions.register().assets["A-1"].text("notes") == "mine"


@pytest.mark.parametrize(
    ("page", "kind", "told", "words"),
    [
        ("asset/new", "asset", {"id": "A-1", "name": "Again"}, "This reference is another one’s"),
        ("asset/A-1", "asset", asset("A-9"), "This reference is another one’s"),
        ("flow/F-1", "flow", flow(assets=["A-9"]), "One of these assets is not in the register"),
    ],
)
def test_a_record_that_cannot_be_is_not_saved(
    page: str, kind: str, told: dict[str, Any], words: str, officer: Client
) -> None:
    answer = officer.post(f"/staff/register/write/{page}", typed(kind, told, seen="1"))
    assert words in answer.content.decode() and len(record_versions.history(kind, told["id"])) < 2


def test_what_the_register_refuses_is_told_in_its_words(officer: Client) -> None:
    answer = officer.post("/staff/register/write/asset/new", {"id": "two words", "name": "n"}).content.decode()
    assert "There is a problem" in answer and "id must begin with a letter" in answer


def test_a_new_flow_is_decided_on_at_once_and_a_changed_one_when_somebody_says_so(officer: Client) -> None:
    assert officer.post("/staff/register/write/flow/new", typed("flow", flow("F-2"))).status_code == 302
    assert overview.kept_decisions("F-2")["F-2"].outcome == "applies"
    officer.post(
        "/staff/register/write/flow/F-2", typed("flow", flow("F-2", facts=facts(purpose="planning")), seen="1")
    )
    assert (
        "Facts changed since the decision: purpose." in officer.get("/staff/register/record/flow/F-2").content.decode()
    )
    officer.post("/staff/register/decide/F-2")
    assert "Facts changed" not in officer.get("/staff/register/record/flow/F-2").content.decode()


def test_a_warning_says_its_heading_once(officer: Client) -> None:
    """The component says a heading that is marked as safe twice; what is translated is."""
    page = officer.get("/staff/register/statement").content.decode()
    said = re.sub(r"<[^>]*>", " ", page)
    assert len(re.findall(r"\b[0-9]+ gaps?\b", said)) == 1
    templates = SERVICE.rglob("*.jinja")
    assert [one.name for one in templates if 'Callout({"heading": _(' in one.read_text("utf-8")] == []


def test_an_asset_goes_only_when_no_flow_takes_from_it(officer: Client) -> None:
    answer = officer.post("/staff/register/remove/asset/A-1", WHY, follow=True).content.decode()
    assert "A flow takes from this asset" in answer and "A-1" in record_versions.register().assets
    assert "Enter why you do this" in officer.post("/staff/register/remove/flow/F-1").content.decode()
    assert "What will happen" in officer.get("/staff/register/remove/flow/F-1").content.decode()
    assert record_versions.register().flows
    officer.post("/staff/register/remove/flow/F-1", WHY)
    officer.post("/staff/register/remove/asset/A-1", WHY)
    assert not record_versions.register().assets
    assert [one.reason for one in audited("flow.removed")] == ["It ended in May."]
    for address in ("record/asset/A-9", "record/organisation/x", "write/nothing/new", "write/asset/A-1"):
        assert officer.get(f"/staff/register/{address}").status_code == 404


def test_what_was_taken_out_is_found_with_the_reason_and_put_back_as_it_was(officer: Client) -> None:
    before = record_versions.register()
    assert officer.get("/staff/register/restore/flow/F-1").status_code == 404, "it is there"
    officer.post("/staff/register/remove/flow/F-1", WHY)
    officer.post("/staff/register/remove/asset/A-1", WHY)
    assert "/staff/register/record/flow/F-1" in officer.get("/staff/register/flows").content.decode()
    gone = officer.get("/staff/register/record/flow/F-1").content.decode()
    assert "It was taken out of the register" in gone and "It ended in May." in gone
    answer = officer.post("/staff/register/restore/flow/F-1", WHY, follow=True).content.decode()
    assert "It is in the register again." not in answer and not record_versions.register().flows, (
        "its asset is not there"
    )
    assert "What will happen" in officer.get("/staff/register/restore/flow/F-1").content.decode()
    for what in ("asset/A-1", "flow/F-1"):
        answer = officer.post(f"/staff/register/restore/{what}", WHY, follow=True).content.decode()
        assert "It is in the register again." in answer
    assert record_versions.register() == before
    with pytest.raises(record_versions.RecordChangedMeanwhileError):
        row = record_versions.history("flow", "F-1")[1]
        record_versions.put_back(row, entry, timezone.now())


def test_who_takes_out_what_somebody_changes_at_that_moment_is_told_so(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtaken(*_said: object) -> None:
        raise record_versions.RecordChangedMeanwhileError

    monkeypatch.setattr(record_versions, "remove", overtaken)
    answer = officer.post("/staff/register/remove/flow/F-1", WHY, follow=True).content.decode()
    assert "Somebody else changed it meanwhile." in answer and "Taken out of the register." not in answer


def test_a_signature_is_taken_back_by_whoever_gave_it_and_by_nobody_else() -> None:
    take_in()
    now = timezone.now()
    owner = account(Role.ASSET_OWNER, "oscar.owner")
    read = sign_review.ReadVersion("asset", "A-1", 1)
    sign_review.sign(read, owner, record_versions.register(), entry, now)
    record = record_versions.register().assets["A-1"]
    assert not sign_review.standing_of(record, now).is_due(now.date())
    sign_review.sign(read, owner, record_versions.register(), entry, now)
    first, second = Signed.objects.order_by("pk")
    other = signed_in(account(Role.ASSET_OWNER, "other.owner"))
    unsign = "/staff/register/unsign/asset/A-1"
    assert other.post(f"{unsign}?of={second.pk}", WHY).status_code == 404
    mine = signed_in(owner)
    assert {mine.get(f"{unsign}{of}").status_code for of in ("", "?of=x", "?of=0")} == {404}
    assert f"{unsign}?of={second.pk}" in mine.get("/staff/register/record/asset/A-1").content.decode()
    assert "The review may be due again at once." in mine.get(f"{unsign}?of={second.pk}").content.decode()
    assert "Taken back." in mine.post(f"{unsign}?of={second.pk}", WHY, follow=True).content.decode()
    again = mine.post(f"{unsign}?of={second.pk}", WHY, follow=True).content.decode()
    assert "Nothing was changed." in again, "sent twice, it takes one away and not two"
    assert not sign_review.standing_of(record, now).is_due(now.date())
    answer = mine.post(f"{unsign}?of={first.pk}", WHY, follow=True).content.decode()
    assert "took back their signature" in answer and "It ended in May." in answer
    assert "I have read it, and sign" in answer and "Take back your signature" not in answer
    assert sign_review.standing_of(record, now).because == "It was never reviewed as a whole."
    register_cache.forget()
    assert sign_review.standing_of(record, now).last is None, "as it is read anew"
    assert [(one.step, one.by) for one in Signed.objects.order_by("pk")] == [
        ("owner", "oscar.owner"),
        ("owner", "oscar.owner"),
        ("taken_back", "oscar.owner"),
        ("taken_back", "oscar.owner"),
    ]
    assert len(audited("review.taken_back")) == 2
    sign_review.sign(read, owner, record_versions.register(), entry, now)
    assert not sign_review.standing_of(record, now).is_due(now.date())


@pytest.mark.parametrize(
    ("version", "words"), [("1", "Signed."), ("7", "It was changed since you opened it"), ("x", "It was changed")]
)
def test_a_signature_is_for_what_was_on_the_page(version: str, words: str) -> None:
    take_in()
    owner = signed_in(account(Role.ASSET_OWNER, "oscar.owner"))
    answer = owner.post("/staff/register/sign/asset/A-1", {"version": version, "comment": "Read."}, follow=True)
    assert words in answer.content.decode() and Signed.objects.count() == (words == "Signed.")


def test_another_owner_does_not_sign() -> None:
    take_in()
    other = signed_in(account(Role.ASSET_OWNER, "other.owner"))
    answer = other.post("/staff/register/sign/asset/A-1", {"version": "1"}, follow=True)
    assert "This review waits for somebody else." in answer.content.decode() and not Signed.objects.exists()


def test_what_is_taken_along_is_whole_and_noted(officer: Client, tmp_path: Any) -> None:
    sheet = tmp_path / "register.xlsx"
    sheet.write_bytes(officer.get("/staff/register/register.xlsx").content)
    assert read_workbook(sheet) == record_versions.register()
    with zipfile.ZipFile(io.BytesIO(officer.get("/staff/register/evidence.zip").content)) as pack:
        assert {"contents.json", "register.toml", "check.py"} <= set(pack.namelist())
    assert officer.get("/staff/register/reviews.ics").content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert len(audited("register.exported")) == len(audited("evidence.exported")) == 1


def test_the_public_is_told_when_the_statement_changes() -> None:
    now = timezone.now()
    register = demonstration.seed(now, Sealer(bytes(range(32))), with_work=False)
    published(now)
    assert [news.title for news in Update.objects.all()] == ["How we use health information"]
    told = register.organisation.document() if register.organisation else {}
    record_versions.save(read_record("organisation", told | {"phone": "0113 496 0009"}, "it"), entry, timezone.now())
    published(timezone.now())
    newest = Update.objects.first()
    assert (
        newest is not None
        and newest.title == "How we use health information has changed"
        and "0113 496 0009" in newest.text
    )
    public = Client().get("/statement/versions/1").content.decode()
    assert "This is an earlier version" in public and "0113 496 0009" not in public
    assert (
        Client().get("/statement/versions/9").status_code == Client().get("/statement/versions/1/9").status_code == 404
    )
    assert "Nothing but the time" in Client().get("/statement/versions/2/2").content.decode()
    assert "See or change your choice" in Client().get("/statement/").content.decode()


def test_the_public_reads_the_statement_under_its_name_and_its_own_words_once_also_in_an_earlier_version() -> None:
    whole_register()
    document = published(timezone.now()).document
    (use,) = document["uses"]
    registry = {"own_optout": "It has its own: https://www.ndrs.nhs.uk/patients/opting-out/", "why": "<b>A law.</b>"}
    before = [
        {**one, "sentences": [said for said in one["sentences"] if "record" not in said["origin"]]}
        for one in document["general"]
    ]
    for number, changes in enumerate(({"uses": [use | registry]}, {"general": before}, {"uses": []}), 2):
        Published.objects.create(number=number, document=document | changes, at=timezone.now(), actor="it")
    first, second, third, fourth = (
        Client().get(f"/statement/versions/{number}").content.decode() for number in range(1, 5)
    )
    assert "<h1>National data opt-out: compliance statement of A trust</h1>" in first
    assert '<a href="https://www.ndrs.nhs.uk/patients/opting-out/"' in second and "&lt;b&gt;A law." in second
    for page in (first, third):
        assert page.count("Checked.") == page.count("Left out.") == 1
    assert "How we apply your choice" in third and "How we apply your choice" not in first
    assert "What we use information for" in first and "What we use information for" not in fourth


def test_each_organisation_of_a_group_publishes_its_own_statement_and_is_compared_with_itself() -> None:
    register = demonstration.seed(timezone.now(), Sealer(bytes(range(32))), with_work=False)
    told = register.organisation.document() if register.organisation else {}
    group = told | {"members": ["North Trust", "East Trust", "East, trust"]}
    record_versions.save(read_record("organisation", group, "it"), entry, timezone.now())

    def publish(member: str) -> int:
        return published(timezone.now(), member).number

    assert [publish(name) for name in ("North Trust", "East Trust")] == [1, 2]
    assert "North Trust" in (Update.objects.order_by("pk")[0].text)
    page = Client().get("/statement/").content.decode()
    assert "has not published its statement yet" in page and 'href="/statement/of/north-trust"' in page
    assert publish("") == 3
    with pytest.raises(UnfitData, match="says the same"):
        publish("North Trust")
    with pytest.raises(UnfitData, match="shares the register"):
        publish("Nobody")
    record_versions.save(read_record("organisation", group | {"phone": "0113 496 0009"}, "it"), entry, timezone.now())
    assert [publish(name) for name in ("North Trust", "East, trust")] == [4, 5]
    page = Client().get("/statement/of/north-trust").content.decode()
    assert "North Trust" in page and "0113 496 0009" in page
    assert Client().get("/statement/of/nobody").status_code == 404
    assert "East, trust" in Client().get("/statement/of/east-trust").content.decode()
    assert "East Trust" in Client().get("/statement/of/east-trust-1").content.decode()
    older = Client().get("/statement/versions/1").content.decode()
    assert "This is an earlier version" in older and 'href="/statement/of/north-trust"' in older
    assert "This is an earlier version" not in Client().get("/statement/versions/3").content.decode()
    listed = Client().get("/statement/versions").content.decode()
    assert "/statement/versions/1/4" in listed and "/statement/versions/3/4" not in listed and "North Trust" in listed


def test_a_calendar_program_gets_days_and_references_until_its_address_is_closed() -> None:
    take_in()
    owner = account(Role.ASSET_OWNER, "oscar.owner")
    client, program = signed_in(owner), Client()

    def make() -> str:
        page = client.post("/staff/register/calendar").content.decode()
        return "/calendar/" + page.split("http://testserver/calendar/")[1].split("<")[0]

    first = make()
    told = program.get(first)
    assert "Review: A-1" in told.content.decode() and "Visits" not in told.content.decode()
    assert "no-store" in told.headers["Cache-Control"]
    other = signed_in(account(Role.ASSET_OWNER, "other.owner"))
    page = other.post("/staff/register/calendar").content.decode()
    theirs = "/calendar/" + page.split("http://testserver/calendar/")[1].split("<")[0]
    assert "Review" not in program.get(theirs).content.decode(), "what waits for somebody else"
    second = make()
    assert [program.get(one).status_code for one in (first, second, "/calendar/x.ics")] == [404, 200, 404]
    assert second not in client.get("/staff/register/calendar").content.decode(), "it is shown once"
    owner.groups.clear()
    assert program.get(second).status_code == 404, "a role that is gone"
    client.post("/staff/register/calendar", {"act": "close"})
    assert len(audited("calendar.opened")) == 3


def test_an_address_is_closed_by_its_owner(officer: Client) -> None:
    page = officer.post("/staff/register/calendar").content.decode()
    address = "/calendar/" + page.split("http://testserver/calendar/")[1].split("<")[0]
    assert "A-1" in Client().get(address).content.decode()
    officer.post("/staff/register/calendar", {"act": "close"})
    assert Client().get(address).status_code == 404 and len(audited("calendar.closed")) == 1


def test_among_many_uses_the_public_finds_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    demonstration.seed(now, Sealer(bytes(range(32))), with_work=False)
    published(now)
    page = Client().get("/statement/").content.decode()
    assert "There are 120 uses" in page and "?for=research" in page and "University study" not in page
    research = Client().get("/statement/?for=research").content.decode()
    assert "More about this use" in research and "page=2" in research
    found = Client().post("/statement/", {"words": "study hospital STAYS"}).content.decode()
    assert "found" in found and "University study, hospital stays" in found and "crisis" not in found
    assert "0 uses found" in Client().post("/statement/", {"words": "nothing like it"}).content.decode()
    assert "Enter a word" in Client().post("/statement/", {"words": ""}).content.decode()
    monkeypatch.setattr(public_pages, "MANY", 200)
    assert "University study" in Client().get("/statement/").content.decode()


def test_a_list_shows_what_is_mine_or_overdue_by_decision_risk_and_owner_in_the_order_that_is_asked_for(
    officer: Client,
) -> None:
    """And every filter is in the address, so that the next page has it too."""

    def names(where: str, client: Client = officer) -> list[str]:
        found = client.get(f"/staff/register/{where}")
        assert found.status_code == 200
        return re.findall(r'record/(?:asset|flow)/([^"]+)"', found.content.decode())

    more = {
        "A-2": {"name": "Zebra", "owner": "Olive Okonkwo", "risk": "high"},
        "A-3": {"name": "Apple", "owner": "", "risk": "low"},
    }
    for ident, said in more.items():
        record = read_record("asset", asset(id=ident, **{k: v for k, v in said.items() if v}), "it")
        record_versions.save(record, entry, timezone.now(), expected=0)
    every = names("assets")
    assert every == sorted(every) and {"A-1", "A-2", "A-3"} <= set(every)
    assert names("assets?sort=name") == sorted(
        every, key=lambda one: record_versions.register().assets[one].text("name").casefold()
    )
    assert (
        "A-2" in names("assets?risk=high")
        and "A-3" not in names("assets?risk=high")
        and "A-3" in names("assets?risk=low")
    )
    assert names("assets?owner=Olive+Okonkwo") == ["A-2"] and names("assets?owner=Nobody+Now") == every
    assert "A-2" in names("assets?show=mine"), "by the full name of whoever reads"
    assert set(names("assets?show=overdue")) == set(every), "none was ever reviewed"
    by_due, by_risk = names("assets?sort=due"), names("assets?sort=risk")
    assert sorted(by_due) == sorted(by_risk) == every and by_risk.index("A-2") < by_risk.index("A-3")
    assert names("flows?decision=applies") == ["F-1"] and names("flows?decision=none") == []
    page = officer.get("/staff/register/flows?decision=applies").content.decode()
    assert "1 fits." in page and re.search(r"nhsuk-tag--blue[^>]*>\s*Applies\s*<", page)


def test_staff_find_one_of_many_and_see_the_rest_of_a_group(officer: Client) -> None:
    found = officer.post("/staff/register/assets", {"words": "visits oscar"}).content.decode()
    assert "1 fits." in found and "A-1" in found
    assert "0 fit." in officer.post("/staff/register/flows", {"words": "zebra"}).content.decode()
    tables = [FoundTable("p", f"t{at}", "yes", "", ()) for at in range(60)]
    overview.take_findings(tables, "p", entry, timezone.now())
    everything = officer.get("/staff/register/open").content.decode()
    assert "See all 60" in everything and "t9 at p" in everything and "t59 at p" not in everything
    assert "t59 at p" in officer.get("/staff/register/open?group=undeclared&page=2").content.decode()

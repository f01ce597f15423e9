"""No statement becomes public, and nobody is sent an e-mail, before a second person has read what goes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.assets.record import read_record
from ndoo.domain.errors import NotPermitted, UnfitData
from ndoo.service.asset_register import overview, publication, record_versions
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import AskedStatement, Published
from ndoo.service.audit.entries import Entry
from ndoo.service.news.models import Sent, Subscription, Update
from ndoo.service.staff.roles import Role
from tests.support.numbers import some
from tests.support.staff_accounts import account, audited, signed_in
from tests.support.statements import first_person, published, second_person, whole_register
from tests.unit.service.asset_register.test_record_versions import take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_data_folder")]

PAGE = "/staff/register/statement/publish"
PREVIEW = "This is a preview. Nobody but staff can see it."


def given_another_telephone_number(told: dict[str, object], phone: str = "0113 496 0009") -> None:
    record_versions.save(read_record("organisation", told | {"phone": phone}, "it"), entry, timezone.now())


def by(actor: str) -> Callable[..., Entry]:
    return lambda action, reason="", **details: Entry(actor, action, reason=reason, details=details)


def waiting() -> AskedStatement:
    asked = publication.waiting()
    assert asked is not None
    return asked


def decide(who: Client, decision: str, because: str = "Read it beside the register.") -> str:
    told = {"decision": decision, "because": because}
    return who.post(f"{PAGE}?of={waiting().pk}", told, follow=True).content.decode()


def test_one_person_alone_makes_nothing_public_and_sends_nothing() -> None:
    told = whole_register()
    published(timezone.now())
    given_another_telephone_number(told)
    Subscription.objects.create(
        address="reader@example.org",
        site="http://testserver",
        asked_on=timezone.localdate(),
        asked_at=timezone.now() - timedelta(days=2),
        confirmed_at=timezone.now() - timedelta(days=1),
    )
    grace, cara = (
        signed_in(account(Role.INFORMATION_GOVERNANCE, "grace")),
        signed_in(account(Role.CALDICOTT_GUARDIAN, "cara")),
    )
    page = grace.get(PAGE).content.decode()
    assert "An email that says what changed goes to 1 subscriber." in page and "0113 496 0009" in page
    assert "Nobody has asked" in cara.get(PAGE).content.decode()

    answer = grace.post(PAGE, {"because": "The telephone number."}, follow=True).content.decode()
    assert "Nothing is published until a second person has checked it." in answer
    assert "waits for a second person" in answer and "0113 496 0009" not in Client().get("/statement/").content.decode()
    assert "A statement that waits for a second person" not in grace.get("/staff/").content.decode()
    mine = grace.get(PAGE).content.decode()
    assert "Take it back" in mine and "What do you decide?" not in mine
    assert "Enter why you take it back" in decide(grace, "publish", "")
    assert (Published.objects.count(), Update.objects.count(), Sent.objects.count()) == (1, 1, 0)

    assert "A statement that waits for a second person" in cara.get("/staff/").content.decode()
    shown = cara.get("/staff/register/statement/preview").content.decode()
    assert PREVIEW in shown and "0113 496 0009" in shown
    assert "Select what you decide" in decide(cara, "")
    assert "Published as version 2." in decide(cara, "publish")
    public = Client().get("/statement/").content.decode()
    assert "0113 496 0009" in public and PREVIEW not in public
    assert Update.objects.count() == 2
    made = audited("statement.published")[-1]
    assert (made.actor, made.reason, made.details["asked_by"]) == (
        "staff:cara",
        "Read it beside the register.",
        "staff:grace",
    )


def test_who_asked_publishes_neither_on_the_pages_nor_as_the_account_of_a_shell() -> None:
    whole_register()
    seen = overview.picture(timezone.now())
    publication.ask(seen, first_person, "Read.")
    for actor in ("staff:grace", "shell:Grace"):
        with pytest.raises(NotPermitted, match="Two people"):
            publication.agree(seen, by(actor), "Again.")
    assert not Published.objects.exists()


@pytest.mark.parametrize(
    ("asks", "agrees"), [("staff:grace.governance", "shell:gbrown"), ("shell:gbrown", "staff:grace.governance")]
)
def test_one_person_with_an_account_on_the_pages_and_another_in_a_shell_is_not_two(asks: str, agrees: str) -> None:
    whole_register()
    seen = overview.picture(timezone.now())
    publication.ask(seen, by(asks), "Read.")
    with pytest.raises(NotPermitted, match="A shell knows accounts, not people"):
        publication.agree(seen, by(agrees), "Again.")
    assert not Published.objects.exists() and not Update.objects.exists()
    cara = account(Role.CALDICOTT_GUARDIAN, "cara")
    assert ("A statement that waits" in signed_in(cara).get("/staff/").content.decode()) is asks.startswith("staff")


@pytest.mark.parametrize("what", ["heading", "order", "list", "sentence of a day", "origins"])
def test_nothing_goes_out_that_was_not_read_be_it_a_heading_or_a_day(what: str) -> None:
    """`differences` passes over these as no news; the second person has read other words all the same."""
    whole_register()
    seen = overview.picture(timezone.now())
    asked = publication.ask(seen, first_person, "Read.")
    document = json.loads(json.dumps(asked.document))
    general = document["general"]
    if what == "heading":
        general[0]["heading"] += " now"
    elif what == "order":
        general.reverse()
    elif what == "list":
        general[0]["list"] = not general[0]["list"]
    elif what == "origins":
        document["origins"]["made"] += "."
    else:
        dated = [
            say for one in general for say in one["sentences"] if say["origin"].get("record") in ("scans", "reviews")
        ]
        dated[0]["says"] += " Or so."
    AskedStatement.objects.update(document=document)
    with pytest.raises(UnfitData, match="has changed since it was asked for"):
        publication.agree(seen, second_person, "Read.")
    AskedStatement.objects.update(document={**asked.document, "made": "2026-01-01T00:00+00:00"})
    assert publication.agree(seen, second_person, "Read.").number == 1


def test_nobody_publishes_what_nobody_asked_for() -> None:
    whole_register()
    with pytest.raises(NotPermitted, match="Two people must agree"):
        publication.agree(overview.picture(timezone.now()), second_person, "Read.")
    with pytest.raises(UnfitData, match="No statement is waiting"):
        publication.refuse(second_person, "Read.", timezone.now())


def test_what_goes_out_is_what_the_second_person_was_asked_about() -> None:
    told = whole_register()
    publication.ask(overview.picture(timezone.now()), first_person, "Read.")
    given_another_telephone_number(told)
    cara = signed_in(account(Role.CALDICOTT_GUARDIAN, "cara"))
    assert "The register has changed since" in cara.get(PAGE).content.decode()
    assert "0113 496 0009" not in cara.get("/staff/register/statement/preview").content.decode()
    assert "has changed since it was asked for" in decide(cara, "publish")
    assert not Published.objects.exists()

    # and one who asks anew while the second person reads changes nothing under their hands
    stale = waiting().pk
    publication.ask(overview.picture(timezone.now()), first_person, "Read again.")
    answer = cara.post(f"{PAGE}?of={stale}", {"decision": "publish", "because": "Read."}, follow=True)
    assert "since you opened the page" in answer.content.decode() and not Published.objects.exists()
    assert [one.outcome for one in AskedStatement.objects.order_by("pk")] == ["replaced", ""]
    assert "Published as version 1." in decide(cara, "publish")


def test_a_gap_that_opens_while_it_waits_keeps_it_from_being_published() -> None:
    told = whole_register()
    publication.ask(overview.picture(timezone.now()), first_person, "Read.")
    told = {name: value for name, value in told.items() if name != "how_applied"}
    record_versions.save(read_record("organisation", told, "it"), entry, timezone.now())
    cara = signed_in(account(Role.CALDICOTT_GUARDIAN, "cara"))
    assert "has gaps" in cara.get(PAGE).content.decode()
    assert "cannot be published" in decide(cara, "publish") and not Published.objects.exists()


def test_it_is_taken_back_or_refused_with_a_reason_that_the_audit_keeps() -> None:
    whole_register()
    grace, cara = (
        signed_in(account(Role.INFORMATION_GOVERNANCE, "grace")),
        signed_in(account(Role.CALDICOTT_GUARDIAN, "cara")),
    )
    grace.post(PAGE, {"because": "Read."})
    assert "Taken back. Nothing was published." in decide(grace, "", "A word is wrong.")
    number = some(1)[0]
    assert "Do not write an NHS number here" in grace.post(PAGE, {"because": f"For {number}"}).content.decode()
    grace.post(PAGE, {"because": "Read."})
    assert "Refused. Nothing was published." in decide(cara, "refuse", "One use is missing.")
    assert [(one.actor, one.reason) for one in audited("statement.publication_refused")] == [
        ("staff:grace", "A word is wrong."),
        ("staff:cara", "One use is missing."),
    ]
    assert not Published.objects.exists() and not Update.objects.exists()


def test_asking_is_refused_with_gaps_and_where_nothing_is_new() -> None:
    take_in()
    grace = signed_in(account(Role.INFORMATION_GOVERNANCE, "grace"))
    answer = grace.post(PAGE, {"because": "Read."}, follow=True).content.decode()
    assert "cannot be published" in answer and publication.waiting() is None
    assert "See the gaps" in answer


def test_many_changes_are_counted_and_not_all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = whole_register()
    published(timezone.now())
    given_another_telephone_number(told | {"email": "other@example.org"})
    monkeypatch.setattr("ndoo.service.asset_register.publication_pages.CHANGES", 1)
    grace = signed_in(account(Role.INFORMATION_GOVERNANCE, "grace"))
    assert "And 1 more." in grace.get(PAGE).content.decode()

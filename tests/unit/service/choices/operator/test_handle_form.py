"""No posted form reaches the register by one person's hand, against the rules, twice, or over a newer choice."""

from __future__ import annotations

import itertools
import re
import uuid
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from ndoo.service import retention
from ndoo.service.audit.entries import Entry
from ndoo.service.choices.identity.models import KnownPerson
from ndoo.service.choices.identity.people import Person
from ndoo.service.choices.models import Choice, ChoiceEvent, ChoiceReference
from ndoo.service.choices.operator.form_approval import COLOURS, NAMES, STEPS, Act, open_to, permitted, step
from ndoo.service.choices.operator.handle_form import (
    BarredError,
    NotNowError,
    NotYoursError,
    PaperForm,
    act_on,
    recorded,
    rewritten,
)
from ndoo.service.choices.operator.models import FormState, PostedForm, Who
from ndoo.service.choices.operator.who_may_choose import rules
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError
from ndoo.service.messages.demonstration import DemonstrationSender
from ndoo.service.messages.message import NotSentError
from ndoo.service.messages.models import DemonstrationMessage
from ndoo.service.staff.actor import entry
from ndoo.service.staff.roles import Role
from tests.support.patients import work
from tests.support.registers import writers
from tests.support.staff_accounts import account, audited, born, chose, known, number, signed_in

ON_IT = {
    "who": "attorney",
    "choice": "opt_out",
    "evidence_kind": "lasting_power_health",
    "evidence_reference": "scan 118",
    "proxy_name": "Pat Proxy",
    "proxy_relation": "attorney for health and welfare",
    "proxy_contact": "pat@example.org",
}


def asks(user: User) -> partial[Entry]:
    return partial(entry, SimpleNamespace(user=user, META={}, headers={}))  # type: ignore[arg-type]


def said(who: Who = Who.ATTORNEY, choice: Choice = Choice.OPT_OUT) -> PaperForm:
    return PaperForm(who, choice, timezone.localdate(), rules()[who].evidence[0], "scan 118")


def made(
    operator: User, person: Person, state: FormState = FormState.WAITING, who: Who = Who.ATTORNEY, seen: int = 0
) -> PostedForm:
    form = recorded(said(who), person, seen, operator, asks(operator), timezone.now())
    if state is FormState.WAITING:
        act_on(form.pk, Act.SUBMIT, operator, asks(operator), timezone.now(), person=person)
    return PostedForm.objects.get(pk=form.pk)


def does(form: PostedForm, act: Act, by: User, person: Person, refusal: str = "") -> ChoiceEvent | None:
    return act_on(form.pk, act, by, asks(by), timezone.now(), person=person, refusal=refusal)


def arrived(days_ago: int = 0) -> dict[str, int]:
    day = timezone.localdate() - timedelta(days=days_ago)
    return {"received_on_day": day.day, "received_on_month": day.month, "received_on_year": day.year}


@pytest.mark.django_db
class TestStates:
    """The table of states is the whole truth."""

    @pytest.mark.parametrize("own", [True, False])
    @pytest.mark.parametrize("state", list(FormState))
    def test_nobody_does_what_the_table_does_not_name(self, state: FormState, own: bool) -> None:
        person, recorder, colleague = known(), account(), account(given="Other", family="Colleague")
        form = PostedForm.objects.create(
            nhs_number=person.number.reveal(),
            who="attorney",
            choice="opt_out",
            received_on=timezone.localdate(),
            evidence_kind="x",
            evidence_reference="y",
            destroy_after=timezone.localdate(),
            seen=0,
            recorded_by=recorder,
            recorded_at=timezone.now(),
        )
        decided = (
            {"decided_by": account(), "decided_at": timezone.now()}
            if state in (FormState.APPROVED, FormState.REFUSED)
            else {}
        )
        PostedForm.objects.update(state=state, **decided)
        by = recorder if own else colleague
        for act, role in itertools.product(Act, [*Role, None]):
            with transaction.atomic():
                by.groups.set(Group.objects.filter(name=role))
                self.check(form, state, act, role, by, person, own)
                transaction.set_rollback(True)

    @staticmethod
    def check(
        form: PostedForm, state: FormState, act: Act, role: Role | None, by: User, person: Person, own: bool
    ) -> None:
        row = step(state, act)
        allowed = row is not None and permitted(row, role, is_recorder=own)
        assert allowed == (act in open_to(state, role, is_recorder=own))
        if row is not None and allowed:
            does(form, act, by, person, "because")
            assert PostedForm.objects.get().state == row.after and len(audited(row.audit)) == 1
        else:
            with pytest.raises(NotNowError if row is None else NotYoursError):
                does(form, act, by, person)
            assert PostedForm.objects.get().state == state
        assert ChoiceEvent.objects.exists() == (allowed and act is Act.APPROVE)

    def test_every_state_has_words_and_a_way_in(self) -> None:
        assert set(NAMES) == set(COLOURS) == set(FormState)
        assert {row.after for row in STEPS} == set(FormState)
        assert all(row.whose == "anybody but who recorded it" for row in STEPS if row.role is Role.APPROVER)

    def test_the_database_itself_wants_two_people(self) -> None:
        operator = account()
        form = made(operator, known())
        with pytest.raises(IntegrityError), transaction.atomic():
            PostedForm.objects.filter(pk=form.pk).update(
                state="approved", decided_by=operator, decided_at=timezone.now()
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            PostedForm.objects.filter(pk=form.pk).update(state="approved")


@pytest.mark.django_db
class TestApproval:
    """What an approved form leaves in the register."""

    @pytest.mark.parametrize(
        ("who", "years", "channel", "by", "role"),
        [
            (Who.SELF, 40, "post", "self", ""),
            (Who.PARENT, 6, "post", "proxy", "parent"),
            (Who.ATTORNEY, 80, "post", "proxy", "attorney"),
            (Who.DEPUTY, 30, "post", "proxy", "deputy"),
            (Who.SECURE_SETTING, 30, "staff", "proxy", "secure_setting"),
        ],
    )
    def test_the_choice_says_who_signed_and_how_it_came(
        self, who: Who, years: int, channel: str, by: str, role: str
    ) -> None:
        person, operator, approver = known(years=years), account(name="olive.op"), account(Role.APPROVER, "amir.ap")
        form = made(operator, person, who=who)
        event = does(form, Act.APPROVE, approver, person)
        assert event is not None
        assert (event.channel, event.by, event.proxy_role, event.choice) == (channel, by, role, "opt_out")
        assert event.evidence == f"{rules()[who].evidence[0]}: scan 118"
        [entry_] = audited("choice.set")
        assert (entry_.actor, entry_.details) == ("staff:amir.ap", {"form": str(form.pk), "recorded_by": "olive.op"})

    def test_a_form_overtaken_by_a_newer_choice_stays_waiting(self) -> None:
        person, operator, approver = known(), account(), account(Role.APPROVER)
        form = made(operator, person)
        chose(person)
        with pytest.raises(ChoiceChangedMeanwhileError):
            does(form, Act.APPROVE, approver, person)
        form.refresh_from_db()
        assert form.state == FormState.WAITING and form.decided_by is None and not audited("form.approved")
        assert ChoiceEvent.objects.count() == 1

    def test_a_child_that_turned_13_and_a_person_who_died_are_not_chosen_for(self) -> None:
        operator, approver = account(), account(Role.APPROVER)
        child = known(1, born=born(12, 0))
        form = made(operator, child, who=Who.PARENT)
        older = Person(child.number, child.given_name, child.family_name, born(13, 0))
        dead = Person(child.number, child.given_name, child.family_name, child.born, deceased=True)
        for now_is in (older, dead):
            with pytest.raises(BarredError):
                does(form, Act.APPROVE, approver, now_is)
        assert not ChoiceEvent.objects.exists()
        does(form, Act.REFUSE, approver, older, "the child is 13 now")
        assert audited("form.refused")[0].reason == "the child is 13 now"

    def test_a_draft_is_rewritten_by_its_recorder_while_it_is_one(self) -> None:
        person, operator, other = known(), account(), account(given="Other")
        form = made(operator, person, FormState.DRAFT)
        again = said(Who.SELF, Choice.ALLOW)
        with pytest.raises(NotYoursError):
            rewritten(form.pk, again, person, 0, other, asks(other), timezone.now())
        assert rewritten(form.pk, again, person, 1, operator, asks(operator), timezone.now()).who == Who.SELF
        with pytest.raises(BarredError):
            rewritten(form.pk, said(Who.PARENT), person, 1, operator, asks(operator), timezone.now())
        does(form, Act.SUBMIT, operator, person)
        with pytest.raises(NotNowError):
            rewritten(form.pk, again, person, 1, operator, asks(operator), timezone.now())
        assert len(audited("form.changed")) == 1


def test_two_approvers_at_once_set_one_choice(register: str) -> None:
    person, operator = known(), account()
    approvers = [account(Role.APPROVER, given=f"Approver{at}") for at in range(4)]
    form = made(operator, person)
    with writers() as together:
        came = together([partial(does, form, Act.APPROVE, approver, person) for approver in approvers])
    assert [type(one) for one in came].count(ChoiceEvent) == 1
    assert {type(one) for one in came} == {ChoiceEvent, NotNowError}
    assert ChoiceEvent.objects.count() == 1 and len(audited("form.approved")) == 1


def test_one_approves_while_another_refuses_and_a_third_takes_back(register: str) -> None:
    for _ in range(3):
        person, operator = known(uuid.uuid4().int % 10_000), account()
        form = made(operator, person)
        with writers() as together:
            came = together(
                [
                    partial(does, form, Act.APPROVE, account(Role.APPROVER), person),
                    partial(does, form, Act.REFUSE, account(Role.APPROVER), person, "no"),
                    partial(does, form, Act.TAKE_BACK, operator, person),
                ]
            )
        form.refresh_from_db()
        assert sum(isinstance(one, NotNowError) for one in came) == 2
        assert (form.state == FormState.APPROVED) == ChoiceEvent.objects.filter(nhs_number=form.nhs_number).exists()


@pytest.mark.django_db
class TestPages:
    """The same through the browser's eyes."""

    @pytest.fixture
    def operator(self) -> Client:
        return signed_in(account(name="olive.operator"))

    @pytest.fixture
    def approver(self) -> Client:
        return signed_in(account(Role.APPROVER, "amir.approver", given="Amir", family="Aslam"))

    @staticmethod
    def recorded(operator: Client, person: Person, **changes: Any) -> str:
        new = operator.post("/staff/find", {"reason": "form", "number": person.number.reveal()})["Location"]
        return operator.post(new, ON_IT | arrived() | changes)["Location"]

    def test_a_form_walks_from_one_desk_to_the_other(self, operator: Client, approver: Client) -> None:
        person = known(years=70)
        form = self.recorded(operator, person)
        assert "1 to do" in operator.get("/staff/").content.decode()
        assert operator.post(f"{form}/submit", follow=True).status_code == 200
        assert "1 to do" in approver.get("/staff/").content.decode()
        closed = approver.get(form).content.decode()
        assert person.family_name not in closed and "cannot be used" not in closed
        assert approver.post(f"{form}/approve")["Location"] == form  # nobody decides unseen
        assert not ChoiceEvent.objects.exists()
        approver.post(f"{form}/look")
        assert audited("person.viewed")[-1].reason == "A form waits for a decision"
        assert "cannot be used" in approver.get(form).content.decode()
        done = approver.post(f"{form}/approve", follow=True).content.decode()
        assert "The choice is in the register" in done and ChoiceEvent.objects.count() == 1
        assert "Nothing waits" in approver.get("/staff/").content.decode()
        assert "by amir.approver" in operator.get(form).content.decode()

    def test_a_refusal_needs_a_reason_which_the_operator_reads(self, operator: Client, approver: Client) -> None:
        form = self.recorded(operator, known(years=70))
        operator.post(f"{form}/submit")
        approver.post(f"{form}/look")
        for why, told in (("", "Say why it is refused"), (number(5).reveal(), "Do not write an NHS number here")):
            assert told in approver.post(f"{form}/refuse", {"refusal": why}).content.decode()
            assert PostedForm.objects.get().state == FormState.WAITING
        approver.post(f"{form}/refuse", {"refusal": "the signature is missing"})
        assert "the signature is missing" in operator.get(form).content.decode()
        assert not ChoiceEvent.objects.exists()

    @pytest.mark.parametrize("choice", ["opt_out", "allow"])
    @pytest.mark.parametrize(
        ("contact", "written_to"),
        [("pat@example.org", "pat@example.org"), ("07700 900 456", "07700900456"), ("0113 496 0999", ""), ("", "")],
    )
    @pytest.mark.usefixtures("demonstration")
    def test_whoever_signed_for_a_person_is_told_without_the_person_s_name(
        self, operator: Client, approver: Client, choice: str, contact: str, written_to: str
    ) -> None:
        """A parent's choice was confirmed to nobody but the child's own contact, as if the child had made it."""
        person = known(years=70)
        form = self.recorded(operator, person, choice=choice, proxy_contact=contact)
        operator.post(f"{form}/submit")
        closed = approver.get(form).content.decode()
        assert "Pat Proxy" not in closed, "whose form it is, is not shown yet"
        approver.post(f"{form}/look")
        open_ = approver.get(form).content.decode()
        assert "Pat Proxy" in open_ and "attorney for health and welfare" in open_
        assert ("is told too" in open_) == bool(written_to)
        assert ("cannot send them a message" in open_) == (not written_to)
        approver.post(f"{form}/approve")
        work()
        sent = {message.address: f"{message.subject} {message.text}" for message in DemonstrationMessage.objects.all()}
        [reference] = ChoiceReference.objects.values_list("reference", flat=True)
        assert set(sent) == {"zoe@example.org", written_to} - {""}
        assert all(reference in words for words in sent.values())
        assert "Your attorney made it for you" in sent["zoe@example.org"]
        if written_to:
            told = sent[written_to]
            assert ("cannot be used" in told) == (choice == "opt_out")
            assert person.family_name not in told and person.given_name not in told and "for somebody else" in told
            assert person.number.reveal() not in told and "Your confidential" not in told
        approved = operator.get(form).content.decode()
        assert reference in approved
        shown = operator.post("/staff/find", {"reason": "question", "choice_reference": reference.lower()}, follow=True)
        assert "An attorney: Pat Proxy (attorney for health and welfare)" in shown.content.decode()

    @pytest.mark.usefixtures("demonstration")
    def test_a_message_to_whoever_signed_that_is_not_taken_stops_nobody(
        self, operator: Client, approver: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form = self.recorded(operator, known(years=70, email="", mobile=""))
        operator.post(f"{form}/submit")
        approver.post(f"{form}/look")
        approver.post(f"{form}/approve")

        def refuses(sender: DemonstrationSender, message: object) -> None:
            raise NotSentError

        monkeypatch.setattr(DemonstrationSender, "send", refuses)
        work()
        assert ChoiceEvent.objects.count() == 1

    def test_trouble_is_told_in_words(self, operator: Client, approver: Client) -> None:
        person = known(years=70)
        form = self.recorded(operator, person)
        assert operator.post(f"{form}/approve").status_code == 403
        operator.post(f"{form}/submit")
        approver.post(f"{form}/look")
        event = chose(person)
        answer = approver.post(f"{form}/approve")
        assert answer.status_code == 409 and "A newer choice of this person came in" in answer.content.decode()
        assert event.sequence == 1
        KnownPerson.objects.update(deceased=True)
        assert "This person has died" in approver.post(f"{form}/approve").content.decode()
        approver.post(f"{form}/refuse", {"refusal": "died"})
        assert "Somebody else was quicker" in approver.post(f"{form}/approve").content.decode()

    def test_an_operator_does_not_decide_even_after_a_change_of_role(self, operator: Client) -> None:
        form = self.recorded(operator, known(years=70))
        operator.post(f"{form}/submit")
        user = User.objects.get(username="olive.operator")
        user.groups.set(account(Role.APPROVER).groups.all())
        answer = operator.post(f"{form}/approve")
        assert answer.status_code == 409 and "Nobody decides on a form that they recorded" in answer.content.decode()
        assert "Approve and set" not in operator.get(form).content.decode()

    def test_a_draft_is_put_right_taken_back_and_discarded(self, operator: Client) -> None:
        form = self.recorded(operator, known(years=70))
        page = operator.get(f"{form}/rewrite").content.decode()
        assert re.search(r'value="attorney"[^>]* checked', page) and "scan 118" in page
        wrong = operator.post(f"{form}/rewrite", ON_IT | arrived() | {"who": "parent", "evidence_kind": "passport"})
        assert "This person is 13 or over" in wrong.content.decode()
        operator.post(f"{form}/rewrite", ON_IT | arrived() | {"choice": "allow"})
        assert PostedForm.objects.get().choice == "allow"
        operator.post(f"{form}/submit")
        assert operator.get(f"{form}/rewrite").status_code == 404
        operator.post(f"{form}/take_back")
        assert "cannot be brought back" in operator.get(f"{form}/discard").content.decode()
        operator.post(f"{form}/discard")
        assert PostedForm.objects.get().state == FormState.DRAFT, "nobody said why"
        operator.post(f"{form}/discard", {"because": "It was sent twice."})
        assert audited("form.discarded")[0].reason == "It was sent twice."
        assert PostedForm.objects.get().state == FormState.DISCARDED

    def test_a_draft_of_a_colleague_is_neither_shown_nor_changed(self, operator: Client) -> None:
        form = self.recorded(operator, known(years=70))
        colleague = signed_in(account(given="Other", family="Colleague"))
        assert form not in colleague.get("/staff/forms").content.decode()
        assert colleague.get(f"{form}/rewrite").status_code == 404
        colleague.post(f"{form}/look")
        assert colleague.post(f"{form}/submit").status_code == 409
        assert audited("person.viewed")[-1].reason == "A form arrived"

    def test_in_a_new_session_a_form_is_looked_at_anew(self, operator: Client) -> None:
        form = self.recorded(operator, known(years=70))
        again = signed_in(User.objects.get(username="olive.operator"))
        assert again.get(f"{form}/rewrite")["Location"] == form
        assert "is not shown yet" in again.get(form).content.decode()

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"who": "parent", "evidence_kind": "passport"}, "13 or over"),
            ({"evidence_kind": "passport"}, "does not fit"),
            ({"who": ""}, "Select who signed"),
            ({"choice": ""}, "Select what the form says"),
            ({"received_on_day": ""}, "must include a day"),
            ({"received_on_year": "2999"}, "must be in the past"),
            ({"evidence_reference": ""}, "Say where the copy is kept"),
            ({"proxy_name": ""}, "Enter the name of whoever signed"),
            ({"proxy_relation": ""}, "Say what they are to the person"),
            ({"proxy_contact": "by the church"}, "Enter an email address like"),
            ({"who": "self", "evidence_kind": "signed_form"}, "Leave this empty"),
        ],
    )
    def test_a_form_that_cannot_be_is_not_recorded(self, operator: Client, changes: dict[str, str], why: str) -> None:
        person = known(years=70)
        new = operator.post("/staff/find", {"reason": "form", "number": person.number.reveal()})["Location"]
        assert why in operator.post(new, ON_IT | arrived() | changes).content.decode()
        assert not PostedForm.objects.exists() and not audited("form.recorded")

    def test_a_copys_place_names_nobody(self, operator: Client) -> None:
        person = known(years=70)
        new = operator.post("/staff/find", {"reason": "form", "number": person.number.reveal()})["Location"]
        written = ON_IT | arrived() | {"evidence_reference": f"scan of {person.number.reveal()}"}
        assert "Do not write an NHS number here" in operator.post(new, written).content.decode()

    def test_ones_own_form_is_a_colleagues_work(self, approver: Client, operator: Client) -> None:
        form = self.recorded(operator, known(given_name="Amir", family_name="Aslam", years=70))
        operator.post(f"{form}/submit")
        assert approver.post(f"{form}/look").status_code == 403
        assert "is not shown yet" in approver.get(form).content.decode()

    def test_where_people_cannot_be_found_nothing_is_decided(self, operator: Client, approver: Client) -> None:
        form = self.recorded(operator, known(years=70))
        draft = self.recorded(operator, known(2, years=70))
        operator.post(f"{form}/submit")
        approver.post(f"{form}/look")
        KnownPerson.objects.all().delete()
        for answer in (approver.post(f"{form}/approve"), approver.get(form), operator.get(f"{draft}/rewrite")):
            assert answer.status_code == 503

    def test_a_register_of_people_that_is_down_shows_no_form(
        self, operator: Client, approver: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ndoo.service.choices.identity.people import DemographicsDownError

        form = self.recorded(operator, known(years=70))

        def down() -> Any:
            raise DemographicsDownError

        monkeypatch.setattr("ndoo.service.choices.operator.look_up_person.demographics", down)
        assert approver.post(f"{form}/look").status_code == 503

    def test_copies_are_named_when_they_must_go_and_not_before(self, operator: Client, approver: Client) -> None:
        form = self.recorded(operator, known(years=70))
        operator.post(f"{form}/submit")
        approver.post(f"{form}/look")
        approver.post(f"{form}/approve")
        operator.post(f"{form}/destroyed", {"because": "Shredded."})
        assert PostedForm.objects.get().destroyed_at is None
        PostedForm.objects.update(destroy_after=timezone.localdate() - timedelta(days=1))
        assert "Copies to destroy" in operator.get("/staff/forms").content.decode()
        assert "Copies to destroy" not in approver.get("/staff/forms").content.decode()
        assert "1 to do" in operator.get("/staff/").content.decode()
        for _ in range(2):
            operator.post(f"{form}/destroyed", {"because": "Shredded."})
        assert len(audited("form.copy_destroyed")) == 1
        kept = PostedForm.objects.get()
        assert (kept.proxy_name, kept.proxy_contact) == ("Pat Proxy", ""), "the address goes with the copy"
        assert "Copies to destroy" not in operator.get("/staff/forms").content.decode()

    @pytest.mark.parametrize("state", list(FormState))
    def test_an_address_outlives_its_time_in_no_state_of_a_form(self, state: FormState) -> None:
        """It was once kept until staff said that the copy was gone: for ever with a form that was left as a draft."""
        recorder, now, today = account(), timezone.now(), timezone.localdate()
        for days in (0, 1):
            form = made(recorder, known(days, years=70), FormState.DRAFT)
            PostedForm.objects.filter(pk=form.pk).update(
                state=state,
                decided_by=account(given="Other", family=f"Colleague{days}"),
                decided_at=now,
                destroy_after=today - timedelta(days=days),
                proxy_name="Pat Proxy",
                proxy_contact="pat@example.org",
            )
        retention.throw_away(now)
        kept = PostedForm.objects.order_by("destroy_after").values_list("proxy_name", "proxy_contact")
        assert list(kept) == [("Pat Proxy", ""), ("Pat Proxy", "pat@example.org")]

"""Staff at their work, in a real browser, with JavaScript and without it: one journey for each role."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from ndoo.service.api_clients.scopes import Scope
from ndoo.service.choices.choice_history import current
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.staff.limits import VIEWS
from ndoo.service.staff.roles import Role
from tests.support.api_callers import registered
from tests.support.patients import work
from tests.support.staff_accounts import PASSWORD, account, chose, code, known, number

pytestmark = pytest.mark.django_db(transaction=True)

Accessible = Callable[..., None]


def given_signed_in(page: Page, user: User) -> None:
    page.goto("/staff/")
    page.get_by_label("Account name").fill(user.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Security code").fill(code(user))
    page.get_by_role("button", name="Sign in").click()
    heading(page, "Today")


def heading(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1, name=words)).to_be_visible()


def finds(page: Page, why: str, digits: str) -> None:
    page.get_by_role("link", name="Find a person").click()
    page.get_by_role("radio", name=why).check()
    page.get_by_role("textbox", name="NHS number").fill(digits)
    page.get_by_role("button", name="Find").click()


def test_an_operator_takes_a_call(watched: Page, accessible: Accessible) -> None:
    person = known()
    chose(person)
    operator = account(name="olive.operator")
    watched.goto("/staff/sign-in")
    accessible(watched)
    watched.get_by_role("button", name="Continue").click()
    expect(watched).to_have_title(re.compile("^Error: Sign in"))
    accessible(watched, widths=("phone",))
    given_signed_in(watched, operator)
    accessible(watched)

    # when the caller cannot be found without a reason
    watched.get_by_role("link", name="Answer a call or record a form").click()
    accessible(watched)
    watched.get_by_role("button", name="Find").click()
    expect(watched.get_by_role("link", name="Select why you look for this person")).to_be_visible()
    accessible(watched, widths=("phone",))

    # and is found with one, and asked who they are
    finds(watched, "The person is on the phone", person.number.reveal())
    heading(watched, "Check who is calling")
    accessible(watched)
    watched.get_by_role("button", name="Continue").click()
    expect(watched.get_by_role("link", name="Ask 3 questions or more")).to_be_visible()
    for question in ("full name", "date of birth", "postcode"):
        watched.get_by_role("group", name=re.compile(question)).get_by_role("radio", name="Right").check()
    watched.get_by_role("button", name="Continue").click()

    # then the choice is taken, read back and saved
    heading(watched, "Set the choice of Zoë O’Neill")
    accessible(watched)
    watched.get_by_role("radio", name="Do not share").check()
    watched.get_by_role("button", name="Continue").click()
    expect(watched.get_by_text("must not be used for research and planning. You opt out.")).to_be_visible()
    accessible(watched)
    watched.get_by_role("button", name="They said it is right: save").click()
    heading(watched, "The choice is saved")
    expect(watched.get_by_text("“You will get a message at")).to_be_visible()
    accessible(watched)
    now = current(person.number)
    assert now is not None and (now.choice, now.channel, now.actor) == ("opt_out", "phone", "staff:olive.operator")

    # and a later question is answered without changing anything
    finds(watched, "The person asked in writing", person.number.reveal())
    heading(watched, "What the register holds")
    accessible(watched)
    watched.get_by_role("button", name="Sign out").click()
    heading(watched, "You are signed out")
    accessible(watched)


def test_an_operator_works_with_the_keyboard_alone(watched: Page) -> None:
    operator, person = account(), known()
    watched.goto("/staff/sign-in")

    def tab_to(name: str) -> None:
        for _ in range(40):
            watched.keyboard.press("Tab")
            if watched.evaluate(
                "n => { const e = document.activeElement; const l = e.labels && e.labels[0];"
                "return (l ? l.innerText : e.innerText || '').trim().startsWith(n) }",
                name,
            ):
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    tab_to("Account name")
    watched.keyboard.type(operator.username)
    tab_to("Password")
    watched.keyboard.type(PASSWORD)
    watched.keyboard.press("Enter")
    heading(watched, "Enter the code from your app")
    tab_to("Security code")
    watched.keyboard.type(code(operator))
    watched.keyboard.press("Enter")
    heading(watched, "Today")
    tab_to("Find a person")
    watched.keyboard.press("Enter")
    heading(watched, "Find a person")
    tab_to("The person is on the phone")
    watched.keyboard.press("Space")
    tab_to("NHS number")
    watched.keyboard.type(person.number.reveal())
    watched.keyboard.press("Enter")
    heading(watched, "Check who is calling")


def test_a_wrong_caller_is_turned_away(watched: Page, accessible: Accessible) -> None:
    person, child = known(), known(2, years=5)
    given_signed_in(watched, account())
    finds(watched, "The person is on the phone", person.number.reveal())
    watched.get_by_role("group", name=re.compile("postcode")).get_by_role("radio", name="Wrong").check()
    watched.get_by_role("button", name="Continue").click()
    heading(watched, "Stop here")
    accessible(watched)
    finds(watched, "The person is on the phone", child.number.reveal())
    heading(watched, "A choice cannot be set for this person by phone")
    accessible(watched)


@pytest.mark.usefixtures("demonstration")
def test_a_form_goes_from_the_operator_to_the_approver(watched: Page, accessible: Accessible) -> None:
    child = known(years=5, given_name="Kit")
    today = timezone.localdate()

    # given a parent's form, recorded by an operator
    given_signed_in(watched, account(name="olive.operator"))
    finds(watched, "A form arrived", child.number.reveal())
    heading(watched, "What stands on the form?")
    accessible(watched)
    watched.get_by_role("button", name="Save as a draft").click()
    expect(watched.get_by_role("link", name="Select who signed the form")).to_be_visible()
    accessible(watched, widths=("phone",))
    watched.get_by_role("radio", name="A parent").check()
    watched.get_by_role("textbox", name="Who signed for the person?").fill("Robin O’Neill")
    watched.get_by_role("textbox", name="What are they to the person?").fill("father")
    watched.get_by_role("textbox", name="Their email address or phone number").fill("robin@example.org")
    watched.get_by_role("radio", name="Do not share").check()
    for part, value in (("Day", today.day), ("Month", today.month), ("Year", today.year)):
        watched.get_by_role("textbox", name=part).fill(str(value))
    watched.get_by_role("radio", name="Signed declaration").check()
    watched.get_by_role("textbox", name="Where is the copy kept?").fill("scan 2026-118")
    watched.get_by_role("button", name="Save as a draft").click()
    heading(watched, "Form, copy kept at scan 2026-118")
    accessible(watched)
    watched.get_by_role("button", name="Send for approval").click()
    expect(watched.get_by_text("The form waits for approval now.")).to_be_visible()
    accessible(watched)
    watched.get_by_role("link", name=re.compile("^Open")).click()
    expect(watched.get_by_role("button", name="Approve and set the choice")).to_have_count(0)
    watched.get_by_role("button", name="Sign out").click()

    # when another person looks at it and approves
    given_signed_in(watched, account(Role.APPROVER, "amir.approver", given="Amir", family="Aslam"))
    watched.get_by_role("link", name="Forms that wait for approval").click()
    watched.get_by_role("link", name=re.compile("^Open")).click()
    expect(watched.get_by_text("Kit")).to_have_count(0)
    accessible(watched)
    watched.get_by_role("button", name="Show the person").click()
    expect(watched.get_by_text("Kit O’Neill")).to_be_visible()
    accessible(watched)
    watched.get_by_role("button", name="Refuse").click()
    expect(watched.get_by_role("link", name="Say why it is refused")).to_be_visible()
    accessible(watched, widths=("phone",))
    watched.get_by_role("button", name="Approve and set the choice").click()

    # then the choice is in the register, with both names
    expect(watched.get_by_text("Approved. The choice is in the register.")).to_be_visible()
    accessible(watched)
    event = ChoiceEvent.objects.get()
    assert (event.choice, event.channel, event.proxy_role, event.actor) == (
        "opt_out",
        "post",
        "parent",
        "staff:amir.approver",
    )

    # and the child's contact reads who chose, and the parent reads that it is set, both with its reference number
    work()
    watched.goto("/demo/messages")
    reference = reference_of(event)
    expect(watched.get_by_text("A parent or guardian made it for you")).to_contain_text(reference)
    told = watched.get_by_text("You signed a form for somebody else, as a parent or guardian")
    expect(told).to_contain_text(reference)
    expect(told).not_to_contain_text("Kit")
    expect(watched.get_by_text("You made this choice")).to_have_count(0)
    accessible(watched)


def test_an_auditor_sees_who_looked_too_often(watched: Page, accessible: Accessible) -> None:
    person = known()
    given_signed_in(watched, account(name="curious.operator"))
    for _ in range(VIEWS):
        finds(watched, "A complaint", person.number.reveal())
    watched.get_by_role("button", name="Sign out").click()
    given_signed_in(watched, account(Role.AUDITOR, "anna.auditor", given="Anna", family="Attwater"))
    accessible(watched, widths=("phone", "desktop"))  # on a phone the links wait in a menu
    watched.get_by_role("link", name="Repeated views", exact=True).click()
    expect(watched.get_by_role("cell", name="staff:curious.operator", exact=True)).to_be_visible()
    accessible(watched)
    watched.get_by_role("button", name="Show these views").click()
    expect(watched.get_by_role("table", name=re.compile("^Views of one person by"))).to_be_visible()
    accessible(watched)
    watched.get_by_role("link", name="Audit", exact=True).click()
    accessible(watched)
    watched.get_by_role("textbox", name="Who did it").fill("staff:curious.operator")
    watched.get_by_role("combobox", name="What was done").select_option("person.viewed")
    watched.get_by_role("textbox", name="Why do you search?").fill("weekly report")
    watched.get_by_role("button", name="Search").click()
    heading_two = watched.get_by_role("heading", level=2, name=f"{VIEWS} entries")
    expect(heading_two).to_be_visible()
    accessible(watched)
    assert number().reveal() not in watched.url


def test_an_administrator_brings_a_colleague_in(watched: Page, accessible: Accessible) -> None:
    given_signed_in(watched, account(Role.ADMINISTRATOR, "ada.boss"))
    watched.get_by_role("link", name="Accounts", exact=True).click()
    accessible(watched)
    watched.get_by_role("button", name="Add an account").click()
    accessible(watched)
    watched.get_by_role("textbox", name="Account name").fill("nia.new")
    watched.get_by_role("textbox", name="First name").fill("Nia")
    watched.get_by_role("textbox", name="Last name").fill("New")
    watched.get_by_role("radio", name="Operator").check()
    watched.get_by_role("button", name="Add account").click()
    heading(watched, "Set-up code for nia.new")
    accessible(watched)
    given = watched.locator(".ndoo-code").inner_text()
    watched.get_by_role("button", name="Back to the accounts").click()
    watched.get_by_role("link", name="nia.new").click()
    accessible(watched)
    watched.get_by_role("radio", name="Auditor").check()
    watched.get_by_role("button", name="Change role").click()
    expect(watched.get_by_text("The role was changed.")).to_be_visible()
    watched.get_by_role("button", name="Sign out").click()

    # when the colleague comes in for the first time
    watched.get_by_role("button", name="Sign in").click()
    watched.get_by_role("link", name="Use your set-up code").click()
    accessible(watched)
    watched.get_by_label("Account name").fill("nia.new")
    watched.get_by_label("Set-up code").fill(given)
    watched.get_by_label("New password").fill(PASSWORD)
    watched.get_by_label("The same password again").fill(PASSWORD)
    watched.get_by_role("button", name="Continue").click()
    heading(watched, "Connect your authenticator app")
    accessible(watched)
    watched.get_by_label("Security code").fill(code(User.objects.get(username="nia.new")))
    watched.get_by_role("button", name="Connect and sign in").click()
    heading(watched, "Your recovery codes")
    accessible(watched)
    recovery = watched.locator(".ndoo-codes .ndoo-code").first.inner_text()
    watched.get_by_role("button", name="I have kept them").click()

    # then they look after their own account, and come in without their phone
    watched.get_by_role("link", name="nia.new (Auditor)").click()
    accessible(watched)
    watched.get_by_role("link", name="Change password").click()
    accessible(watched)
    watched.get_by_role("link", name="Back").click()
    watched.get_by_role("link", name="Make new ones").click()
    accessible(watched)
    watched.get_by_role("button", name="Sign out").click()
    watched.goto("/staff/sign-in")
    watched.get_by_label("Account name").fill("nia.new")
    watched.get_by_label("Password", exact=True).fill(PASSWORD)
    watched.get_by_role("button", name="Continue").click()
    accessible(watched)
    watched.get_by_role("link", name=re.compile("use a recovery code")).click()
    accessible(watched)
    watched.get_by_label("Recovery code").fill(recovery)
    watched.get_by_role("button", name="Sign in").click()
    heading(watched, "Today")


def test_whoever_types_for_long_is_warned_with_the_minutes_and_loses_nothing(
    watched: Page, accessible: Accessible, scripts: bool
) -> None:
    """Staff were signed out in the middle of a form without a word, and patients lost what they typed to stay."""
    if scripts:
        watched.clock.install()
    for begin, box, stay in (
        (lambda: watched.goto("/journey/"), None, "/journey/stay"),
        (lambda: given_signed_in(watched, account(Role.AUDITOR, "anna.auditor")), "Who did it", "/staff/stay"),
    ):
        begin()
        if box is None:
            watched.get_by_role("button", name="Continue").click()
            typed = watched.get_by_label("First name")
        else:
            watched.goto("/staff/audit")
            typed = watched.get_by_label(box)
        typed.fill("Half a na")
        warning = watched.locator(".ndoo-idle")
        expect(warning).to_be_hidden()
        if not scripts:
            expect(watched.get_by_text("Minutes that you have for this page: ")).to_be_visible()
            continue
        left = int(warning.get_attribute("data-over") or 0)
        watched.clock.fast_forward((left - 240) * 1000)
        expect(watched.get_by_text("Minutes left: 4")).to_be_visible()
        accessible(watched, widths=("phone",))
        with watched.expect_response(lambda answer, stay=stay: answer.url.endswith(stay) and answer.status == 200):
            watched.get_by_role("button", name="I need more time").click()
        expect(warning).to_be_hidden()
        expect(typed).to_have_value("Half a na")


def test_a_clerk_asks_about_one_person_after_another_with_the_keys_alone(
    watched: Page, accessible: Accessible, scripts: bool
) -> None:
    person, other = known(), known(2, given_name="Sam", family_name="Quist")
    chose(person, Choice.OPT_OUT)
    registered("hip-audit", Scope.CASES, asset="Hip audit")
    given_signed_in(watched, account(Role.AUDIT_CLERK, "clara.clerk"))
    watched.get_by_role("link", name="Ask if someone’s information may be used").click()
    heading(watched, "Ask about people")
    accessible(watched)

    # a number alone is not enough, and what was typed is still there
    watched.keyboard.type(person.number.reveal())
    watched.keyboard.press("Enter")
    expect(watched.get_by_role("link", name="Enter why you ask")).to_be_visible()
    accessible(watched, widths=("phone",))
    watched.get_by_label("Why do you ask?").fill("Records of March")
    watched.keyboard.press("Enter")
    heading(watched, re.compile("^Leave out"))
    expect(watched).to_have_title(re.compile("^Leave out"))
    accessible(watched)

    # the next one is typed where the cursor stands, and a list by way of Tab
    watched.keyboard.type(other.number.reveal())
    watched.keyboard.press("Enter")
    heading(watched, re.compile("^May be used"))
    watched.keyboard.press("Tab")
    watched.keyboard.press("Enter")
    watched.keyboard.press("Tab")
    watched.keyboard.insert_text(f"{person.number.reveal()}\n{number(3).reveal()}\n")
    watched.keyboard.press("Tab")
    watched.keyboard.press("Enter")
    heading(watched, re.compile("^2 answers"))
    expect(watched.get_by_role("cell", name="Not known", exact=False).first).to_be_visible()
    accessible(watched, widths=("phone",))

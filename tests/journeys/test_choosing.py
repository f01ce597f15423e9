"""Somebody opens the service, proves who they are, and chooses: with scripts, without them, and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ndoo.service.asset_register import overview, record_versions
from ndoo.service.audit.entries import Entry
from ndoo.service.choices import choice_history, demonstration
from ndoo.service.choices.patient.dead_ends import DEAD_ENDS
from ndoo.service.uphold_jobs import run_job
from tests.conftest import Ndoo
from tests.support.jobs_here import run_a_job, uphold_here
from tests.support.numbers import some
from tests.support.patients import ANN, known, newest_code, newest_message, number, work
from tests.support.registers_of_assets import document, facts, flow, read_register

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("demonstration")]
with_scripts = pytest.mark.parametrize("scripts", ["with scripts"], indirect=True)

Accessible = Callable[..., None]


class Journey:
    """A person with a browser. Each page is checked when it first appears, in whichever test that is."""

    seen: ClassVar[set[tuple[bool, str]]] = set()
    scripts = True

    def __init__(self, page: Page, accessible: Accessible) -> None:
        self.page, self.accessible = page, accessible

    def sees(self, heading: str | re.Pattern[str], *, key: str = "") -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        if (seen := (self.scripts, key or str(heading))) not in self.seen:
            self.accessible(self.page)
            self.seen.add(seen)

    def presses(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def given_a_person_who_tells_who_they_are(self) -> None:
        self.page.goto("/journey/")
        self.sees("We need to check who you are")
        self.presses("Continue")
        self.sees("What is your name?")
        self.page.get_by_label("First name").fill("ann")
        self.page.get_by_label("Last name").fill("EXAMPLE")
        self.presses("Continue")
        self.sees("What is your date of birth?")
        for box, typed in {"Day": "12", "Month": "feb", "Year": "1968"}.items():
            self.page.get_by_label(box).fill(typed)
        self.presses("Continue")
        self.sees("Do you know your NHS number?")
        self.page.get_by_label("Yes, I know my NHS number").check()
        self.presses("Continue")
        self.sees("What is your NHS number?")
        digits = ANN.number.reveal()
        self.page.get_by_label("What is your NHS number?").fill(f"{digits[:3]} {digits[3:6]}-{digits[6:]}")
        self.presses("Continue")
        self.sees("How should we send your security code?")
        self.page.get_by_label("Email to the email address on your health record").check()
        self.presses("Continue")
        self.sees("Check your details")

    def when_they_agree_and_type_the_code(self) -> None:
        self.presses("Agree and send my code")
        self.sees("Looking for your details")
        work()
        if self.page.url.endswith("/finding") and not self.scripts:
            self.page.get_by_role("link", name="Check progress").click()
        self.sees("Enter your security code")
        self.page.get_by_label("Security code").fill(newest_code())
        self.presses("Continue")

    def then_they_choose(self, answer: str) -> None:
        self.sees("Make your choice")
        self.page.get_by_label(answer).check()
        self.presses("Continue")
        self.sees("Review your choice")
        self.presses("Confirm and save")


def entry(action: str, **details: Any) -> Entry:
    return Entry("staff:grace", action, details=details)


@pytest.fixture
def journey(watched: Page, accessible: Accessible, scripts: bool) -> Journey:
    walked = Journey(watched, accessible)
    walked.scripts = scripts
    return walked


def released(ndoo: Ndoo, folder: Path) -> list[str]:
    """Those who are in the file that is released now, of an extract that holds Ann and others."""
    everybody = [ANN.number.reveal(), *some(9, seed=21)]
    (folder / "extract.csv").write_text("nhs_number,seen\n" + "".join(f"{one},x\n" for one in everybody))
    assert ndoo("uphold", "extract.csv", "-o", "released.csv", "--register").status == 0
    return [line.split(",")[0] for line in (folder / "released.csv").read_text().splitlines()[1:]]


def test_a_person_opts_out_and_changes_their_mind(journey: Journey, ndoo: Ndoo, tmp_path: Path) -> None:
    """What is chosen on the page is upheld by the next release."""
    known()
    journey.given_a_person_who_tells_who_they_are()
    journey.when_they_agree_and_type_the_code()
    expect(journey.page.get_by_text("You have not made a choice yet")).to_be_visible()
    expect(journey.page.get_by_label("No, I do not allow it")).not_to_be_checked()
    journey.then_they_choose("No, I do not allow it")
    journey.sees("Your choice is saved")
    expect(journey.page.locator("main")).to_contain_text("cannot be used for research and planning")
    reference = journey.page.locator(".nhsuk-panel strong").inner_text()
    work()
    assert "cannot be used" in newest_message().text and reference in newest_message().text
    with journey.page.expect_download() as kept:
        journey.page.get_by_role("link", name="save the confirmation").click()
    words = Path(kept.value.path()).read_text(encoding="utf-8")
    assert "cannot be used" in words and reference in words
    assert kept.value.suggested_filename == f"your-choice-{reference}.txt"
    assert len(others := released(ndoo, tmp_path)) == 9
    assert ANN.number.reveal() not in others
    journey.page.get_by_role("link", name="See your choice and its history").click()
    journey.sees("Your choice and its history")
    expect(journey.page.get_by_text(reference)).to_be_visible()
    journey.page.get_by_role("button", name="Change your choice").click()
    expect(journey.page.get_by_label("No, I do not allow it")).to_be_checked()
    journey.then_they_choose("Yes, I allow it")
    journey.sees("Your choice is saved")
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out", "allow"]
    assert released(ndoo, tmp_path) == [ANN.number.reveal(), *others]
    journey.page.get_by_role("link", name="What did you think of this service?").click()
    journey.sees("Overall, how did you feel about the service you received today?")
    journey.page.get_by_label("Very satisfied").check()
    journey.presses("Send")
    journey.sees("Thank you for telling us")
    journey.page.get_by_role("link", name="Back to your choice").click()
    journey.presses("Sign out")
    journey.sees("You have signed out")
    journey.page.go_back()
    expect(journey.page.get_by_text("a•••@")).to_have_count(0)


@with_scripts
def test_a_person_whom_two_jobs_left_out_reads_of_both_and_what_they_were_for(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She read that one organisation had asked, and that was all."""
    known()
    monkeypatch.setattr(run_job, "uphold", uphold_here)
    now = timezone.now()
    record_versions.take_in(
        read_register(document(flow=[flow(last_run=timezone.localdate(), facts=facts())])), entry, now
    )
    overview.decide_open(entry, now)
    journey.given_a_person_who_tells_who_they_are()
    journey.when_they_agree_and_type_the_code()
    journey.then_they_choose("No, I do not allow it")
    extract = [ANN.number.reveal(), *some(9, seed=21)]
    assert run_a_job(extract, timezone.now(), flow="F-1").state == "done"
    assert run_a_job(extract, timezone.now()).state == "done"
    journey.page.get_by_role("link", name="See your choice and its history").click()
    journey.sees("Your choice and its history", key="history with uses")
    shown = journey.page.locator("main")
    expect(shown.get_by_text("What for: Study F-1, research.")).to_be_visible()
    expect(shown.get_by_text("What for: a trial, for no use that is registered.")).to_be_visible()
    expect(shown.get_by_text("Left out: you opted out.")).to_have_count(2)
    expect(shown.get_by_text("A trust")).to_have_count(2)


def test_each_mistake_leads_to_the_box_where_it_is_put_right(journey: Journey) -> None:
    page = journey.page
    journey.given_a_person_who_tells_who_they_are()
    mistakes: dict[str, tuple[str, dict[str, str], str]] = {
        "name": ("What is your name?", {"First name": "", "Last name": "3"}, "First name"),
        "date-of-birth": ("What is your date of birth?", {"Day": "5", "Month": "", "Year": "1968"}, "Month"),
        "nhs-number": (
            "What is your NHS number?",
            {"What is your NHS number?": "QQ123456C"},
            "What is your NHS number?",
        ),
    }
    for path, (heading, typed, box) in mistakes.items():
        page.goto(f"/journey/{path}")
        for label, text in typed.items():
            page.get_by_label(label).fill(text)
        journey.presses("Continue")
        expect(page).to_have_title(re.compile("^Error: "))
        journey.sees(heading, key=f"{path} with an error")
        summary = page.get_by_role("alert").get_by_role("link").first
        summary.click()
        expect(page.get_by_label(box)).to_be_focused()
    page.goto("/journey/check-your-details")
    page.get_by_role("link", name="Change date of birth").click()
    journey.sees("What is your date of birth?")
    page.get_by_label("Year").fill("2024")
    journey.presses("Continue")
    journey.sees("You cannot choose online if you are under 13")


@with_scripts
def test_radio_buttons_left_empty_lead_to_the_first_of_them(journey: Journey) -> None:
    page = journey.page
    page.goto("/journey/")
    for path, answers in (
        ("name", {"given_name": "A", "family_name": "B"}),
        ("date-of-birth", {"born_day": "1", "born_month": "1", "born_year": "1960"}),
    ):
        page.goto(f"/journey/{path}")
        for name, typed in answers.items():
            page.locator(f"[name={name}]").fill(typed)
        journey.presses("Continue")
    journey.presses("Continue")
    journey.sees("Do you know your NHS number?", key="radios with an error")
    page.get_by_role("link", name="Select yes if you know your NHS number").click()
    expect(page.get_by_label("Yes, I know my NHS number")).to_be_focused()


@with_scripts
def test_a_person_without_a_code_is_told_what_to_do(journey: Journey) -> None:
    page = journey.page
    journey.given_a_person_who_tells_who_they_are()
    journey.presses("Agree and send my code")
    work()
    journey.sees("Enter your security code")
    page.get_by_label("Security code").fill("000000")
    journey.presses("Continue")
    journey.sees("Enter your security code", key="code with an error")
    page.get_by_role("link", name="I did not get a code").click()
    journey.sees("If you did not get a code")
    for _ in range(3):
        page.goto("/journey/code")
        page.get_by_label("Security code").fill("000000")
        journey.presses("Continue")
    journey.sees("This code no longer works")
    page.goto("/journey/code-expired")
    journey.sees("This code is too old")
    page.goto("/journey/too-many-codes")
    journey.sees("We cannot send more codes")
    for path in (*DEAD_ENDS, "session-over"):
        page.goto(f"/journey/{path}")
        expect(page.locator("main")).to_contain_text("0300 303 5678")
        journey.sees(re.compile("."), key=path)


@with_scripts
def test_a_newcomer_finds_the_people_they_can_be_and_their_messages(journey: Journey) -> None:
    assert demonstration.load() == 36
    assert demonstration.load() == 0
    journey.page.goto("/")
    journey.page.get_by_role("link", name="Who you can be").click()
    journey.sees("People you can be")
    expect(journey.page.get_by_role("row")).to_have_count(37)
    journey.page.get_by_role("link", name="Their messages").click()
    journey.sees("Messages of this demonstration")


@with_scripts
def test_a_person_chooses_by_keyboard_alone(watched: Page) -> None:
    known()
    page = watched

    def tab_to(role: Any, name: str) -> None:
        wanted = page.get_by_role(role, name=name, exact=True)
        for _ in range(40):
            page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{name} is not reached by Tab")

    def answer(*typed: tuple[str, str]) -> None:
        for name, text in typed:
            tab_to("textbox", name)
            page.keyboard.type(text)
        page.keyboard.press("Enter")

    page.goto("/journey/")
    tab_to("button", "Continue")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/name$"))
    answer(("First name", "Ann"), ("Last name", "Example"))
    expect(page).to_have_url(re.compile("/date-of-birth$"))
    answer(("Day", "12"), ("Month", "2"), ("Year", "1968"))
    expect(page).to_have_url(re.compile("/know-your-nhs-number$"))
    tab_to("radio", "Yes, I know my NHS number")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("No, I do not know it")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/postcode$"))
    answer(("What is your postcode?", "xx1 2ab"))
    tab_to("radio", "Text message to the mobile number on your health record")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/check-your-details$"))
    tab_to("button", "Agree and send my code")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/finding$"))
    work()
    expect(page).to_have_url(re.compile("/code$"))
    answer(("Security code", newest_code()))
    expect(page).to_have_url(re.compile("/choice$"))
    tab_to("radio", "Yes, I allow it")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    tab_to("button", "Confirm and save")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your choice is saved")
    current = choice_history.current(ANN.number)
    assert current is not None
    assert current.choice == "opt_out"
    assert choice_history.current(number(1)) is None


@with_scripts
def test_a_person_is_warned_before_the_session_is_over(watched: Page) -> None:
    watched.clock.install()
    watched.goto("/journey/")
    watched.goto("/journey/name")
    watched.clock.fast_forward("24:50")
    expect(watched.get_by_role("alert")).to_be_hidden()
    watched.clock.fast_forward("00:20")
    expect(watched.get_by_role("alert")).to_contain_text("Your time here will soon be over")
    more, none = (
        watched.get_by_role("button", name="I need more time"),
        watched.get_by_text("You cannot have more time"),
    )
    more.click()
    expect(watched.get_by_role("alert")).to_be_hidden()
    watched.clock.fast_forward("25:10")
    watched.route("**/journey/stay", lambda route: route.fulfill(json={"seconds_left": 170}), times=1)
    expect(none).to_be_hidden()
    more.click()
    expect(none).to_be_visible()
    expect(more).to_be_hidden()
    expect(watched.get_by_role("alert")).to_contain_text("Minutes left: 3")
    watched.clock.fast_forward("03:10")
    expect(watched.get_by_role("heading", level=1)).to_have_text("You need to start again")


def test_a_fault_of_the_service_signs_nobody_out_and_a_session_that_is_over_leads_away(
    browser: Browser, live_server: Any
) -> None:
    """Each fault led to the page of a session that is over, and what was typed was lost."""
    with browser.new_context(base_url=live_server.url) as context:
        page = context.new_page()
        page.clock.install()
        page.goto("/journey/")
        page.goto("/journey/name")
        page.clock.fast_forward("25:10")
        more = page.get_by_role("button", name="I need more time")
        page.route("**/journey/stay", lambda route: route.fulfill(status=503), times=1)
        with page.expect_response("**/journey/stay"):
            more.click()
        page.clock.fast_forward("00:10")
        expect(page.get_by_role("alert")).to_contain_text("Minutes left: 5")
        context.clear_cookies()
        more.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You need to start again")

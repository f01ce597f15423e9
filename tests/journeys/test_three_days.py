"""Three whole days, a patient's, an operator's and a governance officer's, by keyboard alone, with scripts and without them.

With NDOO_PICTURES set to a folder each page is written there as it looks at 390 and 1280 px: `make pictures`. The day and the people are made up.
"""

from __future__ import annotations

import base64
import os
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.service.api_clients.scopes import Scope
from ndoo.service.asset_register import demonstration as made_up_register
from ndoo.service.choices import choice_reference, demonstration
from ndoo.service.staff.roles import Role
from tests.support.api_callers import registered
from tests.support.patients import newest_code, work
from tests.support.staff_accounts import PASSWORD, account, code

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("demonstration")]

MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
WIDTHS = {"phone": 390, "desktop": 1280}
SHARE = 0.6
"""Of its size, for a picture in a document."""
TO_WEBP = """async ([png, share]) => {
    const image = new Image();
    image.src = "data:image/png;base64," + png;
    await image.decode();
    const sheet = new OffscreenCanvas(image.width * share, image.height * share);
    const pen = sheet.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, 0, 0, sheet.width, sheet.height);
    const bytes = new Uint8Array(await (await sheet.convertToBlob({type: "image/webp", quality: 0.3})).arrayBuffer());
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
}"""


class Day:
    """Somebody at the keyboard, whose every page is looked at."""

    def __init__(
        self, page: Page, name: str, accessible: Callable[..., None], shrink: Callable[[bytes], bytes]
    ) -> None:
        self.page, self.name, self.shown = page, name, 0
        self._accessible, self._shrink = accessible, shrink
        self._folder = os.environ.get("NDOO_PICTURES", "")

    def sees(self, heading: str) -> None:
        """The page with that heading: checked by axe, and written as a picture."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        self._accessible(self.page, widths=("phone", "desktop"))
        self.shown += 1
        for width, pixels in WIDTHS.items() if self._folder else ():
            self.page.set_viewport_size({"width": pixels, "height": 800})
            self.page.wait_for_timeout(150)  # the menu folds; nothing is judged by it
            picture = self._shrink(self.page.screenshot(full_page=True))
            Path(self._folder, f"{self.name}-{self.shown:02}-{width}.webp").write_bytes(picture)

    def reach(self, target: Locator) -> None:
        """By Tab, from where the cursor stands."""
        for _ in range(120):
            if target.and_(self.page.locator(":focus")).count():
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{target} is not reached by Tab")

    def opens(self, name: str | re.Pattern[str], role: str = "link") -> None:
        """A link or a button, by Enter."""
        target = self.page.get_by_role(role, name=name, exact=isinstance(name, str)).first  # type: ignore[arg-type]
        self.reach(target)
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()

    def presses(self, name: str) -> None:
        """A button, by Enter."""
        self.opens(name, "button")

    def types(self, label: str, text: str) -> None:
        """Into a box."""
        self.reach(self.page.get_by_role("textbox", name=label, exact=True))
        self.page.keyboard.type(text)

    def picks(self, label: str, group: str = "") -> None:
        """A radio button: by Tab to its group, and by arrows in it."""
        within = self.page.get_by_role("group", name=re.compile(group)) if group else self.page
        every = within.get_by_role("radio")
        self.reach(every)
        target = within.get_by_role("radio", name=re.compile(label)).first
        for _ in range(every.count() + 1):
            if target.and_(self.page.locator(":focus")).count():
                self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} is not reached by arrows")

    def from_the_menu(self, name: str) -> None:
        """A page of the menu, which is whole on a wide screen."""
        self.page.set_viewport_size({"width": 1280, "height": 800})
        self.page.keyboard.press("Control+Home")
        menu = self.page.get_by_role("navigation", name="Menu").get_by_role("link", name=name, exact=True)
        if not menu.is_visible():
            self.presses("Browse More")
        self.reach(menu)
        self.page.keyboard.press("Enter")
        self.page.wait_for_load_state()

    def signs_in(self, user: User) -> None:
        """With a password and a code."""
        self.page.goto("/staff/sign-in")
        self.sees("Sign in")
        self.types("Account name", user.username)
        self.reach(self.page.get_by_label("Password", exact=True))
        self.page.keyboard.type(PASSWORD)
        self.presses("Continue")
        self.sees("Enter the code from your app")
        self.types("Security code", code(user))
        self.presses("Sign in")
        self.sees("Today")


@pytest.fixture
def morning(monkeypatch: pytest.MonkeyPatch) -> None:
    """One day and one set of references, so that the pictures are the same each time."""
    monkeypatch.setattr(timezone, "now", lambda: MORNING)
    for module in ("record_choice", "choice_history"):
        monkeypatch.setattr(f"ndoo.service.choices.{module}.database_time", lambda: MORNING)
    drawn = random.Random(7)
    monkeypatch.setattr(choice_reference.secrets, "choice", drawn.choice)
    demonstration.load()


@pytest.fixture
def shrink(browser: Browser) -> Callable[[bytes], bytes]:
    """A picture as WebP."""
    easel = browser.new_page()
    return lambda png: base64.b64decode(easel.evaluate(TO_WEBP, [base64.b64encode(png).decode(), SHARE]))


@pytest.mark.usefixtures("morning")
def test_a_patients_day(
    watched: Page, accessible: Callable[..., None], shrink: Callable[[bytes], bytes], scripts: bool
) -> None:
    day = Day(watched, "patient", accessible, shrink)
    watched.goto("/")
    day.sees("Choose")
    day.opens("about your choice")
    day.sees("")
    watched.goto("/learn/what-it-is")
    day.sees("What confidential patient information is")
    watched.goto("/learn/when-your-choice-does-not-apply")
    day.sees("When your choice does not apply")
    watched.goto("/journey/")
    day.sees("We need to check who you are")
    day.presses("Continue")
    day.sees("What is your name?")
    day.types("First name", "Ann")
    day.types("Last name", "Example")
    day.presses("Continue")
    day.sees("What is your date of birth?")
    for part, typed in (("Day", "12"), ("Month", "2"), ("Year", "1968")):
        day.types(part, typed)
    day.presses("Continue")
    day.sees("Do you know your NHS number?")
    day.picks("^Yes")
    day.presses("Continue")
    day.sees("What is your NHS number?")
    day.types("What is your NHS number?", "999 100 0100")
    day.presses("Continue")
    day.sees("How should we send your security code?")
    day.picks("^Email")
    day.presses("Continue")
    day.sees("Check your details")
    day.presses("Agree and send my code")
    expect(watched.get_by_role("heading", level=1)).to_contain_text("Looking for your details")
    work()
    if not scripts:
        day.opens("Check progress")
    day.sees("Enter your security code")
    day.types("Security code", newest_code())
    day.presses("Continue")
    day.sees("Make your choice")
    day.picks("^No")
    day.presses("Continue")
    day.sees("Review your choice")
    day.presses("Confirm and save")
    day.sees("Your choice is saved")
    day.opens("See your choice and its history")
    day.sees("Your choice and its history")
    day.presses("Sign out")
    day.sees("You have signed out")
    watched.goto("/forms")
    day.sees("Choose by post or email")
    day.opens("get a number")
    day.sees("Get a number for your form")
    day.opens("See how far your form is")
    day.sees("See how far your form is")


@pytest.mark.usefixtures("morning")
def test_an_operators_day(watched: Page, accessible: Callable[..., None], shrink: Callable[[bytes], bytes]) -> None:
    day = Day(watched, "operator", accessible, shrink)
    day.signs_in(account(name="olive.operator"))
    day.opens("Answer a call or record a form")
    day.sees("Find a person")
    day.picks("The person is on the phone")
    day.types("NHS number", "9991000178")
    day.presses("Find")
    day.sees("Check who is calling")
    for question in ("full name", "date of birth", "postcode"):
        day.picks("^Right", question)
    day.presses("Continue")
    day.sees("Set the choice of Zoë O’Neill")
    day.picks("^Share")
    day.presses("Continue")
    day.sees("Read")
    watched.keyboard.press("Control+End")
    day.reach(watched.locator("main form button").last)
    watched.keyboard.press("Enter")
    watched.wait_for_load_state()
    day.sees("The choice is saved")
    day.from_the_menu("Find a person")
    day.picks("A form arrived")
    day.types("NHS number", "9991000240")
    day.presses("Find")
    day.sees("What stands on the form?")
    day.picks("The person", "Who signed the form")
    day.picks("Do not share", "What does the form say")
    for part, typed in (("Day", "27"), ("Month", "11"), ("Year", "2026")):
        day.types(part, typed)
    day.picks("", "Which proof")
    day.types("Where is the copy kept?", "scan 2026-118")
    day.presses("Save as a draft")
    day.sees("Form, copy kept at scan 2026-118")
    day.presses("Send for approval")
    day.sees("Forms")


@pytest.mark.usefixtures("morning")
def test_a_governance_officers_day(
    watched: Page, accessible: Callable[..., None], shrink: Callable[[bytes], bytes]
) -> None:
    made_up_register.seed(MORNING, load_sealer(data_folder()), with_work=True)
    registered("research-platform", Scope.LISTS)
    day = Day(watched, "governance", accessible, shrink)
    day.signs_in(account(Role.INFORMATION_GOVERNANCE, "grace.governance"))
    for name in ("What is open", "Assets", "Flows", "Statement", "Uphold", "Evidence"):
        day.from_the_menu(name)
        day.sees(watched.get_by_role("heading", level=1).inner_text()[:12])
    day.from_the_menu("Other systems")
    day.sees("What other systems asked")
    day.from_the_menu("Flows")
    day.reach(watched.locator("main table a").first)
    watched.keyboard.press("Enter")
    watched.wait_for_load_state()
    day.sees("")
    day.from_the_menu("Assets")
    day.reach(watched.locator("main table a").first)
    watched.keyboard.press("Enter")
    watched.wait_for_load_state()
    day.sees("")
    day.from_the_menu("Uphold")
    day.presses("Uphold an extract")
    day.sees("")

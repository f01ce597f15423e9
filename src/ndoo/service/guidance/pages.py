"""The pages there are to read, where, and in what order: one table: addresses, links and tests are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class PageKind(StrEnum):
    """What sort of page it is: each sort has a reading age of its own (tests/unit/service/guidance/test_pages_reading_age.py)."""

    READ = "read"
    LEGAL = "legal"
    EASY = "easy"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `name` names its address; its template is `learn/` and the path, `-` for the start page's empty one."""

    name: str
    path: str
    title: str | Promise
    back: str
    """The name of the page that the back link goes to; empty on the start page."""
    kind: PageKind = PageKind.READ

    @property
    def template(self) -> str:
        """The template's name."""
        return f"learn/{self.path or 'start'}.jinja"


START = Page("start", "", _("Choose if data from your health records is shared"), "")

TOPICS = (
    Page("learn", "learn/overview", _("About your choice"), "start"),
    Page("learn-what", "learn/what-it-is", _("What confidential patient information is"), "learn"),
    Page("learn-care", "learn/your-care", _("When it is used for your care"), "learn"),
    Page("learn-beyond", "learn/beyond-your-care", _("When it is used beyond your care"), "learn"),
    Page("learn-examples", "learn/examples", _("Examples of how it is used"), "learn"),
    Page("learn-benefits", "learn/benefits", _("How sharing helps"), "learn"),
    Page("learn-who", "learn/who-uses-it", _("Who uses it"), "learn"),
    Page("learn-protected", "learn/how-it-is-protected", _("How it is kept safe"), "learn"),
    Page("learn-exceptions", "learn/when-your-choice-does-not-apply", _("When your choice does not apply"), "learn"),
    Page("learn-call", "learn/who-to-call", _("Which number to call"), "learn"),
)

WAYS = (
    Page("other-ways", "other-ways", _("Other ways to choose"), "start"),
    Page("someone-else", "someone-else", _("Choose for someone else"), "other-ways"),
    Page("child", "someone-else/child", _("Choose for a child"), "someone-else"),
    Page("adult", "someone-else/adult", _("Choose for another adult"), "someone-else"),
    Page("forms", "forms", _("Choose by post or email"), "other-ways"),
    Page("formats", "formats", _("Languages and formats"), "start"),
    Page("words", "words", _("What our words mean"), "learn"),
    Page("contact", "contact", _("Contact us"), "start"),
)

PAPERS = (
    Page("form-yourself", "forms/yourself", _("Form: choose for yourself"), "forms", PageKind.PAPER),
    Page("form-child", "forms/child", _("Form: choose for a child"), "forms", PageKind.PAPER),
    Page("form-adult", "forms/adult", _("Form: choose for another adult"), "forms", PageKind.PAPER),
    Page("form-secure", "forms/secure-setting", _("Form: choose in a secure setting"), "forms", PageKind.PAPER),
)

EASY = (
    Page("easy-read", "easy-read", _("Easy Read: your health data choice"), "start", PageKind.EASY),
    Page("easy-what", "easy-read/what", _("Easy Read: what your information is"), "easy-read", PageKind.EASY),
    Page("easy-used", "easy-read/used", _("Easy Read: how it is used"), "easy-read", PageKind.EASY),
    Page("easy-safe", "easy-read/safe", _("Easy Read: how it is kept safe"), "easy-read", PageKind.EASY),
    Page("easy-choose", "easy-read/choose", _("Easy Read: how to choose"), "easy-read", PageKind.EASY),
    Page("easy-help", "easy-read/help", _("Easy Read: how to get help"), "easy-read", PageKind.EASY),
)

LEGAL = (
    Page("privacy", "privacy", _("Privacy notice"), "start", PageKind.LEGAL),
    Page("cookies", "cookies", _("Cookies"), "start", PageKind.LEGAL),
    Page("terms", "terms", _("Terms of use"), "start", PageKind.LEGAL),
    Page("accessibility", "accessibility", _("Accessibility statement"), "start", PageKind.LEGAL),
)

EVERY = (START, *TOPICS, *WAYS, *PAPERS, *EASY, *LEGAL)

ROWS = (TOPICS, EASY)
"""Pages to be read one after the other."""


def beside(page: Page) -> tuple[Page | None, Page | None]:
    """The page before and the page after, where pages stand in a row."""
    for row in ROWS:
        if page in row:
            at = row.index(page)
            return (row[at - 1] if at else None), (row[at + 1] if at + 1 < len(row) else None)
    return None, None

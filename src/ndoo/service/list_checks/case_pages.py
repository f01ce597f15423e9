"""The page on which an audit clerk asks about one person at a time, or about a short list.

What was typed and what was answered is on the answer alone: neither the session nor an address keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ndoo.checking.freshness import judge_age
from ndoo.domain.errors import NoUsableList
from ndoo.domain.london import london_date
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.domain.settings import list_limit_days
from ndoo.service.list_checks.check_cases import (
    AllowanceSpentError,
    CaseAnswer,
    CaseQuestion,
    check_cases,
    collections,
)
from ndoo.service.list_checks.limits import limit
from ndoo.service.nhs_forms.fields import Radios, Textarea
from ndoo.service.nhs_forms.people_fields import NHSNumberField, ReferenceField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.staff.actor import entry
from ndoo.service.staff.console import page, typed

WORDS: dict[CaseAnswer, tuple[Any, str, Any]] = {
    CaseAnswer.MAY_BE_USED: (
        gettext_lazy("May be used"),
        "green",
        gettext_lazy("No opt-out is recorded for this person."),
    ),
    CaseAnswer.NO_OPT_OUT: (
        gettext_lazy("No opt-out recorded"),
        "grey",
        gettext_lazy(
            "No opt-out is recorded for this number. Whose number it is was not looked up: compare it with the person’s record, digit by digit."
        ),
    ),
    CaseAnswer.OPTED_OUT: (
        gettext_lazy("Leave out"),
        "red",
        gettext_lazy("This person has opted out. Do not enter their record."),
    ),
    CaseAnswer.NOBODY: (
        gettext_lazy("Not known"),
        "yellow",
        gettext_lazy(
            "No one that we know of has this number now: it may be mistyped, or replaced by another. Leave the record out until you know."
        ),
    ),
    CaseAnswer.NOT_COVERED: (
        gettext_lazy("Not known"),
        "yellow",
        gettext_lazy(
            "No opt-out can be held under this number, such as one from Scotland or Northern Ireland. "
            "Leave the record out until you know the person’s NHS number for England."
        ),
    ),
    CaseAnswer.NO_NUMBER: (
        gettext_lazy("Not known"),
        "yellow",
        gettext_lazy("This is not an NHS number. Check each digit, and leave the record out until you know."),
    ),
}
"""The tag, its colour and the sentence of each answer."""


class ScannedNumber(NHSNumberField):
    """Where the cursor stands: a number is typed, or a scanner types it and its Enter asks."""

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """With the cursor in it."""
        return super().parameters(bound) | {"attributes": {"autofocus": True}}


class CaseForm(QuestionForm):
    """For what, why, and about whom?"""

    collection = Radios(label=gettext_lazy("What do you ask for?"), missing=gettext_lazy("Select what you ask for"))
    reason = ReferenceField(
        label=gettext_lazy("Why do you ask?"),
        missing=gettext_lazy("Enter why you ask"),
        max_length=200,
        autocomplete="off",
        hint=gettext_lazy("Such as “records of March”. It is kept in the audit. Do not write names of patients here."),
    )
    number = ScannedNumber(
        autocomplete="off", hint=gettext_lazy("Type, scan or paste it, then press Enter. Spaces do not matter.")
    )
    numbers = Textarea(label=gettext_lazy("NHS numbers, one on each line"), max_length=2_000)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.known = {caller.name: caller for caller in collections()}
        choices = [(caller.name, f"{caller.asset}, {caller.organisation}") for caller in self.known.values()]
        self.fields["collection"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            self.initial.setdefault("collection", choices[0][0])

    def clean(self) -> dict[str, Any]:
        """One number, or a short list of them."""
        said = super().clean() or {}
        lines = said.get("numbers", "").split("\n")
        said["lines"] = [line.strip().rstrip(",;").strip() for line in lines if line.strip()]
        if "number" not in self.errors:
            if said["number"] and said["lines"]:
                self.add_error("number", _("Ask about one number or about a list, and leave the other empty"))
            elif not said["number"] and not said["lines"]:
                self.add_error("number", _("Enter an NHS number"))
        if len(said["lines"]) > limit("cases_at_once"):
            words = _("Ask about %(most)s people or fewer at once. A longer list is sent by a system")
            self.add_error("numbers", words % {"most": limit("cases_at_once")})
        return said

    def asked(self) -> list[NHSNumber | None]:
        """Each number; None for a line that is none."""
        if self.cleaned_data["number"]:
            return [self.cleaned_data["number"]]
        found = [read(line) for line in self.cleaned_data["lines"]]
        return [one if isinstance(one, NHSNumber) else None for one in found]

    def question(self) -> CaseQuestion:
        """For what, and why."""
        return CaseQuestion(self.known[self.cleaned_data["collection"]], self.cleaned_data["reason"])


@dataclass(frozen=True, slots=True, repr=False)
class AnswerLine:
    """One line of the answer. It does not print."""

    digits: str
    """Empty where the line was no NHS number."""
    place: int
    tag: str
    colour: str
    words: str


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """The question and, below what was asked, the next one."""
    now = timezone.now()
    today = london_date(now)
    form = CaseForm(typed(request), today=today)
    shown: dict[str, Any] = {"most": limit("cases_at_once")}
    if request.method != "POST" or not form.is_valid():
        return page(request, "checks/cases.jinja", form=form, **shown)
    asked = form.asked()
    people = list(dict.fromkeys(one for one in asked if one))
    try:
        said = check_cases(people, form.question(), partial(entry, request), now) if people else []
    except AllowanceSpentError:
        return page(request, "checks/cases.jinja", 429, form=form, spent=limit("window_days"), **shown)
    except NoUsableList:
        return page(request, "checks/cases.jinja", 503, form=form, silent=True, **shown)
    answers = dict(zip(people, said, strict=True))
    kept = {name: form.cleaned_data[name] for name in ("collection", "reason")}
    return page(
        request,
        "checks/cases.jinja",
        form=CaseForm(None, today=today, initial=kept),
        lines=[_line(place, one, answers) for place, one in enumerate(asked, 1)],
        at=now,
        until=today + timedelta(days=judge_age(now, now, list_limit_days()).limit_days),
        **shown,
    )


def _line(place: int, one: NHSNumber | None, answers: dict[NHSNumber, CaseAnswer]) -> AnswerLine:
    tag, colour, words = WORDS[answers[one] if one else CaseAnswer.NO_NUMBER]
    return AnswerLine(one.reveal() if one else "", place, str(tag), colour, str(words))

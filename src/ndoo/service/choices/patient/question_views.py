"""The pages that ask who somebody is, one question each, and the page on which all the answers are checked."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from ndoo.service.address import address
from ndoo.service.choices.identity import attempts
from ndoo.service.choices.identity.find_person import search
from ndoo.service.choices.patient import journey_counts, memory, questions
from ndoo.service.choices.patient.journey_counts import Step
from ndoo.service.choices.patient.start_views import not_begun
from ndoo.service.messages.message import Way
from ndoo.service.nhs_forms.question import Answers, Question, QuestionView

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as Words


class JourneyQuestionView(QuestionView):
    """One question of the journey. `title` is the page's, where the form has several fields its heading too."""

    questions = questions.QUESTIONS
    finished = "journey-check-your-details"
    template_name = "journey/question.jinja"
    title: ClassVar[Words]

    def memory(self) -> MutableMapping[str, Any]:
        """The session's."""
        return memory.typed(self.request)

    def today(self) -> date:
        """In London."""
        return memory.today()

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        """A session that did not begin at the start page is led there."""
        if not memory.under_way(request):
            return not_begun(request)
        return super().dispatch(request, *arguments, **options)

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the way back: to the check page once all is answered, else to the question before."""
        answered, following = memory.answers(self.request)
        before = [q for q in self.questions[: self.questions.index(self.question)] if q.asked(answered)]
        back = self.finished if not following else before[-1].name if before else "journey-start"
        return super().get_context_data(title=self.title, back=reverse(back), **context)


class AskName(JourneyQuestionView):
    """First and last name."""

    question = questions.NAME
    title = gettext_lazy("What is your name?")
    template_name = "journey/name.jinja"

    def form_valid(self, form: Any) -> HttpResponse:
        """Whoever gives their name has begun."""
        journey_counts.begin(memory.kept(self.request), timezone.now())
        return super().form_valid(form)


class AskBorn(JourneyQuestionView):
    """Date of birth."""

    question = questions.BORN
    title = gettext_lazy("What is your date of birth?")


class AskKnowsNumber(JourneyQuestionView):
    """Do you know your NHS number?"""

    question = questions.KNOWS_NUMBER
    title = gettext_lazy("Do you know your NHS number?")
    template_name = "journey/knows-number.jinja"


class AskNumber(JourneyQuestionView):
    """NHS number."""

    question = questions.NUMBER
    title = gettext_lazy("What is your NHS number?")
    template_name = "journey/knows-number.jinja"


class AskPostcode(JourneyQuestionView):
    """Postcode."""

    question = questions.POSTCODE
    title = gettext_lazy("What is your postcode?")


class AskWay(JourneyQuestionView):
    """How the code travels."""

    question = questions.WAY
    title = gettext_lazy("How should we send your security code?")
    template_name = "journey/way.jinja"


class CheckDetails(View):
    """All the answers, each with its Change link; agreeing begins the search."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        """Only once every question is answered."""
        if not memory.under_way(request):
            return not_begun(request)
        self.answers, following = memory.answers(request)
        return HttpResponseRedirect(reverse(following)) if following else super().dispatch(request)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The answers."""
        asked = [question for question in questions.QUESTIONS if question.asked(self.answers)]
        context = {"rows": rows(asked, self.answers), "back": reverse(asked[-1].name)}
        return render(request, "journey/check-your-details.jinja", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """The same reply for everybody; the search is the worker's."""
        details, way = questions.details(self.answers)
        with transaction.atomic():
            key = attempts.begin(details, way, address(request), timezone.now())
            if key is None:
                return render(request, "journey/too-many-searches.jinja", status=429)
            search.enqueue(key)
        memory.keep_attempt(request, key)
        journey_counts.reach(memory.kept(request), timezone.now(), Step.SEARCHED)
        return redirect("journey-finding")


def rows(asked: list[Question], answers: Answers) -> list[dict[str, str]]:
    """Each answer in words, with the address at which it is changed."""
    words: dict[Question, tuple[str, Callable[[], str]]] = {
        questions.NAME: (_("Name"), lambda: f"{answers['given_name']} {answers['family_name']}"),
        questions.BORN: (_("Date of birth"), lambda: date_format(answers["born"], "j F Y")),
        questions.NUMBER: (_("NHS number"), lambda: in_threes(answers["number"].reveal())),
        questions.POSTCODE: (_("Postcode"), lambda: str(answers["postcode"])),
        questions.WAY: (
            _("Send my code by"),
            lambda: _("Text message") if answers["way"] == Way.TEXT else _("Email"),
        ),
    }
    return [
        {"key": words[question][0], "value": words[question][1](), "href": reverse(question.name)}
        for question in asked
        if question in words
    ]


def in_threes(digits: str) -> str:
    """An NHS number as people read it, on one line: its spaces do not break."""
    return f"{digits[:3]}\u00a0{digits[3:6]}\u00a0{digits[6:]}"

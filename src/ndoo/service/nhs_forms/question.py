"""A page that asks one question: one form, one address; the answers wait in the server's memory of the session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.generic import FormView

from ndoo.service.nhs_forms.dates import DayField, parts_of

Answers = dict[str, Any]
"""The cleaned answers of all the questions so far, by the names of their fields."""


class QuestionForm(forms.Form):
    """A form whose mistakes are told by the page, not by the browser. It knows what day it is in London."""

    use_required_attribute = False

    def __init__(self, *arguments: Any, today: date, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.today = today
        for field in self.fields.values():
            if isinstance(field, DayField):
                field.latest = today

    def problems(self) -> list[dict[str, str]]:
        """For the error summary: each sentence, with a link to the box where it is put right."""
        found = []
        for name, sentences in self.errors.items():
            bound = self[name if name in self.fields else next(iter(self.fields))]
            first_part = parts_of(self, name)[:1]
            found.append({"text": str(sentences[0]), "href": "#" + "_".join([bound.auto_id, *first_part])})
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `name` is its address's name too; `asked` says after which answers it is asked; `ends` names the
    page on which the journey ends with these answers, or is empty."""

    name: str
    form: type[QuestionForm]
    asked: Callable[[Answers], bool] = lambda answers: True
    ends: Callable[[Answers, date], str] = lambda answers, today: ""


def so_far(questions: tuple[Question, ...], memory: Mapping[str, Any], today: date) -> tuple[Answers, str]:
    """The answers that stand, and the name of the page that comes next; empty when every question is answered."""
    answers: Answers = {}
    for question in questions:
        if not question.asked(answers):
            continue
        form = question.form(memory.get(question.name, {}), today=today)
        if not form.is_valid():
            return answers, question.name
        answers |= form.cleaned_data
        if end := question.ends(answers, today):
            return answers, end
    return answers, ""


class QuestionView(FormView[QuestionForm], ABC):
    """The page of one question. A question is only open once those before it are answered."""

    questions: ClassVar[tuple[Question, ...]]
    question: Question
    finished: ClassVar[str]
    """The address that follows the last question."""

    @abstractmethod
    def memory(self) -> MutableMapping[str, Any]:
        """Where the answers wait, as they were typed."""
        ...

    @abstractmethod
    def today(self) -> date:
        """The day in London."""
        ...

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        """Whoever comes too early is led to the question that is open."""
        before = self.questions[: self.questions.index(self.question)]
        answers, open_one = so_far(before, self.memory(), self.today())
        if open_one or not self.question.asked(answers):
            return self.onward()
        return super().dispatch(request, *arguments, **options)

    def get_form(self, form_class: type[QuestionForm] | None = None) -> QuestionForm:
        """The form, with the earlier answer in it."""
        earlier = self.memory().get(self.question.name, {})
        fields = self.question.form.base_fields
        initial = {name: field.widget.value_from_datadict(earlier, {}, name) for name, field in fields.items()}
        data = self.request.POST if self.request.method == "POST" else None
        return self.question.form(data, initial=initial if earlier else None, today=self.today())

    def form_valid(self, form: QuestionForm) -> HttpResponse:
        """Keep the answer as it was typed, and go on."""
        mine = tuple(form.fields)
        kept = {key: text for key, text in self.request.POST.items() if key.partition("_")[0] in mine or key in mine}
        self.memory()[self.question.name] = kept
        return self.onward()

    def onward(self) -> HttpResponseRedirect:
        """To the page that comes next."""
        _, following = so_far(self.questions, self.memory(), self.today())
        return HttpResponseRedirect(reverse(following or self.finished))

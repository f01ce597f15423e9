"""The pages after the proof: make the choice, review it, save it, and see what was chosen before."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View
from django.views.generic import FormView

from ndoo.service.address import address
from ndoo.service.audit.entries import Entry
from ndoo.service.choices import choice_history
from ndoo.service.choices.choice_reference import reference_of
from ndoo.service.choices.identity import proven_session
from ndoo.service.choices.identity.directory import demographics
from ndoo.service.choices.identity.eligibility import Eligibility, standing
from ndoo.service.choices.identity.find_person import recipient
from ndoo.service.choices.identity.people import DemographicsDownError
from ndoo.service.choices.models import Channel, Choice, ChoiceEvent
from ndoo.service.choices.patient import history, journey_counts, memory
from ndoo.service.choices.patient.forms import ChoiceForm, FeelingForm
from ndoo.service.choices.patient.journey_counts import Feeling, Step
from ndoo.service.choices.patient.start_views import not_begun
from ndoo.service.choices.receipts import confirmation_of, send_receipt
from ndoo.service.choices.record_choice import ChoiceChangedMeanwhileError, NewChoice, record


class ProvenView(View):
    """A page for the person who proved who they are, and for nobody else: the number comes from the session alone."""

    who: proven_session.Proven
    notes: dict[str, Any]

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        """Once for each session the record is asked whether this person may choose online."""
        who = proven_session.proven(request)
        if who is None:
            return not_begun(request)
        notes = proven_session.notes(request)
        before = () if who.how == "code" else (Step.STARTED, Step.SEARCHED)  # who comes by NHS login types nothing here
        journey_counts.reach(notes, timezone.now(), *before, Step.PROVED)
        if "standing" not in notes:
            try:
                person = demographics().by_number(who.number)
            except DemographicsDownError:
                return render(request, "journey/search-failed.jinja", status=503)
            if person and person.number != who.number:  # an old number leads to the one that holds now
                proven_session.begin(request, person.number, who.how)
                return self.dispatch(request, *arguments, **options)
            to = recipient(person) if person else None
            notes["standing"] = standing(person, memory.today()).value
            notes["told"] = to.masked if to else ""
        if notes["standing"] != Eligibility.MAY_CHOOSE:
            return redirect(f"journey-{notes['standing']}")
        self.who, self.notes = who, notes
        return super().dispatch(request, *arguments, **options)


def _seen(request: HttpRequest, notes: dict[str, Any]) -> int:
    """How many choices there were when the page was made that is sent. Two windows share the notes, but each page says
    its own, so that nobody saves over a choice that their page did not show."""
    told = request.POST.get("seen", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else int(notes.get("seen", 0))


class MakeChoice(ProvenView, FormView[ChoiceForm]):
    """The one question. A choice that stands is shown in words and selected; nothing is, where none was made."""

    form_class = ChoiceForm
    template_name = "journey/choice.jinja"

    @cached_property
    def current(self) -> ChoiceEvent | None:
        """The choice that stands."""
        return choice_history.current(self.who.number)

    def get_form_kwargs(self) -> dict[str, Any]:
        """With what stands; how many choices there were is noted, so that none that comes in between is lost."""
        if self.request.method == "GET":
            self.notes["seen"] = self.current.sequence if self.current else 0
        selected = self.notes.get("choice") or (self.current.choice if self.current else "")
        return super().get_form_kwargs() | {"today": memory.today(), "initial": {"choice": selected}}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the choice that stands, and how many there were when it was read."""
        line = history.line(self.current) if self.current else None
        made = super().get_context_data(current=line, **context)
        return made | {"seen": _seen(self.request, self.notes)}

    def form_valid(self, form: ChoiceForm) -> HttpResponse:
        """Nothing is saved yet."""
        self.notes |= {"choice": form.cleaned_data["choice"], "seen": _seen(self.request, self.notes)}
        journey_counts.reach(self.notes, timezone.now(), Step.CHOSE)
        return redirect("journey-review")


class Review(ProvenView):
    """What the choice means, in words, before it is saved."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The choice in words."""
        if "choice" not in self.notes:
            return redirect("journey-choice")
        choice = Choice(self.notes["choice"])
        context = {
            "choice": choice,
            "seen": self.notes["seen"],
            "meaning": history.in_words(choice),
            "told": self.notes["told"],
            "back": reverse("journey-choice"),
        }
        return render(request, "journey/review.jinja", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Into the register what the sent page said, or to the page that says that another choice came first."""
        said = request.POST.get("choice", self.notes.get("choice"))
        if said not in Choice.values:
            return redirect("journey-choice")
        choice, seen = Choice(said), _seen(request, self.notes)
        for note in ("choice", "seen", "saved", "unchanged"):  # another window may have used them
            self.notes.pop(note, None)
        number, how = self.who.number, self.who.how
        if _is_same(choice_history.current(number), choice, seen):
            self.notes["unchanged"] = seen
            journey_counts.finish(self.notes, timezone.now())
            return redirect("journey-saved")
        change = NewChoice(number, choice, timezone.now(), Channel.ONLINE)
        entry = Entry(
            "self", "choice.set", number, details={"choice": choice.value, "how": how}, address=address(request)
        )
        try:
            with transaction.atomic():
                event = record(change, entry, expected=seen)
                send_receipt.enqueue(event.pk)
        except ChoiceChangedMeanwhileError:
            return redirect("journey-changed-meanwhile")
        except OperationalError:
            self.notes |= {"choice": choice.value, "seen": seen}
            return render(request, "journey/not-saved.jinja", status=503)
        self.notes["saved"] = event.sequence
        journey_counts.finish(self.notes, timezone.now())
        return redirect("journey-saved")


def _is_same(current: ChoiceEvent | None, choice: Choice, seen: int) -> bool:
    """Is it the choice that the page showed, and that still stands? Then there is nothing to record."""
    return current is not None and (current.choice, current.sequence) == (choice, seen)


class Saved(ProvenView):
    """The choice is saved, or was the one that stood; what happens next."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The newest choice, where it was saved or confirmed in this session."""
        current = choice_history.current(self.who.number)
        if current is None or current.sequence not in (self.notes.get("saved"), self.notes.get("unchanged")):
            return redirect("journey-history")
        context = {
            "unchanged": self.notes.get("unchanged") == current.sequence,
            "choice": Choice(current.choice),
            "meaning": history.in_words(Choice(current.choice)),
            "told": self.notes["told"],
            "reference": reference_of(current),
        }
        return render(request, "journey/saved.jinja", context)


class Feedback(ProvenView, FormView[FeelingForm]):
    """One question at the end, for whoever saved a choice in this session; only how many gave each answer is kept."""

    form_class = FeelingForm
    template_name = "journey/feedback.jinja"

    def get(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponse:
        """Not before there is anything to say."""
        done = {"saved", "unchanged"} & self.notes.keys()
        return super().get(request, *arguments, **options) if done else redirect("journey-choice")

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the day."""
        return super().get_form_kwargs() | {"today": memory.today()}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Whoever answered is thanked."""
        return super().get_context_data(answered="rated" in self.notes, back=reverse("journey-saved"), **context)

    def form_valid(self, form: FeelingForm) -> HttpResponse:
        """Counted once."""
        if "rated" not in self.notes and {"saved", "unchanged"} & self.notes.keys():
            self.notes["rated"] = True
            journey_counts.rate(Feeling(form.cleaned_data["feeling"]), timezone.now())
        return redirect("journey-feedback")


class Confirmation(ProvenView):
    """The confirmation of the choice that stands, as a file to keep: the words that the message has."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """A text file, named after the reference number and after nobody."""
        current = choice_history.current(self.who.number)
        if current is None:
            return redirect("journey-history")
        words = confirmation_of(current)
        kept = HttpResponse(f"{words.subject}\n\n{words.text}", content_type="text/plain; charset=utf-8")
        name = "-".join(["your-choice", reference_of(current)]).rstrip("-")
        kept["Content-Disposition"] = f'attachment; filename="{name}.txt"'
        return kept


class ChangedMeanwhile(ProvenView):
    """Somebody changed this person's choice between the question and the answer; nothing of theirs was lost."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """What stands now."""
        current = choice_history.current(self.who.number)
        return render(
            request, "journey/changed-meanwhile.jinja", {"current": history.line(current) if current else None}
        )


class History(ProvenView):
    """Every choice of this person, and the organisations that have applied it."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Nothing about care."""
        current = choice_history.current(self.who.number)
        context = {
            "lines": history.lines(self.who.number),
            "applied": history.applied(self.who.number, current.sequence if current else 0),
            "since": history.recorded_since(),
        }
        return render(request, "journey/history.jinja", context)

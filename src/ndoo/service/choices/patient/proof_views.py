"""The pages between the search and the proof: finding, the security code, and what to do without one.

Nothing on them depends on whether anybody was found, until the right code has been typed
(docs/explanation/decisions/0023-what-is-told-before-proof.md).
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views import View
from django.views.generic import FormView

from ndoo.service.address import address
from ndoo.service.choices.identity import attempts, codes, proven_session
from ndoo.service.choices.identity.attempts import AttemptStage
from ndoo.service.choices.identity.codes import CodeVerdict
from ndoo.service.choices.identity.find_person import send_again
from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.patient import journey_counts, memory
from ndoo.service.choices.patient.forms import CodeForm
from ndoo.service.choices.patient.start_views import not_begun


class WithAttempt(View):
    """A page that needs an attempt; `key` is the attempt's."""

    key: str

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        """Whoever has not agreed to the search is led back to it."""
        if not memory.under_way(request):
            return not_begun(request)
        key = memory.attempt(request)
        if key is None:
            return redirect("journey-check-your-details")
        self.key = key
        return super().dispatch(request, *arguments, **options)


class WaitView(WithAttempt):
    """Waits for the worker: by a script where there is one, else by a link."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Onward as soon as the search is done."""
        progress = attempts.progress(self.key, timezone.now())
        if progress is AttemptStage.READY:
            return redirect("journey-code")
        if progress is AttemptStage.FAILED:
            return render(request, "journey/search-failed.jinja", status=503)
        return render(request, "journey/finding.jinja")


class FindingProgress(WithAttempt):
    """The same for the script: is there something new on the page?"""

    def get(self, request: HttpRequest) -> HttpResponse:
        """`{"done": …}`."""
        return JsonResponse({"done": attempts.progress(self.key, timezone.now()) is not AttemptStage.WAITING})


class EnterCode(WithAttempt, FormView[CodeForm]):
    """The security code; the right one proves who this is."""

    form_class = CodeForm
    template_name = "journey/code.jinja"

    def dispatch(self, request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
        """Not before the search is done."""
        key = memory.attempt(request) if memory.under_way(request) else None
        if key is not None and attempts.progress(key, timezone.now()) is not AttemptStage.READY:
            return redirect("journey-finding")
        return super().dispatch(request, *arguments, **options)

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the day."""
        return super().get_form_kwargs() | {"today": memory.today()}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the limits that the page names."""
        again = "again" in self.request.GET
        return super().get_context_data(minutes=limit("code_minutes"), again=again, **context)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        """On to the choice, or to a page that says what to do."""
        checked = codes.check(self.key, form.cleaned_data["code"], address(self.request), timezone.now())
        if checked.number is not None:
            when = journey_counts.began(memory.kept(self.request))
            proven_session.begin(self.request, checked.number, "code")
            journey_counts.go_on(proven_session.notes(self.request), when)
            return redirect("journey-choice")
        if checked.verdict in (CodeVerdict.BRAKED, CodeVerdict.ADDRESS_BRAKED):
            longer_helps = checked.verdict is CodeVerdict.BRAKED
            context = {
                "minutes": limit("brake_minutes"),
                "longer_helps": longer_helps,
                "code_minutes": limit("code_minutes"),
                "back": reverse("journey-code"),
            }
            return render(self.request, "journey/brake.jinja", context, status=429)
        if checked.verdict is CodeVerdict.EXPIRED:
            return redirect("journey-code-expired")
        if checked.left == 0:
            return redirect("journey-code-spent")
        left = ngettext("You can try %(left)s more time", "You can try %(left)s more times", checked.left)
        wrong = gettext("This is not the code that we sent. Check it and try again.")
        form.add_error("code", f"{wrong} {left % {'left': checked.left}}")
        return self.form_invalid(form)


class NewCode(WithAttempt):
    """Another code, for those who can have one."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """The same reply for everybody."""
        if not attempts.ask_again(self.key):
            return redirect("journey-too-many-codes")
        send_again.enqueue(self.key)
        return redirect(reverse("journey-code") + "?again")


class NoCode(WithAttempt):
    """Why no code may have come, for everybody alike; ordered by what was typed, not by what was found."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Every reason, each with what to do."""
        return render(request, "journey/no-code.jinja", _choices(request, self.key))


class CodeSpent(WithAttempt):
    """The code was wrong too often, or used."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """With the way to a new one."""
        return render(request, "journey/code-spent.jinja", _choices(request, self.key))


class CodeExpired(WithAttempt):
    """The code is too old."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """With the way to a new one."""
        return render(request, "journey/code-expired.jinja", _choices(request, self.key))


class TooManyCodes(WithAttempt):
    """No more codes for this attempt: the telephone."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Whom to call."""
        return render(request, "journey/too-many-codes.jinja")


def _choices(request: HttpRequest, key: str) -> dict[str, Any]:
    answers, _ = memory.answers(request)
    return {
        "by_number": answers.get("number") is not None,
        "another": attempts.may_ask_again(key),
        "minutes": limit("code_minutes"),
        "codes_a_day": limit("codes_per_person_per_day"),
        "back": reverse("journey-code"),
    }

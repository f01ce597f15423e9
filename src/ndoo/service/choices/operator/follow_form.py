"""Public pages on which whoever posts a form gets a number for it, and sees by that number how far it is.

They tell nobody who they are, and are told nothing of the person or the choice.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from ndoo.domain.london import london_date
from ndoo.service.choices.choice_reference import new_reference
from ndoo.service.choices.operator.forms import FormNumber
from ndoo.service.choices.operator.models import FormState, PostedForm
from ndoo.service.nhs_forms.question import QuestionForm

SAID: dict[str, tuple[Any, Any]] = {
    FormState.DRAFT: (_("Received"), _("We have your form. It was not checked yet.")),
    FormState.WAITING: (_("Being checked"), _("We have your form, and a second person checks it.")),
    FormState.APPROVED: (_("Done"), _("We checked the form and saved the choice.")),
    FormState.REFUSED: (
        _("Done"),
        _("We checked the form, and could not save a choice from it. Call us to find out why."),
    ),
    FormState.DISCARDED: (
        _("Done"),
        _("We did not save a choice from what we wrote down of this form. Call us to find out why."),
    ),
}
"""How far a form is, in each of its states."""


class FollowForm(QuestionForm):
    """Which form?"""

    number = FormNumber(
        label=_("What is the number of your form?"),
        missing=_("Enter the number of your form"),
        hint=_("You wrote it on the form before you sent it. It looks like 7KQ2-XW4D-93HM."),
    )


@require_safe
def number(request: HttpRequest) -> HttpResponse:
    """A number that no form has. Nothing is kept of it until it comes back on a form."""
    return render(request, "follow/number.jinja", {"number": new_reference()})


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponse:
    """How far the form is. Posted, so that the number is in no address."""
    form = FollowForm(request.POST or None, today=london_date(timezone.now()))
    words: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        found = PostedForm.objects.filter(form_number=form.cleaned_data["number"]).first()
        words["asked"] = True
        if found:
            words["found"], (words["state"], words["said"]) = found, SAID[found.state]
    return render(request, "follow/form.jinja", words)

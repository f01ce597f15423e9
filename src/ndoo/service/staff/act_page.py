"""The page before an act that others feel: it says what will happen, and asks why. The reason stands in the audit."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ndoo.domain.london import london_date
from ndoo.service.nhs_forms.people_fields import ReferenceField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.staff.console import page, typed


@dataclass(frozen=True, slots=True)
class WeightyAct:
    """What the page says of an act."""

    title: str
    happens: tuple[str, ...]
    """What will happen, and whether there is a way back, a sentence each."""
    button: str
    back: str
    """The address from which somebody comes."""
    warning: bool = True


class WhyField(ReferenceField):
    """Why it is done; the audit keeps it."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Why?"),
            hint=_("It is kept in the audit. Do not write names of patients here."),
            missing=_("Enter why you do this"),
            max_length=200,
        )


class WhyForm(QuestionForm):
    """Why it is done."""

    because = WhyField()


def reason_for(request: HttpRequest, act: WeightyAct) -> str | HttpResponse:
    """Why the act is done, once somebody has said so on its page; before that, the page."""
    form = WhyForm(typed(request), today=london_date(timezone.now()))
    if request.method == "POST" and form.is_valid():
        return str(form.cleaned_data["because"])
    return page(request, "staff/act.jinja", act=act, form=form)

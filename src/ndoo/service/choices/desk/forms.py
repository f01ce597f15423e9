"""What is asked on the pages of the desk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ndoo.domain.nhs_number import names_somebody
from ndoo.service.choices.desk.caller_questions import ANSWERED, Answered, Asked
from ndoo.service.choices.desk.models import Who
from ndoo.service.choices.desk.reasons import WORDS, Reason
from ndoo.service.choices.desk.who_may_choose import EVIDENCE, WHO, passes, rules
from ndoo.service.choices.identity.people import Details
from ndoo.service.choices.models import Choice
from ndoo.service.nhs_forms.dates import Day
from ndoo.service.nhs_forms.fields import Radios, Text
from ndoo.service.nhs_forms.people_fields import Name, NHSNumberField, Postcode
from ndoo.service.nhs_forms.question import QuestionForm

CHOICES = (
    (Choice.OPT_OUT.value, _("Do not share: the information cannot be used for research and planning")),
    (Choice.ALLOW.value, _("Share: the information can be used for research and planning")),
)
"""The polarity in words; "yes" and "no" alone are never read out or clicked on here."""


class Reference(Text):
    """A reference to something kept elsewhere: it must not name a patient."""

    def clean(self, value: Any) -> str:
        """The text, without an NHS number in it."""
        text = str(super().clean(value)).strip()
        if names_somebody(text):
            raise ValidationError(_("Do not write an NHS number here"))
        return text


class Find(QuestionForm):
    """Why, and whom?"""

    reason = Radios(
        label=_("Why do you look for this person?"),
        missing=_("Select why you look for this person"),
        choices=[(reason.value, WORDS[reason]) for reason in Reason],
    )
    note = Reference(
        label=_("Your reference for it, if there is one"),
        max_length=60,
        width=20,
        autocomplete="off",
        hint=_("Such as the number of the letter. It is kept in the audit. Do not write names here."),
    )
    number = NHSNumberField(autocomplete="off")
    given = Name(label=_("First name"), unlike=_("Check the first name"), autocomplete="off")
    family = Name(label=_("Last name"), unlike=_("Check the last name"), autocomplete="off")
    born = Day(label=_("Date of birth"), named=_("Date of birth"))
    postcode = Postcode(label=_("Postcode"), unlike=_("Check the postcode"), autocomplete="off")

    def clean(self) -> dict[str, Any]:
        """A number, or names and date of birth with a postcode."""
        said = super().clean() or {}
        if not self.errors and not said["number"]:
            missing = [name for name in ("given", "family", "born", "postcode") if not said[name]]
            if len(missing) == 4:
                self.add_error("number", _("Enter an NHS number, or all the details"))
            words = {
                "given": _("Enter the first name"),
                "family": _("Enter the last name"),
                "born": _("Enter the date of birth"),
                "postcode": _("Enter the postcode"),
            }
            for name in missing if len(missing) < 4 else ():
                self.add_error(name, words[name])
        return said

    def details(self) -> Details:
        """The details, once they are known to be all there."""
        said = self.cleaned_data
        return Details(said["given"], said["family"], said["born"], postcode=said["postcode"])

    def why(self) -> str:
        """The reason as the audit keeps it."""
        words = str(WORDS[Reason(self.cleaned_data["reason"])])
        return f"{words}: {self.cleaned_data['note']}" if self.cleaned_data["note"] else words


class CallerCheck(QuestionForm):
    """How did each question go?"""

    def __init__(self, *arguments: Any, questions: list[Asked], **options: Any) -> None:
        super().__init__(*arguments, **options)
        for one in questions:
            self.fields[one.name] = Radios(
                label=one.words,
                missing=_("Select how each question went"),
                choices=ANSWERED,
                hint=_("On record: %(on_record)s") % {"on_record": one.on_record},
                initial=Answered.NOT_ASKED.value,
            )

    def passed(self) -> list[str]:
        """The names of the questions that were answered rightly."""
        return [name for name, how in self.cleaned_data.items() if how == Answered.RIGHT]

    def failed(self) -> bool:
        """Was any answer wrong?"""
        return Answered.WRONG in self.cleaned_data.values()

    def clean(self) -> dict[str, Any]:
        """Enough right answers; a wrong one needs no others."""
        said = super().clean() or {}
        self.cleaned_data = said
        if not self.errors and not self.failed() and len(self.passed()) < passes():
            first = next(name for name, how in said.items() if how != Answered.RIGHT)
            self.add_error(first, _("Ask %(passes)s questions or more") % {"passes": passes()})
        return said


class TheirChoice(QuestionForm):
    """What did the person say?"""

    choice = Radios(label=_("What did the person choose?"), missing=_("Select what the person chose"), choices=CHOICES)


class OnTheForm(QuestionForm):
    """What stands on the form that arrived?"""

    who = Radios(
        label=_("Who signed the form?"),
        missing=_("Select who signed the form"),
        choices=[(who.value, WHO[who]) for who in Who],
    )
    choice = Radios(label=_("What does the form say?"), missing=_("Select what the form says"), choices=CHOICES)
    received_on = Day(
        label=_("When did it arrive?"),
        named=_("The day on which it arrived"),
        missing=_("Enter the day on which it arrived"),
    )
    evidence_kind = Radios(
        label=_("Which proof came with it?"),
        missing=_("Select which proof came with it"),
        choices=list(EVIDENCE.items()),
    )
    evidence_reference = Reference(
        label=_("Where is the copy kept?"),
        missing=_("Say where the copy is kept"),
        max_length=80,
        autocomplete="off",
        hint=_("A reference, such as scan 2026-118. Do not write names or NHS numbers here."),
    )

    def clean(self) -> dict[str, Any]:
        """A proof that fits who signed."""
        said = super().clean() or {}
        if (
            said.get("who")
            and said.get("evidence_kind")
            and said["evidence_kind"] not in rules()[Who(said["who"])].evidence
        ):
            self.add_error("evidence_kind", _("This proof does not fit who signed the form"))
        return said


class Refusal(QuestionForm):
    """Why is the form refused?"""

    refusal = Reference(
        label=_("Why is it refused?"),
        missing=_("Say why it is refused"),
        max_length=200,
        autocomplete="off",
        hint=_("The operator reads this. Do not write names or NHS numbers here."),
    )

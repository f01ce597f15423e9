"""What is asked on the pages of the desk."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.choices.choice_reference import SoughtReference, reference_in
from ndoo.service.choices.identity.people import Details
from ndoo.service.choices.models import Choice
from ndoo.service.choices.operator.caller_questions import ANSWERED, AskedQuestion, CallerAnswer
from ndoo.service.choices.operator.models import Who
from ndoo.service.choices.operator.proxy_contact import is_contact
from ndoo.service.choices.operator.reasons import WORDS, DeskReason
from ndoo.service.choices.operator.who_may_choose import EVIDENCE, WHO, passes, rules
from ndoo.service.nhs_forms.dates import DayField
from ndoo.service.nhs_forms.fields import Radios, Text
from ndoo.service.nhs_forms.people_fields import Name, NHSNumberField, Postcode, ReferenceField
from ndoo.service.nhs_forms.question import QuestionForm

CHOICES = (
    (Choice.OPT_OUT.value, _("Do not share: the information cannot be used for research and planning")),
    (Choice.ALLOW.value, _("Share: the information can be used for research and planning")),
)
"""The polarity in words; "yes" and "no" alone are never read out or clicked on here."""


class ChoiceNumber(Text):
    """The reference number of a choice, as its confirmation shows it. Only its form is judged here: whether a choice has it is
    found out where the audit is told of each search."""

    def clean(self, value: Any) -> Any:
        """None where it may be, and was, left empty."""
        text = str(super().clean(value)).strip()
        if not text:
            return None
        reference = reference_in(text)
        if not reference:
            raise ValidationError(_("This is not the reference number of a choice. It looks like 7KQ2-XW4D-93HM"))
        return SoughtReference(reference)


class FormNumber(Text):
    """The number that somebody wrote on a form, to follow it by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"width": 20, "autocomplete": "off", **options})

    def clean(self, value: Any) -> str:
        """As numbers of forms are written; empty where it may be, and was, left empty."""
        text = str(super().clean(value)).strip()
        number = reference_in(text)
        if text and not number:
            raise ValidationError(_("This is not the number of a form. It looks like 7KQ2-XW4D-93HM"))
        return number


class Contact(ReferenceField):
    """Where somebody is told: an e-mail address or a telephone number."""

    def clean(self, value: Any) -> str:
        """Empty where it may be, and was, left empty."""
        text = super().clean(value)
        if text and not is_contact(text):
            raise ValidationError(_("Enter an email address like name@example.com, or a phone number"))
        return text


class Find(QuestionForm):
    """Why, and whom?"""

    reason = Radios(
        label=_("Why do you look for this person?"),
        missing=_("Select why you look for this person"),
        choices=[(reason.value, WORDS[reason]) for reason in DeskReason],
    )
    note = ReferenceField(
        label=_("Your reference for it, if there is one"),
        max_length=60,
        width=20,
        autocomplete="off",
        hint=_("Such as the number of the letter. It is kept in the audit. Do not write names here."),
    )
    choice_reference = ChoiceNumber(
        label=_("Reference number of a choice"),
        width=20,
        autocomplete="off",
        hint=_("It stands on the confirmation. It finds the person, and does not show who is calling."),
    )
    number = NHSNumberField(autocomplete="off")
    given = Name(label=_("First name"), unlike=_("Check the first name"), autocomplete="off")
    family = Name(label=_("Last name"), unlike=_("Check the last name"), autocomplete="off")
    born = DayField(label=_("Date of birth"), named=_("Date of birth"))
    postcode = Postcode(label=_("Postcode"), unlike=_("Check the postcode"), autocomplete="off")

    def clean(self) -> dict[str, Any]:
        """A number, the reference of a choice, or names and date of birth with a postcode: one of them, so that none is passed
        over that may be another person's."""
        said = super().clean() or {}
        details = ("given", "family", "born", "postcode")
        ways = [said.get("number"), said.get("choice_reference"), any(said.get(name) for name in details)]
        if sum(map(bool, ways)) > 1:
            self.add_error("number", _("Look for the person in one way only, and leave the others empty"))
        elif not self.errors and not said["number"] and not said["choice_reference"]:
            missing = [name for name in details if not said[name]]
            if len(missing) == 4:
                self.add_error("number", _("Enter an NHS number, a reference number, or all the details"))
            words = {
                "given": _("Enter the first name"),
                "family": _("Enter the last name"),
                "born": _("Enter the date of birth"),
                "postcode": _("Enter the postcode"),
            }
            for name in missing if len(missing) < 4 else ():
                self.add_error(name, words[name])
        return said

    def sought(self) -> NHSNumber | SoughtReference | Details:
        """Whom it is about, once that is known to be all there."""
        said = self.cleaned_data
        if said["number"] or said["choice_reference"]:
            known: NHSNumber | SoughtReference = said["number"] or said["choice_reference"]
            return known
        return Details(said["given"], said["family"], said["born"], postcode=said["postcode"])

    def why(self) -> str:
        """The reason as the audit keeps it."""
        words = str(WORDS[DeskReason(self.cleaned_data["reason"])])
        return f"{words}: {self.cleaned_data['note']}" if self.cleaned_data["note"] else words


class CallerCheck(QuestionForm):
    """How did each question go?"""

    def __init__(self, *arguments: Any, questions: list[AskedQuestion], **options: Any) -> None:
        super().__init__(*arguments, **options)
        for one in questions:
            self.fields[one.name] = Radios(
                label=one.words,
                missing=_("Select how each question went"),
                choices=ANSWERED,
                hint=_("On record: %(on_record)s") % {"on_record": one.on_record},
                initial=CallerAnswer.NOT_ASKED.value,
            )

    def passed(self) -> list[str]:
        """The names of the questions that were answered rightly."""
        return [name for name, how in self.cleaned_data.items() if how == CallerAnswer.RIGHT]

    def failed(self) -> bool:
        """Was any answer wrong?"""
        return CallerAnswer.WRONG in self.cleaned_data.values()

    def clean(self) -> dict[str, Any]:
        """Enough right answers; a wrong one needs no others."""
        said = super().clean() or {}
        self.cleaned_data = said
        if not self.errors and not self.failed() and len(self.passed()) < passes():
            first = next(name for name, how in said.items() if how != CallerAnswer.RIGHT)
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
    proxy_name = Name(
        label=_("Who signed for the person?"),
        unlike=_("Check the name of whoever signed"),
        autocomplete="off",
        hint=_("Their full name, as it stands on the form. Leave it empty where the person signed themself."),
    )
    proxy_relation = ReferenceField(
        label=_("What are they to the person?"),
        max_length=60,
        autocomplete="off",
        hint=_("Such as mother, guardian, attorney for health and welfare, or nurse at the setting."),
    )
    proxy_contact = Contact(
        label=_("Their email address or phone number"),
        max_length=254,
        autocomplete="off",
        hint=_("We tell them when the choice is set, where it is an email address or a mobile number."),
    )
    form_number = FormNumber(
        label=_("Number of the form, if one stands on it"),
        hint=_("Such as 7KQ2-XW4D-93HM. Whoever sent the form follows it by this number."),
    )
    choice = Radios(label=_("What does the form say?"), missing=_("Select what the form says"), choices=CHOICES)
    received_on = DayField(
        label=_("When did it arrive?"),
        named=_("The day on which it arrived"),
        missing=_("Enter the day on which it arrived"),
    )
    evidence_kind = Radios(
        label=_("Which proof came with it?"),
        missing=_("Select which proof came with it"),
        choices=list(EVIDENCE.items()),
    )
    evidence_reference = ReferenceField(
        label=_("Where is the copy kept?"),
        missing=_("Say where the copy is kept"),
        max_length=80,
        autocomplete="off",
        hint=_("A reference, such as scan 2026-118. Do not write names or NHS numbers here."),
    )

    def clean(self) -> dict[str, Any]:
        """A proof that fits who signed, and who they are where that is somebody else."""
        said = super().clean() or {}
        self._judge_proxy(said)
        if (
            said.get("who")
            and said.get("evidence_kind")
            and said["evidence_kind"] not in rules()[Who(said["who"])].evidence
        ):
            self.add_error("evidence_kind", _("This proof does not fit who signed the form"))
        return said

    def _judge_proxy(self, said: dict[str, Any]) -> None:
        if not said.get("who"):
            return
        if said["who"] == Who.SELF:
            for name in ("proxy_name", "proxy_relation", "proxy_contact"):
                if said.get(name):
                    self.add_error(name, _("Leave this empty: the person signed the form themself"))
            return
        missing = {
            "proxy_name": _("Enter the name of whoever signed for the person"),
            "proxy_relation": _("Say what they are to the person"),
        }
        for name, words in missing.items():
            if name in said and not said[name]:
                self.add_error(name, words)


class RefusalForm(QuestionForm):
    """Why is the form refused?"""

    refusal = ReferenceField(
        label=_("Why is it refused?"),
        missing=_("Say why it is refused"),
        max_length=200,
        autocomplete="off",
        hint=_("The operator reads this. Do not write names or NHS numbers here."),
    )

"""What a person is asked before they are known: the forms of the questions, with their sentences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ndoo.service.choices.identity.limits import limit
from ndoo.service.choices.models import Choice
from ndoo.service.choices.patient.journey_counts import Feeling
from ndoo.service.messages.message import Way
from ndoo.service.nhs_forms.dates import DayField
from ndoo.service.nhs_forms.fields import Radios
from ndoo.service.nhs_forms.people_fields import Name, NHSNumberField, Postcode, SecurityCodeField
from ndoo.service.nhs_forms.question import QuestionForm

YES, NO = "yes", "no"


class NameForm(QuestionForm):
    """First and last name, as on the health record."""

    given_name = Name(
        label=_("First name"),
        missing=_("Enter your first name"),
        unlike=_("Check your first name. It can have letters of any language, spaces, hyphens and apostrophes"),
        autocomplete="given-name",
    )
    family_name = Name(
        label=_("Last name"),
        missing=_("Enter your last name"),
        unlike=_("Check your last name. It can have letters of any language, spaces, hyphens and apostrophes"),
        autocomplete="family-name",
    )


class BornForm(QuestionForm):
    """Date of birth."""

    born = DayField(
        label=_("What is your date of birth?"),
        named=_("Date of birth"),
        missing=_("Enter your date of birth"),
        hint=_("For example, 31 3 1980"),
        heading=True,
        birthday=True,
    )


class KnowsNumberForm(QuestionForm):
    """Does the person know their NHS number?"""

    knows_number = Radios(
        label=_("Do you know your NHS number?"),
        choices=[(YES, _("Yes, I know my NHS number")), (NO, _("No, I do not know it"))],
        missing=_("Select yes if you know your NHS number"),
        heading=True,
    )


class NumberForm(QuestionForm):
    """The NHS number."""

    number = NHSNumberField(
        label=_("What is your NHS number?"),
        missing=_("Enter your NHS number"),
        hint=_("It has 10 digits, such as 999 123 4560. You can leave spaces or dashes in"),
        heading=True,
    )


class PostcodeForm(QuestionForm):
    """The postcode of the home address."""

    postcode = Postcode(
        label=_("What is your postcode?"),
        missing=_("Enter your postcode"),
        unlike=_("Enter a whole postcode, such as LS1 4AP"),
        hint=_("Give the postcode of the home address that your GP practice has for you"),
        heading=True,
    )


class WayForm(QuestionForm):
    """How the code travels. Asked of everybody, before anybody was looked for: it tells nothing of what is known."""

    way = Radios(
        label=_("How should we send your security code?"),
        choices=[
            (Way.TEXT.value, _("Text message to the mobile number on your health record")),
            (Way.EMAIL.value, _("Email to the email address on your health record")),
        ],
        missing=_("Select how we should send your security code"),
        hint=_("If your record has only one of them, we use that one."),
        heading=True,
    )


class CodeForm(QuestionForm):
    """The security code."""

    code = SecurityCodeField(
        longer=limit("code_digits_while_shut"),
        label=_("Security code"),
        missing=_("Enter your security code"),
        hint=_("It has 6 or 10 digits"),
    )


class ChoiceForm(QuestionForm):
    """The one question. Yes shares; no opts out."""

    choice = Radios(
        label=_("I allow my confidential patient information to be used for research and planning"),
        choices=[(Choice.ALLOW.value, _("Yes, I allow it")), (Choice.OPT_OUT.value, _("No, I do not allow it"))],
        hints={
            Choice.ALLOW.value: _("It can be used for research and planning."),
            Choice.OPT_OUT.value: _(
                "It cannot be used for research and planning, except where your choice does not apply. This is called opting out."
            ),
        },
        missing=_("Select yes if you allow it, or no if you do not"),
        size="m",
    )


class FeelingForm(QuestionForm):
    """How did it go?"""

    feeling = Radios(
        label=_("Overall, how did you feel about the service you received today?"),
        choices=Feeling.choices,
        missing=_("Select how you felt about the service"),
        heading=True,
    )

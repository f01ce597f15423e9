"""What a subscriber is asked: an e-mail address."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ndoo.service.nhs_forms.fields import Email
from ndoo.service.nhs_forms.question import QuestionForm


class AddressForm(QuestionForm):
    """Where updates go."""

    address = Email(
        label=_("What is your email address?"),
        missing=_("Enter your email address"),
        unlike=_("Enter an email address in the right form, like name@example.com"),
        hint=_("We will only use it to send you updates."),
        autocomplete="email",
    )

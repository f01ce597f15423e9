"""What is asked on the pages of sign-in and accounts."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ndoo.service.nhs_forms.fields import Radios, Text
from ndoo.service.nhs_forms.people_fields import Name, SecurityCodeField
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.nhs_forms.secrets import PasswordField
from ndoo.service.staff.accounts import is_name
from ndoo.service.staff.roles import NAMES, WORK, Role


class AccountName(Text):
    """The name of an account; capitals make no difference."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"autocomplete": "username", "width": 20, "max_length": 150, **options})

    def clean(self, value: Any) -> str:
        """The name in small letters."""
        return str(super().clean(value)).strip().lower()


class SignIn(QuestionForm):
    """Name and password."""

    username = AccountName(label=_("Account name"), missing=_("Enter your account name"))
    password = PasswordField(label=_("Password"), missing=_("Enter your password"))


class _PasswordChoice(QuestionForm):
    """Two fields for a new password, and the checks on it."""

    password = PasswordField(
        label=_("New password"),
        missing=_("Enter a new password"),
        autocomplete="new-password",
        hint=_("At least 12 characters. Three or four words that have nothing to do with you are a good password."),
    )
    again = PasswordField(
        label=_("The same password again"), missing=_("Enter the new password again"), autocomplete="new-password"
    )

    def whose(self) -> User | None:
        """The account, where it is known before the answer is judged."""
        return None

    def clean(self) -> dict[str, Any]:
        """Both alike, long enough, and not one of the common ones."""
        said = super().clean() or {}
        password = said.get("password")
        if password and said.get("again") and password != said["again"]:
            self.add_error("again", _("The two passwords are not the same"))
        elif password:
            try:
                validate_password(password, self.whose())
            except ValidationError as wrong:
                self.add_error("password", wrong)
        return said


class SetUp(_PasswordChoice):
    """The first sign-in."""

    field_order = ("username", "code", "password", "again")
    username = AccountName(label=_("Account name"), missing=_("Enter your account name"))
    code = Text(
        label=_("Set-up code"),
        missing=_("Enter your set-up code"),
        width=20,
        max_length=40,
        autocomplete="off",
        hint=_("16 letters and numbers. You get it from an administrator. It works once, for one day."),
    )


class NewPassword(_PasswordChoice):
    """A change of password by its owner."""

    field_order = ("current", "password", "again")
    current = PasswordField(label=_("Your password now"), missing=_("Enter your password"))

    def __init__(self, *arguments: Any, user: User, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.user = user

    def whose(self) -> User | None:
        """The signed-in account."""
        return self.user


class SecondFactor(QuestionForm):
    """The code of the authenticator."""

    code = SecurityCodeField(
        label=_("Security code"),
        missing=_("Enter the code from your app"),
        hint=_("6 digits. They change every 30 seconds."),
    )


class Recovery(QuestionForm):
    """One of the codes on paper."""

    code = Text(
        label=_("Recovery code"),
        missing=_("Enter a recovery code"),
        width=20,
        max_length=40,
        autocomplete="off",
        hint=_("12 letters and numbers. Each code works once."),
    )


class NewAccount(QuestionForm):
    """Who starts working here?"""

    username = AccountName(
        label=_("Account name"),
        missing=_("Enter an account name"),
        autocomplete="off",
        hint=_("Letters, numbers, dots and hyphens, such as olive.operator"),
    )
    given = Name(label=_("First name"), missing=_("Enter a first name"), unlike=_("Check the first name"))
    family = Name(label=_("Last name"), missing=_("Enter a last name"), unlike=_("Check the last name"))
    role = Radios(
        label=_("Role"),
        missing=_("Select a role"),
        choices=[(role.value, NAMES[role]) for role in Role],
        hints={role.value: WORK[role] for role in Role},
    )

    def clean_username(self) -> str:
        """One that can stand in the audit."""
        name: str = self.cleaned_data["username"]
        if not is_name(name):
            raise ValidationError(_("Use letters, numbers, dots and hyphens only, and begin with a letter"))
        return name


class NewRole(QuestionForm):
    """What does this person do from now on?"""

    role = Radios(
        label=_("Role"),
        missing=_("Select a role"),
        choices=[(role.value, NAMES[role]) for role in Role],
        hints={role.value: WORK[role] for role in Role},
    )

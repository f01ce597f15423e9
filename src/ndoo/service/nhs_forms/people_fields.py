"""The fields that ask for what identifies a person: name, NHS number, postcode and security code.

Their sentences say what to do, and never repeat what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from ndoo.domain.nhs_number import NHSNumber, names_somebody, read
from ndoo.service.nhs_forms.fields import Text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as Words

_BETWEEN_DIGITS = re.compile(r"[\s\-‐‑‒–—−.]+")
_NATIONAL_INSURANCE = re.compile(r"[A-Z]{2}[0-9]{6}[A-D]?", re.ASCII)
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", re.ASCII)
_IN_NAMES = set(" '’‘`´ʼʻ-‐‑.,·\u200c\u200d")
"""Signs that stand in names beside letters and their marks; the last two join letters in Persian and Indian scripts."""


class Name(Text):
    """A part of a person's name, in any script. `unlike` is said of what cannot be one."""

    def __init__(self, *, unlike: Words, **options: Any) -> None:
        super().__init__(max_length=100, **options)
        self.unlike = unlike
        self.error_messages["max_length"] = unlike

    def clean(self, value: Any) -> str:
        """The name as it was typed, with single spaces, in composed letters."""
        name = unicodedata.normalize("NFC", " ".join(str(super().clean(value)).split()))
        letters = [unicodedata.category(sign)[0] == "L" for sign in name]
        marks = [sign in _IN_NAMES or unicodedata.category(sign)[0] == "M" for sign in name]
        if name and not (any(letters) and all(map(max, letters, marks))):
            raise ValidationError(self.unlike)
        return name


class NHSNumberField(Text):
    """An NHS number, with spaces and dashes wherever people put them; cleaned, it is an `NHSNumber`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"inputmode": "numeric", "width": 10, "label": _("NHS number"), **options})

    def clean(self, value: Any) -> Any:
        """None where it may be, and was, left empty."""
        typed = _BETWEEN_DIGITS.sub("", str(super().clean(value))).upper()
        if not typed:
            return None
        if _NATIONAL_INSURANCE.fullmatch(typed):
            raise ValidationError(
                _("This looks like a National Insurance number. Enter an NHS number: it has 10 digits and no letters")
            )
        if not (typed.isascii() and typed.isdigit()):
            raise ValidationError(_("An NHS number has digits only. Take out any letters and signs"))
        if len(typed) != 10:
            short = _("This NHS number is too short. It must have 10 digits")
            long = _("This NHS number is too long. It must have 10 digits")
            raise ValidationError(short if len(typed) < 10 else long)
        number = read(typed)
        if not isinstance(number, NHSNumber):
            raise ValidationError(_("This is not an NHS number. Check each digit against a letter from the NHS"))
        return number


class Postcode(Text):
    """A postcode, with or without its space; cleaned, it is written as the post does."""

    def __init__(self, *, unlike: Words, **options: Any) -> None:
        super().__init__(**{"width": 10, "autocomplete": "postal-code", **options})
        self.unlike = unlike

    def clean(self, value: Any) -> str:
        """Empty where it may be, and was, left empty."""
        typed = "".join(str(super().clean(value)).split()).upper()
        if typed and not _POSTCODE.fullmatch(typed):
            raise ValidationError(self.unlike)
        return f"{typed[:-3]} {typed[-3:]}".strip()


class SecurityCodeField(Text):
    """A security code of six digits, which may be pasted or filled in by the telephone.

    Args:
        longer: how many digits a code may have as well.
    """

    def __init__(self, *, longer: int = 0, **options: Any) -> None:
        self._longer = longer
        width = 10 if longer else 5
        super().__init__(**{"inputmode": "numeric", "width": width, "autocomplete": "one-time-code", **options})

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """Never shown again: the next one is typed from the message, not mended."""
        return super().parameters(bound) | {"value": ""}

    def clean(self, value: Any) -> str:
        """Its digits."""
        typed = _BETWEEN_DIGITS.sub("", str(super().clean(value)))
        if not re.fullmatch(r"[0-9]+", typed, re.ASCII) or len(typed) not in (6, self._longer):
            if self._longer:
                said = _("Your security code has 6 or %(longer)s digits. Enter all of them") % {"longer": self._longer}
                raise ValidationError(said)
            raise ValidationError(_("Your security code has 6 digits, such as 123456"))
        return typed


class ReferenceField(Text):
    """A reference to something kept elsewhere: it must not name a patient."""

    def clean(self, value: Any) -> str:
        """The text, without an NHS number in it."""
        text = str(super().clean(value)).strip()
        if names_somebody(text):
            raise ValidationError(_("Do not write an NHS number here"))
        return text

"""The day that is meant by three boxes: a date with a message for each thing that can be wrong with it."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ndoo.service.nhs_forms.fields import Asking

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as Words

PARTS = ("day", "month", "year")
_WORDS = {"day": _("Day"), "month": _("Month"), "year": _("Year")}
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()}


class ThreeBoxes(forms.MultiWidget):
    """Boxes for day, month and year, named NAME_day, NAME_month and NAME_year."""

    def __init__(self) -> None:
        super().__init__({part: forms.TextInput() for part in PARTS})

    def decompress(self, value: date | None) -> list[str]:
        """The text in each box."""
        return [str(value.day), str(value.month), str(value.year)] if value else ["", "", ""]


class DayField(Asking):
    """A calendar day; cleaned, it is a `date`. `named` begins the sentences about it ("Date of birth"); `latest`, set
    by the form, is the last day that may be meant, for no field looks at a clock."""

    macro = "date"
    widget = ThreeBoxes
    latest: date | None = None

    def __init__(self, *, named: Words, birthday: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.named, self.birthday = named, birthday

    def clean(self, value: Any) -> date | None:
        """The day. An error's `params["parts"]` names the boxes that it is about."""
        typed = [" ".join(str(text or "").split()) for text in (value or ["", "", ""])]
        missing = [part for part, text in zip(PARTS, typed, strict=True) if not text]
        if len(missing) == 3:
            if self.required:
                raise _wrong(str(self.error_messages["required"]), *PARTS)
            return None
        if missing:
            raise _wrong(self._must_include(missing), *missing)
        day, month, year = typed
        month = str(_MONTHS.get(month.casefold(), month))
        if not all(text.isascii() and text.isdigit() for text in (day, month, year)):
            raise _wrong(gettext("%(named)s must be a real date") % {"named": self.named}, *PARTS)
        if len(year) != 4:
            raise _wrong(gettext("%(named)s must have a year with 4 numbers") % {"named": self.named}, "year")
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            raise _wrong(gettext("%(named)s must be a real date") % {"named": self.named}, *PARTS) from None
        if self.latest and found > self.latest:
            raise _wrong(gettext("%(named)s must be in the past") % {"named": self.named}, *PARTS)
        return found

    def _must_include(self, missing: list[str]) -> str:
        sentences = {
            ("day",): _("%(named)s must include a day"),
            ("month",): _("%(named)s must include a month"),
            ("year",): _("%(named)s must include a year"),
            ("day", "month"): _("%(named)s must include a day and a month"),
            ("day", "year"): _("%(named)s must include a day and a year"),
            ("month", "year"): _("%(named)s must include a month and a year"),
        }
        return str(sentences[tuple(missing)]) % {"named": self.named}

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """The parameters of `dateInput`; only the boxes with an error are marked."""
        value = bound.value()
        texts = value if isinstance(value, list | tuple) else ThreeBoxes().decompress(value)
        wrong = parts_of(bound.form, bound.name)
        items = [
            {
                "id": f"{bound.auto_id}_{part}",
                "name": f"{bound.html_name}_{part}",
                "label": str(_WORDS[part]),
                "value": text or "",
                "width": 4 if part == "year" else 2,
                "error": part in wrong,
                "autocomplete": f"bday-{part}" if self.birthday else None,
            }
            for part, text in zip(PARTS, texts, strict=True)
        ]
        return self.shared(bound) | {"fieldset": {"legend": self.title(bound)}, "items": items}


def parts_of(form: forms.BaseForm, name: str) -> list[str]:
    """The boxes of that field that its first error is about; empty where it has no boxes, or no error."""
    errors = form.errors.as_data().get(name, []) if form.is_bound else []
    named = str((errors[0].params or {}).get("parts", "")) if errors else ""
    return named.split()


def _wrong(sentence: str, *parts: str) -> ValidationError:
    return ValidationError("%(sentence)s", params={"sentence": sentence, "parts": " ".join(parts)})

"""The fields that a form can have: Django's, each with its NHS component and the words said when it is left empty.

A page writes `{{ form.NAME.as_field_group() }}`. `missing` is that sentence, and its presence makes the field
required; `heading` makes the label the page's heading, for pages that ask one thing; `size` is s, m or l.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BoundField
from django.utils.safestring import SafeString

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise as Words


class Asking(forms.Field):
    """What every field here adds to Django's."""

    macro = "input"
    """The NHS component, whose template stands under `nhs_forms/`."""

    def __init__(
        self,
        *,
        missing: Words = "",
        heading: bool = False,
        size: str = "",
        hint: Words = "",
        width: int = 0,
        autocomplete: str = "",
        inputmode: str = "",
        **django: Any,
    ) -> None:
        super().__init__(
            required=bool(missing), help_text=hint, template_name=f"nhs_forms/{self.macro}.jinja", **django
        )
        self.error_messages["required"] = missing
        self.heading, self.size, self.width = heading, size, width
        self.autocomplete, self.inputmode = autocomplete, inputmode

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """The parameters of its macro."""
        return self.shared(bound) | {
            "label": self.title(bound),
            "value": bound.value() or "",
            "width": str(self.width) if self.width else None,
            "autocomplete": self.autocomplete or None,
            "inputmode": self.inputmode or None,
        }

    def shared(self, bound: BoundField) -> dict[str, Any]:
        """Those that every component has: its name, hint and error."""
        found: dict[str, Any] = {"id": bound.auto_id, "name": bound.html_name}
        if self.help_text:
            found["hint"] = {"html" if isinstance(self.help_text, SafeString) else "text": str(self.help_text)}
        if bound.errors:
            found["errorMessage"] = {"text": bound.errors[0]}
        return found

    def title(self, bound: BoundField) -> dict[str, Any]:
        """The label or legend."""
        large = {"size": "l", "isPageHeading": True} if self.heading else {}
        return {"text": str(bound.label), "size": self.size or None, **large}


class Text(Asking, forms.CharField):
    """One line of text."""


class Email(Asking, forms.EmailField):
    """An e-mail address. `unlike` is said of what cannot be one."""

    def __init__(self, *, unlike: Words, **options: Any) -> None:
        super().__init__(max_length=254, **options)
        self.error_messages["invalid"] = self.error_messages["max_length"] = unlike

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """A telephone shows the keys for an address, and corrects no spelling."""
        return super().parameters(bound) | {"type": "email", "spellcheck": False}


class Textarea(Asking, forms.CharField):
    """Several lines of text; `width` is not used."""

    macro = "textarea"
    widget = forms.Textarea


class WholeNumber(Asking, forms.IntegerField):
    """A whole number, typed with a number pad where there is one."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"inputmode": "numeric", **options})


class _OneOf(Asking, forms.ChoiceField):
    def __init__(self, *, hints: Mapping[str, Words] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.hints = hints or {}

    def options(self) -> Iterable[tuple[str, str]]:
        """Value and words of each choice. The choices are flat, and may be made late."""
        choices: Any = self.choices
        return ((str(value), str(words)) for value, words in choices)


class Radios(_OneOf):
    """One of a few. Nothing is chosen beforehand unless the form's `initial` says so."""

    macro = "radios"
    widget = forms.RadioSelect

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """The first button has the bare id, to which the error summary links."""
        value = bound.value()
        items = [
            {
                "value": key,
                "text": words,
                "checked": key == value,
                "hint": {"text": str(self.hints[key])} if key in self.hints else None,
            }
            for key, words in self.options()
        ]
        return self.shared(bound) | {
            "id": None,
            "idPrefix": bound.auto_id,
            "fieldset": {"legend": self.title(bound)},
            "items": items,
        }


class Select(_OneOf):
    """One of many."""

    macro = "select"

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """The parameters of `select`."""
        items = [{"value": key, "text": words} for key, words in self.options()]
        return self.shared(bound) | {"label": self.title(bound), "value": bound.value() or "", "items": items}

"""The field that takes a password: one that is never sent back to the browser, and that may be pasted into."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField

from ndoo.service.nhs_forms.fields import Asking


class PasswordField(Asking, forms.CharField):
    """A password: kept as it was typed, spaces too, and shown to nobody but, on a button, to who types it."""

    macro = "password"
    widget = forms.PasswordInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"autocomplete": "current-password", "strip": False, "max_length": 200, **options})

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """Without its value."""
        return super().parameters(bound) | {"value": None}

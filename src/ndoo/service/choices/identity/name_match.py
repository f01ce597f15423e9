"""Compares two spellings of a name, or of a postcode."""

from __future__ import annotations

import unicodedata


def name_form(name: str) -> str:
    """The name without what people leave out or write otherwise: capitals, accents, apostrophes, hyphens, spaces.

    Letters stay those of their own script. `Zoë O’Neill` and `ZOE O'NEILL` have one form.
    """
    apart = unicodedata.normalize("NFKD", name).casefold()
    return "".join(sign for sign in apart if unicodedata.category(sign)[0] in "LN")


def postcode_form(postcode: str) -> str:
    """The postcode in capitals, without anything between its letters and digits."""
    return "".join(sign for sign in postcode.upper() if sign.isascii() and sign.isalnum())

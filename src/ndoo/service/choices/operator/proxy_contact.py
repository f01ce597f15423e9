"""Where whoever signed for another person is told that the choice is set."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Recipient, Way

_BETWEEN_DIGITS = re.compile(r"[\s().\-]+")
_PHONE = re.compile(r"(?:\+44|0)[0-9]{9,10}", re.ASCII)
_MOBILE = re.compile(r"(?:\+44|0)7[0-9]{9}", re.ASCII)


def is_contact(text: str) -> bool:
    """Is it an e-mail address or a telephone number?"""
    return _is_email(text) or bool(_PHONE.fullmatch(_digits(text)))


def proxy_recipient(contact: str) -> Recipient | None:
    """Where a message goes; None where this service can send none there, such as to a telephone on a wall."""
    if _is_email(contact):
        found = Recipient(Way.EMAIL, contact)
    elif _MOBILE.fullmatch(_digits(contact)):
        found = Recipient(Way.TEXT, _digits(contact))
    else:
        return None
    return found if found.way in sender().ways else None


def _digits(text: str) -> str:
    return _BETWEEN_DIGITS.sub("", text)


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True

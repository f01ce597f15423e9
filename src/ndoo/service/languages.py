"""The languages in which the pages can be read: English, and each one whose translation stands compiled in `locale/`."""

from __future__ import annotations

from pathlib import Path

from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils.translation import get_language, get_language_bidi

ENGLISH = ("en-gb", "English")


def available(folder: Path) -> list[tuple[str, str]]:
    """Codes and each language's name for itself, English first; a folder of no known language is passed over."""
    found = sorted(path.parent.parent.name for path in folder.glob("*/LC_MESSAGES/django.mo"))
    codes = [name.replace("_", "-").lower() for name in found]
    return [
        ENGLISH,
        *((code, LANG_INFO[code]["name_local"]) for code in codes if "name_local" in LANG_INFO.get(code, {})),
    ]


def on_pages(request: HttpRequest) -> dict[str, str]:
    """Context processor: the language of the page, and the way in which it is read."""
    return {"language": get_language() or ENGLISH[0], "direction": "rtl" if get_language_bidi() else "ltr"}

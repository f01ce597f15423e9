"""The environment in which pages are written: Jinja, with the NHS components as macros and the few words that every page needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from ndoo.domain.london import which_hour
from ndoo.domain.settings import setting


def environment(**options: Any) -> Environment:
    """The Jinja environment of the service. The macros ask about parameters that were not given, hence the undefined."""
    made = Environment(**{**options, "undefined": ChainableUndefined}, extensions=["jinja2.ext.i18n"])  # noqa: S701  Django sets autoescape in the options
    made.loader = ChoiceLoader([made.loader, PackageLoader("nhsuk_frontend_jinja")]) if made.loader else None
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.globals.update(static=static, url=_url, url_if_any=_url_if_any)
    made.globals.update(branding=lambda: settings.NDOO.branding, demo=lambda: settings.NDOO.demo)
    made.globals.update(has_statistics=lambda: bool(setting("statistics")))
    made.filters["day"] = _day
    made.filters["month"] = _month
    made.filters["moment"] = _moment
    made.filters["spaced"] = _spaced
    return made


def _url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def _url_if_any(name: str) -> str:
    """The address, or nothing where this service has no such page (NHS login is set up by those who may)."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _day(day: date) -> str:
    return date_format(day, "j F Y")


def _month(day: date) -> str:
    return date_format(day, "F Y")


def _moment(when: datetime) -> str:
    """22 November 2026, 9:05am, in London; 1:30am BST and 1:30am GMT in the hour that comes twice."""
    local = localtime(when)
    return date_format(local, "j F Y, g:i") + date_format(local, "A").lower() + which_hour(when)


def _spaced(number: str) -> str:
    """An NHS number as people read it out: 999 123 4567."""
    return f"{number[:3]}\u00a0{number[3:6]}\u00a0{number[6:]}"

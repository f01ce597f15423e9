"""The register of people that this service asks: the setting `demographics` says."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from ndoo.service.choices.identity import pds
from ndoo.service.choices.identity.embedded import EmbeddedDemographics
from ndoo.service.choices.identity.people import Demographics


def demographics() -> Demographics:
    """The register of people that the service's owner chose."""
    return _pds() if settings.NDOO.demographics == "pds" else EmbeddedDemographics()


@cache
def _pds() -> pds.PDSDemographics:  # one for each process: it keeps its connection and its token
    return pds.from_settings()

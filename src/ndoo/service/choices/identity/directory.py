"""Which register of people does this service ask? The setting `demographics` says."""

from __future__ import annotations

from django.conf import settings

from ndoo.service.choices.identity.embedded import EmbeddedDemographics
from ndoo.service.choices.identity.people import Demographics


def demographics() -> Demographics:
    """The register of people that the service's owner chose."""
    return {"embedded": EmbeddedDemographics}[settings.NDOO.demographics]()

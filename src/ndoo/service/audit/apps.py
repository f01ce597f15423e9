"""The audit as a Django app."""

from django.apps import AppConfig


class Audit(AppConfig):
    """Append-only entries."""

    name = "ndoo.service.audit"
    label = "audit"

"""The audit as a Django app."""

from django.apps import AppConfig


class Audit(AppConfig):
    """Append-only entries."""

    name = "ndoo.service.audit"
    label = "audit"

    def ready(self) -> None:
        from ndoo.service.audit import entries

        entries.register()

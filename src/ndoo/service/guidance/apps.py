"""The learn pages as a Django app, for their templates."""

from django.apps import AppConfig


class Learn(AppConfig):
    """Pages to read."""

    name = "ndoo.service.guidance"
    label = "learn"

    def ready(self) -> None:
        """A file of facts that cannot be used stops the service at its start, and not a person on a page."""
        from ndoo.service import facts

        facts.known()

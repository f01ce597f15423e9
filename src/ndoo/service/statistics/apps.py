"""The statistics as a Django app, for their templates."""

from django.apps import AppConfig


class Statistics(AppConfig):
    """Pages of statistics."""

    name = "ndoo.service.statistics"
    label = "statistics"

    def ready(self) -> None:
        """A folder that cannot be shown stops the service at its start, and not a reader on a page."""
        from ndoo.service.statistics import publications

        publications.refuse_what_cannot_be_shown()

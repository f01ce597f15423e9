"""The statistics as a Django app, for their templates."""

from django.apps import AppConfig


class Statistics(AppConfig):
    """Pages of statistics."""

    name = "ndoo.service.statistics"
    label = "statistics"

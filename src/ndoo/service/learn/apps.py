"""The learn pages as a Django app, for their templates."""

from django.apps import AppConfig


class Learn(AppConfig):
    """Pages to read."""

    name = "ndoo.service.learn"
    label = "learn"

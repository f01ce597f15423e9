"""The HTTP API as a Django app."""

from django.apps import AppConfig


class Api(AppConfig):
    """The description of the routes, as a page."""

    name = "ndoo.service.api"
    label = "api"

"""The updates for the public as a Django app."""

from django.apps import AppConfig


class Updates(AppConfig):
    """Updates and those who subscribed to them."""

    name = "ndoo.service.news"
    label = "updates"

"""The messages as a Django app."""

from django.apps import AppConfig


class Messages(AppConfig):
    """E-mail and text messages. The label leaves `messages` to Django's own."""

    name = "ndoo.service.messages"
    label = "correspondence"

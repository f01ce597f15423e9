"""Identity as a Django app."""

from django.apps import AppConfig


class Identity(AppConfig):
    """The embedded register of people, and the codes."""

    name = "ndoo.service.choices.identity"
    label = "identity"

"""The journey as a Django app."""

from django.apps import AppConfig


class Journey(AppConfig):
    """The pages on which a person chooses."""

    name = "ndoo.service.choices.patient"
    label = "journey"

"""Callers as a Django app."""

from django.apps import AppConfig


class Callers(AppConfig):
    """Registered systems, their keys and their tokens."""

    name = "ndoo.service.api_clients"
    label = "callers"

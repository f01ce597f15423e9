"""Checks as a Django app."""

from django.apps import AppConfig


class Checks(AppConfig):
    """Lists that other systems have checked."""

    name = "ndoo.service.checks"
    label = "checks"

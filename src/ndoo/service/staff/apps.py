"""The staff as a Django app."""

from django.apps import AppConfig


class Staff(AppConfig):
    """Sign-in, roles, accounts, and the auditor's pages."""

    name = "ndoo.service.staff"
    label = "staff"

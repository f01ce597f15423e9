"""The ledger as a Django app."""

from django.apps import AppConfig


class Ledger(AppConfig):
    """Leaves and heads, append-only; openings, which can be erased."""

    name = "ndoo.service.ledger"
    label = "ledger"

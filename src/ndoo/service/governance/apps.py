"""Governance as a Django app."""

from django.apps import AppConfig


class Governance(AppConfig):
    """Assets, flows, decisions, reviews, and the statement."""

    name = "ndoo.service.governance"
    label = "governance"

"""Governance as a Django app."""

from django.apps import AppConfig


class Governance(AppConfig):
    """Assets, flows, decisions, reviews, and the statement."""

    name = "ndoo.service.governance"
    label = "governance"

    def ready(self) -> None:
        """Tell the staff's first page what is to be done in the register today, and the ledger where its rows stand."""
        from ndoo.service.governance import entered
        from ndoo.service.governance.staff_tasks import tasks
        from ndoo.service.staff.staff_tasks import PROVIDERS

        PROVIDERS.append(tasks)
        entered.register()

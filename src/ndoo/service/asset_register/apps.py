"""Governance as a Django app."""

from django.apps import AppConfig


class Governance(AppConfig):
    """Assets, flows, decisions, reviews, and the statement."""

    name = "ndoo.service.asset_register"
    label = "governance"

    def ready(self) -> None:
        """Tell the staff's first page what is to be done in the register today, and the ledger where its rows stand; end the feed of
        whoever is cut off."""
        from ndoo.service.asset_register import entered, feeds
        from ndoo.service.asset_register.staff_tasks import tasks
        from ndoo.service.staff.organisation_login.membership import AT_CUT_OFF
        from ndoo.service.staff.staff_tasks import PROVIDERS

        PROVIDERS.append(tasks)
        AT_CUT_OFF.append(feeds.throw_away)
        entered.register()

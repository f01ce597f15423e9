"""Checks as a Django app."""

from django.apps import AppConfig


class Checks(AppConfig):
    """Lists that other systems have checked."""

    name = "ndoo.service.list_checks"
    label = "checks"

    def ready(self) -> None:
        """Tell the staff's first page what is to be done about lists today."""
        from ndoo.service.list_checks.staff_tasks import tasks
        from ndoo.service.staff.staff_tasks import PROVIDERS

        PROVIDERS.append(tasks)

"""The desk as a Django app."""

from django.apps import AppConfig


class Desk(AppConfig):
    """Calls and posted forms."""

    name = "ndoo.service.choices.operator"
    label = "desk"

    def ready(self) -> None:
        """Tell the staff's first page what is to be done at the desk today."""
        from ndoo.service.choices.operator.staff_tasks import tasks
        from ndoo.service.staff.staff_tasks import PROVIDERS

        PROVIDERS.append(tasks)

"""The jobs as a Django app."""

from django.apps import AppConfig


class Jobs(AppConfig):
    """Upholding jobs, and the manifests that they leave."""

    name = "ndoo.service.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Tell the staff's first page what waits, and the ledger where manifests stand."""
        from ndoo.service.jobs import evidence
        from ndoo.service.jobs.staff_tasks import tasks
        from ndoo.service.staff.staff_tasks import PROVIDERS

        PROVIDERS.append(tasks)
        evidence.register()

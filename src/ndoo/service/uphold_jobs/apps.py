"""The jobs as a Django app."""

from django.apps import AppConfig


class Jobs(AppConfig):
    """Upholding jobs, and the manifests that they leave."""

    name = "ndoo.service.uphold_jobs"
    label = "jobs"

    def ready(self) -> None:
        """Tell the staff's first page what waits, and the ledger where manifests stand."""
        from ndoo.service.staff.staff_tasks import PROVIDERS
        from ndoo.service.uphold_jobs import evidence
        from ndoo.service.uphold_jobs.staff_tasks import tasks

        PROVIDERS.append(tasks)
        evidence.register()

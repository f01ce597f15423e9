"""The jobs that wait for somebody today."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from ndoo.service.staff.roles import Role
from ndoo.service.staff.staff_tasks import Task
from ndoo.service.uphold_jobs.models import JobState, UpholdingJob


def tasks(user: User, role: Role) -> list[Task]:
    """For information governance: results to download, jobs that released nothing, and the way to begin one."""
    if role is not Role.INFORMATION_GOVERNANCE:
        return [Task(_("Search the evidence"), "evidence")] if role is Role.AUDITOR else []
    mine = UpholdingJob.objects.filter(gone_at=None, asked_by=f"staff:{user.get_username()}")
    ready = mine.filter(state=JobState.DONE, downloaded_at=None).count()
    return [
        Task(_("Uphold an extract"), "job-new"),
        Task(_("Upheld extracts to download"), "jobs", ready),
        Task(_("Search the evidence"), "evidence"),
    ]

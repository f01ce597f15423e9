"""One line of the audit, as the database holds it."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """Who did what to whom, when, from where, and why. The database refuses to change or delete one."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150, db_index=True)
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=10, blank=True, db_index=True)
    reason = models.CharField(max_length=500, blank=True)
    details = models.JSONField(default=dict)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        ordering = ("pk",)

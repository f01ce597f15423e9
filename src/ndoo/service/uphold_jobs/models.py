"""One upholding job, and the manifest that it left, as the database holds them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.db import models


class JobState(models.TextChoices):
    """Where a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class UpholdingJob(models.Model):
    """What somebody asked for, and how far it is. The files stand in a folder of the job's id (`places.py`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    list_name = models.CharField(max_length=120, blank=True)
    """The cleaned list that came with it; empty: the register answers."""
    checked_on = models.DateField(null=True)
    column = models.CharField(max_length=200, blank=True)
    undecided = models.CharField(max_length=10)
    flow = models.CharField(max_length=60, null=True)
    """The flow for which it is released; null: a private trial, which is evidence for nothing."""
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING, db_index=True)
    offered_at = models.DateTimeField()
    run = models.UUIDField(null=True)
    """Which run works on it: only that one may end it."""
    attempts = models.PositiveSmallIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(null=True)
    read_bytes = models.BigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=60, blank=True)
    sentence = models.CharField(max_length=500, blank=True)
    delete_at = models.DateTimeField(null=True)
    downloaded_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)
    """When its files were deleted."""

    class Meta:
        ordering = ("-asked_at",)


class Evidence(models.Model):
    """The manifest of one upholding. The database refuses to change or delete one, and the ledger speaks for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.UUIDField(unique=True)
    at = models.DateTimeField(db_index=True)
    asked_by = models.CharField(max_length=150)
    input_name = models.CharField(max_length=120)
    output_sha256 = models.CharField(max_length=64, db_index=True)
    flow = models.CharField(max_length=60, null=True, db_index=True)
    """The flow that it proves; null: none."""
    document = models.TextField()
    """The manifest as it stands in its file, byte for byte."""

    class Meta:
        ordering = ("-at",)

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest."""
        found: dict[str, Any] = json.loads(self.document)
        return found

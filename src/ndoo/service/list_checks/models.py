"""One list that a caller had checked, as the database holds it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from ndoo.service.api_clients.models import Caller


class ListState(models.TextChoices):
    """How far a list has come."""

    WAITING = "waiting"
    HELD = "held"
    """Parked for a second person; nothing was answered."""
    ANSWERED = "answered"
    REFUSED = "refused"
    """The second person said no."""
    FAILED = "failed"
    EXPIRED = "expired"
    """Its contents are deleted."""


class CheckedList(models.Model):
    """A list, from its arrival until its contents are deleted; then counts and dates are left.

    `people` and `allowed` are packed (`NumberSet.packed`). A list that was answered at once never had them here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=10, choices=ListState.choices, default=ListState.WAITING, db_index=True)
    people = models.BinaryField(null=True)
    read = models.PositiveBigIntegerField()
    requested = models.PositiveBigIntegerField()
    held = models.JSONField(default=dict)
    """Lines of which nobody can say whose they are, by reason."""
    allowed = models.BinaryField(null=True)
    counts = models.JSONField(default=dict)
    """`allowed`, `withheld` and the people of whom the register says nothing, once answered."""
    checked_at = models.DateTimeField(null=True)
    deleted_after = models.DateTimeField(db_index=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=64, blank=True, default="")
    """Keyed digest of the caller's `Idempotency-Key`, and of what was sent under it."""
    likeness = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ("received_at",)
        constraints = (
            models.UniqueConstraint(fields=("caller", "key"), condition=~models.Q(key=""), name="one_list_for_a_key"),
        )


class Trace(models.Model):
    """What is left of a list for as long as later ones are compared with it: a keyed sketch, from which nobody can be told."""

    checked_list = models.OneToOneField(CheckedList, on_delete=models.PROTECT, related_name="trace")
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="+")
    ods = models.CharField(max_length=10)
    at = models.DateTimeField(db_index=True)
    requested = models.PositiveBigIntegerField()
    parts = models.BinaryField()
    reasons = models.JSONField(default=list)
    last_event = models.PositiveBigIntegerField()
    """The newest choice in the register when the list came."""
    changed = models.PositiveBigIntegerField()
    """How many answers differ from what the caller's list before would have said, rounded."""
    early = models.BooleanField(default=False)
    """It came before half of the caller's interval was over."""

    class Meta:
        indexes = (models.Index(fields=("ods", "requested"), name="lists_of_one_length"),)


class AskedAbout(models.Model):
    """About how many different people a caller asked on one day: registers of a keyed count, from which nobody can be told."""

    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    registers = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("caller", "day"), name="one_count_a_day"),)


class ConsentPlace(models.Model):
    """Under which id the choice of a person stands as FHIR. The id is random, so that no address holds a number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    nhs_number = models.CharField(max_length=10, unique=True)

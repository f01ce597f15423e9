"""What is kept of a call and of a posted form, as the database holds it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from ndoo.service.choices.models import Choice
from ndoo.service.choices.operator.reasons import DeskReason


class Who(models.TextChoices):
    """Who signed a form, and so by which right it may be given."""

    SELF = "self"
    PARENT = "parent"
    ATTORNEY = "attorney"
    DEPUTY = "deputy"
    SECURE_SETTING = "secure_setting"


class FormState(models.TextChoices):
    """Where a form stands; which act leads from one to another says `form_approval.py`."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    DISCARDED = "discarded"


class Call(models.Model):
    """One person, opened by one operator for one reason. Its address in the browser names nobody; two calls in two
    windows cannot be taken for one another."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    nhs_number = models.CharField(max_length=10)
    kind = models.CharField(max_length=10, choices=[(reason.value, reason.value) for reason in DeskReason])
    reason = models.CharField(max_length=200)
    opened_at = models.DateTimeField(db_index=True)
    passed = models.JSONField(default=list)
    """Which questions the caller answered rightly; never the answers."""
    checked_at = models.DateTimeField(null=True)
    seen = models.PositiveIntegerField(null=True)
    """How many choices of this person the operator saw."""
    choice = models.CharField(max_length=10, choices=Choice.choices, blank=True)
    ended_at = models.DateTimeField(null=True)


class PostedForm(models.Model):
    """A form that arrived, from the person or from somebody who may choose for them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    nhs_number = models.CharField(max_length=10)
    who = models.CharField(max_length=20, choices=Who.choices)
    choice = models.CharField(max_length=10, choices=Choice.choices)
    received_on = models.DateField()
    proxy_name = models.CharField(max_length=100, blank=True, default="")
    """Who signed for the person, kept for good; empty where they signed themself."""
    proxy_relation = models.CharField(max_length=60, blank=True, default="")
    proxy_contact = models.CharField(max_length=254, blank=True, default="")
    """Where whoever signed is told: an e-mail address or a telephone number. Emptied with the copy's end, and at the latest after `destroy_after`."""
    evidence_kind = models.CharField(max_length=40)
    evidence_reference = models.CharField(max_length=80)
    """Where the copy is kept, not the copy."""
    destroy_after = models.DateField()
    destroyed_at = models.DateTimeField(null=True)
    """When somebody said that the copy is gone."""
    state = models.CharField(max_length=10, choices=FormState.choices, default=FormState.DRAFT, db_index=True)
    seen = models.PositiveIntegerField()
    """How many choices of this person there were when the form was recorded."""
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=200, blank=True)
    form_number = models.CharField(max_length=14, null=True, unique=True)
    """The number that whoever sent it wrote on it, to follow it by; null where there is none."""
    choice_reference = models.CharField(max_length=14, blank=True, default="")
    """The reference of the choice that it became."""

    class Meta:
        ordering = ("recorded_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("recorded_by")),
                name="two_people_for_every_form",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=("approved", "refused"))
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="somebody_decided",
            ),
        )

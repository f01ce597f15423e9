"""The updates that were published, who wants them, and who was sent which.

A subscriber is an e-mail address and nothing else: it is joined to no patient, and goes for good with the subscription.
"""

from __future__ import annotations

import uuid

from django.db import models


class Update(models.Model):
    """One piece of news, for good: what was sent to people stays readable as it was sent."""

    published_at = models.DateTimeField()
    title = models.CharField(max_length=120)
    text = models.TextField()
    about = models.CharField(max_length=40, blank=True)
    """What it tells of, such as a version of the statement; the same thing is told once. Empty where it is nothing else."""

    class Meta:
        ordering = ("-published_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["about"], condition=~models.Q(about=""), name="updates_told_once"),
        )


class Subscription(models.Model):
    """An address to which updates go once its owner has said so from there."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    """Stands, signed, in the links that are sent to the address."""
    address = models.CharField(max_length=254, unique=True)
    site = models.CharField(max_length=300)
    """How the service was reached when this was asked for; links begin with it."""
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    asked_on = models.DateField()
    asked_times = models.PositiveSmallIntegerField(default=1)
    """How often the address was typed on the day `asked_on`."""


class Sent(models.Model):
    """This update was handed over for this subscriber, so that a worker that starts anew sends it to nobody twice."""

    update = models.ForeignKey(Update, on_delete=models.CASCADE, related_name="sent")
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="sent")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["update", "subscription"], name="updates_sent_once"),)

"""The outbox of a demonstration, as the database holds it."""

from __future__ import annotations

from django.db import models

from ndoo.service.messages.message import Way


class DemonstrationMessage(models.Model):
    """A message that went to nobody: it is there to be read in the browser by whoever tries the service."""

    at = models.DateTimeField(auto_now_add=True)
    way = models.CharField(max_length=10, choices=[(way.value, way.value) for way in Way])
    address = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()

    class Meta:
        ordering = ("-pk",)

"""The ledger, as the database holds it: leaves, the heads that give them their places, and what opens commitments."""

from __future__ import annotations

from django.db import models


class LedgerLeaf(models.Model):
    """One entry of the log. `body` is the text that is hashed; it holds no personal value. The database refuses to
    change or delete one."""

    key = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=40)
    body = models.TextField()

    class Meta:
        ordering = ("pk",)


class LedgerOpening(models.Model):
    """What opens the commitments of the leaf with this key: salts, and where the values are. It can be erased."""

    key = models.CharField(max_length=32, primary_key=True)
    source = models.CharField(max_length=40, blank=True, db_index=True)
    """The room that has the values; empty where they stand here."""
    where = models.JSONField(default=None, null=True)
    """Which of its rows has them, in that room's own words."""
    fields = models.JSONField()


class KeeperBeat(models.Model):
    """The one row in which the keepers say that they are at work, and what their last check of the whole ledger found."""

    at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    faults = models.PositiveIntegerField(default=0)
    """Kinds of faults, each with how often it was found, added up."""


class LedgerHead(models.Model):
    """The log as it stood: its size, its root, and which leaves are the last ones that took their places."""

    log = models.CharField(max_length=32)
    size = models.BigIntegerField(unique=True)
    root = models.CharField(max_length=64)
    peaks = models.TextField()
    """The roots of the whole parts of the tree (`GrowingTree.peaks`): the next head needs nothing else."""
    placed = models.JSONField()
    """The leaves that took their places with this head, in order: [first id, last id], …"""
    skipped = models.JSONField()
    """Ids below the last that were in no committed leaf yet, with the moment at which they were first missed."""
    at = models.DateTimeField()
    document = models.JSONField()

    class Meta:
        ordering = ("pk",)

"""What is kept of assets, flows, decisions, reviews, findings, evidence and statements: rows that are only ever added."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from ndoo.assets.fields import KINDS
from ndoo.assets.review_rules import STEPS

TAKEN_BACK = "taken_back"
"""The step of a row by which somebody takes back their own last signature of that record."""


class Version(models.Model):
    """One version of the organisation, of an asset or of a flow; `content` is null where it was taken out."""

    kind = models.CharField(max_length=12, choices=[(kind, kind) for kind in KINDS])
    ident = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()
    content = models.JSONField(null=True)
    changed = models.JSONField(default=list)
    """The names of the fields that differ from the version before."""
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ("kind", "ident", "number")
        constraints = (
            models.UniqueConstraint(fields=("kind", "ident", "number"), name="one_version_at_each_place"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="versions_count_from_one"),
        )


class Decided(models.Model):
    """A decision of the policy engine on a flow, as it was recorded; `document` is what `ndoo applies --replay` takes."""

    flow = models.CharField(max_length=60, db_index=True)
    version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20)
    reason = models.CharField(max_length=60)
    pack_name = models.CharField(max_length=60)
    pack_version = models.CharField(max_length=40)
    pack_digest = models.CharField(max_length=128)
    decided_on = models.DateField()
    document = models.JSONField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class Signed(models.Model):
    """One person signed one step of the review of one version."""

    kind = models.CharField(max_length=12)
    ident = models.CharField(max_length=60)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=20, choices=[(step, step) for step in (*STEPS, TAKEN_BACK)])
    by = models.CharField(max_length=150)
    name = models.CharField(max_length=200)
    comment = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("kind", "ident")),)


class Scanned(models.Model):
    """One scan as it was taken in: its place and its tables, no value from the data."""

    target = models.CharField(max_length=500, blank=True)
    tables = models.JSONField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class Manifest(models.Model):
    """A sealed manifest that proves a run; `digest` is of its canonical bytes."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=255)
    flow = models.CharField(max_length=60, db_index=True)
    document = models.JSONField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)


class Published(models.Model):
    """One statement as it was published, counted from 1."""

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        ordering = ("number",)


class AskedStatement(models.Model):
    """A statement that somebody asked to have published: it waits for a second person."""

    PUBLISHED, REFUSED, REPLACED = "published", "refused", "replaced"

    member = models.CharField(max_length=200, blank=True)
    """Whose statement, where several organisations share the register; empty for the register's own."""
    document = models.JSONField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    because = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    outcome = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ("asked_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("member",), condition=models.Q(ended_at=None), name="one_publication_waits_for_each"
            ),
        )


class StatementNote(models.Model):
    """A time in which the published statement said more than could be shown: from when that was noticed until it was mended."""

    member = models.CharField(max_length=200, blank=True)
    """Whose statement, where several organisations share the register; empty for the register's own."""
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("opened_at",)


class CalendarFeed(models.Model):
    """The address to which one person's calendar program subscribes; the row goes when it is closed."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True)
    """SHA-256 of the secret in the address: whoever reads the table cannot open the feed."""
    made_at = models.DateTimeField()

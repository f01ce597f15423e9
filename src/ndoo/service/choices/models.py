"""One choice, as the database holds it: an event that is only ever added."""

from __future__ import annotations

from django.db import models


class Choice(models.TextChoices):
    """What a person said. Whoever never said anything is *not set*, and that is no opt-out."""

    OPT_OUT = "opt_out"
    ALLOW = "allow"


class Channel(models.TextChoices):
    """The way by which a choice arrived."""

    ONLINE = "online"
    APP = "app"
    PHONE = "phone"
    POST = "post"
    STAFF = "staff"
    MIGRATION = "migration"


class By(models.TextChoices):
    """Who made the choice."""

    SELF = "self"
    PROXY = "proxy"


class ProxyRole(models.TextChoices):
    """The power under which somebody may choose for another person."""

    PARENT = "parent"
    ATTORNEY = "attorney"
    DEPUTY = "deputy"
    SECURE_SETTING = "secure_setting"
    NOT_STATED = "not_stated"
    """Another system said that somebody chose for the person, and not under which power."""


class ChoiceEvent(models.Model):
    """One choice of one person. `sequence` counts that person's choices from 1, and the database keeps it unique:
    of two changes at once, one is told that the other was first."""

    nhs_number = models.CharField(max_length=10)
    sequence = models.PositiveIntegerField()
    choice = models.CharField(max_length=10, choices=Choice.choices)
    previous = models.CharField(max_length=10, choices=Choice.choices, blank=True)
    recorded_at = models.DateTimeField(db_index=True)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    by = models.CharField(max_length=10, choices=By.choices)
    proxy_role = models.CharField(max_length=20, choices=ProxyRole.choices, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    """Where the proof of a proxy's power is kept: a reference, not the document."""
    actor = models.CharField(max_length=150)
    policy_version = models.CharField(max_length=40)

    class Meta:
        ordering = ("nhs_number", "sequence")
        constraints = (
            models.UniqueConstraint(fields=("nhs_number", "sequence"), name="one_event_at_each_place"),
            models.CheckConstraint(condition=models.Q(sequence__gte=1), name="counted_from_one"),
            models.CheckConstraint(
                condition=models.Q(choice__in=Choice.values)
                & models.Q(channel__in=Channel.values)
                & models.Q(by__in=By.values),
                name="known_words_only",
            ),
            models.CheckConstraint(
                condition=models.Q(by=By.SELF, proxy_role="") | (models.Q(by=By.PROXY) & ~models.Q(proxy_role="")),
                name="a_proxy_has_a_role",
            ),
        )


class ChoiceReference(models.Model):
    """The reference number of a choice that was confirmed to somebody. It is only ever added. What becomes of the choice's own
    row is the ledger's to notice, and not hindered here."""

    event = models.OneToOneField(ChoiceEvent, on_delete=models.PROTECT, db_constraint=False)
    reference = models.CharField(max_length=14, unique=True)

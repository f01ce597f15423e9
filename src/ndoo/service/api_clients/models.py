"""One caller, its keys and its tokens, as the database holds them."""

from __future__ import annotations

from django.db import models


class Caller(models.Model):
    """A system of an organisation, registered for one asset: the data for which it asks. It is never deleted, so that
    what it did can always be put down to it."""

    name = models.CharField(max_length=60, unique=True)
    """Its `client_id`."""
    organisation = models.CharField(max_length=200)
    ods = models.CharField(max_length=10)
    asset = models.CharField(max_length=200)
    population = models.PositiveBigIntegerField()
    """How many people the asset is about, as was declared; the allowance is reckoned from it."""
    every_days = models.PositiveIntegerField(null=True)
    """At what interval it asks, as was declared; none where there is no plan."""
    scopes = models.JSONField(default=list)
    jwks_uri = models.CharField(max_length=300, blank=True, default="")
    """Where the caller publishes further keys; empty where it does not."""
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=models.Q(population__gte=1), name="about_somebody"),
            models.UniqueConstraint(
                fields=("jwks_uri",),
                condition=models.Q(revoked_at=None) & ~models.Q(jwks_uri=""),
                name="one_caller_at_an_address_of_keys",
            ),
        )


class CallerKey(models.Model):
    """A public key with which the caller's assertions can be checked."""

    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=100)
    public = models.JSONField()
    """As a JSON Web Key (RFC 7517)."""
    added_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("caller", "key_id"), name="one_key_of_a_name"),)


class SpentAssertion(models.Model):
    """An assertion that got a token: it gets no second one. Kept until it would have expired anyway."""

    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("caller", "digest"), name="an_assertion_is_spent_once"),)


class AccessToken(models.Model):
    """A token that was handed out; only its digest is kept."""

    digest = models.BinaryField(max_length=32, primary_key=True)
    caller = models.ForeignKey(Caller, on_delete=models.PROTECT, related_name="+")
    scopes = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)

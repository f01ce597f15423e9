"""What is kept of an account beside its name, password and role: one-use codes, as digests only."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RecoveryCode(models.Model):
    """Stands in for the second factor once; the row goes when it is used."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "digest"), name="a_recovery_code_is_used_once"),)


class SetUpCode(models.Model):
    """Lets the owner of a new account, or of one that was reset, choose a password; the row goes when it is used."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="set_up_code")
    digest = models.CharField(max_length=64)
    ends_at = models.DateTimeField()


class ProviderAccount(models.Model):
    """Who an account's owner is at the organisation's provider, which alone lets them in: such an account has no password."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provider_account")
    issuer = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)
    refresh = models.TextField(blank=True)
    """Encrypted: with what the provider is asked again; empty where it gave nothing."""
    checked_at = models.DateTimeField()
    """When the provider last knew them."""
    asked_at = models.DateTimeField(null=True)
    """Since when somebody asks."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=("issuer", "subject"), name="one_account_for_a_subject"),)

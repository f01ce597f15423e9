"""The embedded register of people, as the database holds it."""

from __future__ import annotations

from django.db import models


class KnownPerson(models.Model):
    """One person of the embedded register: made up, in a demonstration. `matched_name` and `matched_postcode` are
    the forms in which people are looked for (`name_match.py`)."""

    nhs_number = models.CharField(max_length=10, primary_key=True)
    given_name = models.CharField(max_length=100)
    family_name = models.CharField(max_length=100)
    matched_name = models.CharField(max_length=200, db_index=True)
    born = models.DateField()
    postcode = models.CharField(max_length=10, blank=True)
    matched_postcode = models.CharField(max_length=10, blank=True)
    email = models.CharField(max_length=254, blank=True)
    mobile = models.CharField(max_length=20, blank=True)
    deceased = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    story = models.CharField(max_length=200, blank=True)
    """What a newcomer can try as this person."""

    class Meta:
        ordering = ("family_name", "given_name", "nhs_number")


class Attempt(models.Model):
    """One try to prove who one is, known by a random key that stands in the session. Of somebody whom nobody knows
    there is one as well, and it takes the same path. The details that were typed go once they were searched for."""

    key = models.CharField(max_length=43, primary_key=True)
    made_at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=32, db_index=True)
    """A keyed digest of the network address."""
    details = models.JSONField(default=dict)
    way = models.CharField(max_length=10)
    searched_at = models.DateTimeField(null=True)
    failed = models.BooleanField(default=False)
    """The register of people did not answer."""
    nhs_number = models.CharField(max_length=10, blank=True)
    codes_asked = models.PositiveSmallIntegerField(default=1)


class Code(models.Model):
    """One security code: of six digits, or, where none was sent, of so many that nobody can type it."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="codes")
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)


class CodeSent(models.Model):
    """The n-th code that went to a person on one London day: the database keeps the count, not the code."""

    nhs_number = models.CharField(max_length=10)
    day = models.DateField(db_index=True)
    nth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("nhs_number", "day", "nth"), name="each_code_counts_once"),)


class WrongCode(models.Model):
    """A code that was typed wrong, by whomever, for whomever; kept for as long as the brake looks back."""

    at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=32)

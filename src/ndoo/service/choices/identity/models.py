"""The embedded register of people, as the database holds it."""

from __future__ import annotations

from django.db import models


class KnownPerson(models.Model):
    """One person of the embedded register: made up, in a demonstration. `matched_name` and `matched_postcode` are
    the forms in which people are looked for (`matching.py`)."""

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

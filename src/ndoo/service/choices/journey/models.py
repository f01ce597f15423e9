"""The organisations that have applied a person's choice: one line for each time, as the database holds it."""

from __future__ import annotations

from django.db import models


class Applied(models.Model):
    """An organisation had its list checked, this person was on it, and the choice that stood then was applied. It is
    only ever added. What the list was for, and anything about care, is not in it."""

    nhs_number = models.CharField(max_length=10, db_index=True)
    organisation = models.CharField(max_length=200)
    at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    """Which of the person's choices it was (`ChoiceEvent.sequence`); 0 where none had been made."""

    class Meta:
        ordering = ("-at", "-pk")

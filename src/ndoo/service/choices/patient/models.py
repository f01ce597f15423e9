"""Where a person's choice was applied, one line for each time, and how many people got how far with choosing, as the database holds it."""

from __future__ import annotations

from django.db import models


class AppliedOutcome(models.TextChoices):
    """What came of it for the person."""

    LEFT_OUT = "left_out"
    """They opted out, and were left out."""
    MAY_BE_USED = "may_be_used"
    """They allow it, and were kept in."""
    NOT_ON_LIST = "not_on_list"
    """They were left out by a cleaned list that came with a release; this register was not asked."""
    ON_LIST = "on_list"
    """They were kept in by such a list."""
    TOLD = "told"
    """Their choice was looked up by itself."""


class Applied(models.Model):
    """An organisation asked about this person, or a release was made here that had them in it, and the choice that stood then
    was applied. It is only ever added, for people who had made a choice. Anything about care is not in it."""

    nhs_number = models.CharField(max_length=10, db_index=True)
    organisation = models.CharField(max_length=200)
    at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    """Which of the person's choices it was (`ChoiceEvent.sequence`); 0 where none had been made, or another list was asked."""
    use = models.CharField(max_length=200, null=True)
    """What for, in plain words; null on lines from before it was kept."""
    outcome = models.CharField(max_length=20, choices=AppliedOutcome.choices, null=True)
    """Null on lines from before it was kept: these people were left out."""

    class Meta:
        ordering = ("-at", "-pk")


class JourneyCount(models.Model):
    """How many people got how far in a month, how long it took, and how they felt. Of nobody is it kept which of them they were."""

    month = models.DateField()
    """Its first day, in London."""
    what = models.CharField(max_length=30)
    """A step, a length of time, or a feeling: `journey_counts.py` has the words."""
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-month", "what")
        constraints = (models.UniqueConstraint(fields=("month", "what"), name="one_count_of_each_in_a_month"),)

"""Why an operator looks at a person: one of these; nobody is looked at without."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class DeskReason(StrEnum):
    """The reasons that there are."""

    CALL = "call"
    FORM = "form"
    QUESTION = "question"
    COMPLAINT = "complaint"


WORDS = {
    DeskReason.CALL: _("The person is on the phone"),
    DeskReason.FORM: _("A form arrived"),
    DeskReason.QUESTION: _("The person asked in writing about their choice"),
    DeskReason.COMPLAINT: _("A complaint or a mistake is being looked into"),
}

TO_DECIDE = "A form waits for a decision"
"""The reason of an approver, who looks at nobody else."""

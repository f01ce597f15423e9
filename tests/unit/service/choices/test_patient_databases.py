"""The way from the first question to the receipt is the same on either database, with nothing rolled back behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ndoo.service import retention
from ndoo.service.choices import choice_history
from ndoo.service.choices.identity.models import Attempt
from ndoo.service.messages.models import DemonstrationMessage
from tests.support.patients import ANN, Visitor, known, newest_code, work

pytestmark = pytest.mark.usefixtures("register", "demonstration")


def test_a_person_chooses_twice_and_what_is_old_is_thrown_away() -> None:
    known()
    for choice in ("opt_out", "allow"):
        visitor = Visitor()
        visitor.asks_for_a_code(ANN)
        wrong = f"{(int(newest_code()) + 1) % 10**6:06d}"
        visitor.types(wrong)
        visitor.sends("/journey/new-code")
        work()
        visitor.types(newest_code())
        visitor.chooses(choice)
        assert visitor.at == "/journey/saved"
        work()
        visitor.opens("/journey/history")
    assert [event.choice for event in choice_history.history(ANN.number)] == ["opt_out", "allow"]
    assert DemonstrationMessage.objects.count() == 6
    retention.throw_away(timezone.now() + timedelta(days=2))
    assert Attempt.objects.count() == DemonstrationMessage.objects.count() == 0
    assert len(choice_history.history(ANN.number)) == 2

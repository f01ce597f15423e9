"""Many at once gain nothing: on either database, tries are counted, a code opens once, a person gets four a day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ndoo.service.choices.identity import codes
from ndoo.service.choices.identity.codes import CodeVerdict
from ndoo.service.choices.identity.models import Attempt, CodeSent, WrongCode
from tests.support.patients import number
from tests.support.registers import writers

pytestmark = pytest.mark.usefixtures("register")
WRITERS = 8
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def attempt() -> Attempt:
    return Attempt.objects.create(key="key", made_at=NOW, way="text", nhs_number=number().reveal())


def test_wrong_codes_at_once_have_three_tries_together() -> None:
    codes.make(attempt(), NOW)
    with writers(WRITERS) as together:
        found = together([lambda: codes.check("key", "x", "192.0.2.1", NOW)] * WRITERS)
    verdicts = [checked.verdict for checked in found]
    assert verdicts.count(CodeVerdict.WRONG) == 3
    assert set(verdicts) <= {CodeVerdict.WRONG, CodeVerdict.SPENT, CodeVerdict.BRAKED}
    assert WrongCode.objects.count() == 3


def test_the_right_code_at_once_opens_once() -> None:
    code = codes.make(attempt(), NOW)
    with writers(WRITERS) as together:
        found = together([lambda: codes.check("key", code, "192.0.2.1", NOW)] * WRITERS)
    assert [checked.verdict for checked in found].count(CodeVerdict.RIGHT) == 1
    assert [checked.number for checked in found].count(number()) == 1


def test_a_person_gets_four_codes_a_day_however_many_ask_at_once() -> None:
    with writers(WRITERS) as together:
        found = together([lambda: codes.may_be_sent(number(), NOW)] * WRITERS)
    assert found.count(True) == 4
    assert found.count(False) == WRITERS - 4
    assert CodeSent.objects.count() == 4

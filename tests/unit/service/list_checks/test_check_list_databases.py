"""A list and a choice are answered alike on SQLite and on PostgreSQL."""

from __future__ import annotations

from ndoo.service.choices.models import Choice
from tests.support.api_callers import chooses, known, people, system

EVERYBODY = people(40)


def test_the_whole_way_of_a_list_and_of_a_choice(register: str) -> None:
    known(EVERYBODY)
    for number in EVERYBODY[:3]:
        chooses(number, Choice.OPT_OUT)
    chooses(EVERYBODY[3], Choice.OPT_OUT)
    chooses(EVERYBODY[3], Choice.ALLOW)
    caller = system()
    for _ in range(2):
        assert caller.check(EVERYBODY).json()["cleaned_list"] == sorted(EVERYBODY[3:])
    for number in EVERYBODY[5:20]:
        chooses(number, Choice.OPT_OUT)
    assert caller.check(EVERYBODY[:39]).json()["state"] == "held"
    assert caller.check(EVERYBODY[:20]).json()["withheld"] == 18
    search = caller.post(
        "/api/fhir/R4/Consent/_search",
        f"patient.identifier={EVERYBODY[0]}",
        content_type="application/x-www-form-urlencoded",
    )
    [entry] = search.json()["entry"]
    assert entry["resource"]["provision"]["type"] == "deny"
    assert caller.get(f"/api/fhir/R4/Consent/{entry['resource']['id']}").status_code == 200

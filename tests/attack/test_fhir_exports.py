"""A FHIR export in which somebody who must go is where nobody looks: the script that drops patients and their subjects lets each through."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.errors import NdooError
from tests.attack.naive import fhir_by_subject
from tests.unit.upholding.fhir.exports import GO, SYSTEM, Resource, bundle, lines, of, packed, patient, upheld

MARK = "WITHHELD"
HIM = {"reference": "Patient/p0"}


def marked(kind: str, name: str, **more: object) -> Resource:
    return {"resourceType": kind, "id": name, "note": [{"text": MARK}], **more}


ATTACKS: dict[str, list[Resource]] = {
    "a performer": [marked("Observation", "o", subject={"reference": "Patient/p1"}, performer=[HIM])],
    "a version of the patient": [marked("Observation", "o", subject={"reference": "Patient/p0/_history/2"})],
    "an absolute address": [marked("Observation", "o", subject={"reference": "https://a.test/fhir/Patient/p0"})],
    "a number and no reference": [marked("Observation", "o", subject={"identifier": {"system": SYSTEM, "value": GO}})],
    "over an encounter": [
        of("Encounter", "e", subject=HIM),
        marked("Condition", "c", encounter={"reference": "Encounter/e"}),
    ],
    "inside of another": [
        marked("Observation", "o", contained=[{**patient(0), "id": "c"}], subject={"reference": "#c"})
    ],
    "an address": [
        marked(
            "Task",
            "t",
            subject={"reference": "Patient/p1"},
            extension=[{"url": "https://x.test", "valueUri": "Patient/p0"}],
        )
    ],
    "the bytes of their letter": [
        of("DocumentReference", "d", subject=HIM, content=[{"attachment": {"url": "Binary/b"}}]),
        {"resourceType": "Binary", "id": "b", "data": packed(MARK), "contentType": MARK},
    ],
    "their home": [
        of("Encounter", "e", subject=HIM, location=[{"location": {"reference": "Location/h"}}]),
        marked("Location", "h"),
    ],
    "their implant": [
        of("DeviceUseStatement", "u", subject=HIM, device={"reference": "Device/v"}),
        marked("Device", "v"),
    ],
    "their other record": [
        of("Person", "x", link=[{"target": HIM}, {"target": {"reference": "Patient/p1"}}]),
        marked("Condition", "c", subject={"reference": "Patient/p1"}),
    ],
    "a relative by number": [
        marked("RelatedPerson", "r", patient={"reference": "Patient/p1"}, identifier=[{"system": SYSTEM, "value": GO}])
    ],
    "a letter in base64": [
        marked(
            "DocumentReference",
            "d",
            subject={"reference": "Patient/p1"},
            content=[{"attachment": {"data": packed(f"Mother: {GO}")}}],
        )
    ],
    "a picture of the letter": [
        marked(
            "DocumentReference",
            "d",
            subject={"reference": "Patient/p1"},
            content=[{"attachment": {"data": packed(bytes(99))}}],
        )
    ],
    "a type that nobody knows": [marked("Observations", "o", subject={"reference": "Patient/p1"}, about={"ref": "p0"})],
    "nobody's": [marked("Observation", "o", subject={"reference": "Patient/p9"})],
    "a bundle on a line": [bundle(marked("Observation", "o", subject=HIM))],
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_nobody_is_released_by_being_where_a_script_does_not_look(attack: str, tmp_path: Path) -> None:
    export = lines(patient(0), patient(1), *ATTACKS[attack])
    assert MARK in fhir_by_subject(export, GO), "the script lets it through"
    try:
        found = upheld(tmp_path, export)
    except NdooError:
        assert not (tmp_path / "out.json").exists()
    else:
        released = found.texts[""] + (tmp_path / "out.json.manifest.json").read_text()
        assert MARK not in released and packed(MARK) not in released

"""What belongs to somebody who goes, and refers to nobody, goes with them: their home, their implant, what was made for them."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from ndoo.upholding.fhir.compartment import compartment
from tests.unit.upholding.fhir.exports import PEOPLE, SYSTEM, Resource, bundle, lines, of, patient, upheld

HOME = {"resourceType": "Location", "id": "home", "name": "1 Example Street"}


def visit(at: int, *to: str) -> Resource:
    return of("Encounter", f"e{at}", f"Patient/p{at}", location=[{"location": {"reference": name}} for name in to])


def test_what_only_their_records_refer_to_goes_with_them(tmp_path: Path) -> None:
    kinds = sorted(compartment().about_nobody)
    things = [
        {"resourceType": kind, "id": f"{kind}-{of_whom}"} for kind in kinds for of_whom in ("his", "mine", "nobodys")
    ]
    visits = [visit(0, *(f"{kind}/{kind}-his" for kind in kinds)), visit(1, *(f"{kind}/{kind}-mine" for kind in kinds))]
    found = upheld(tmp_path, lines(*things, *visits, patient(0), patient(1)))
    assert found.kept == [f"{kind}-{of_whom}" for kind in kinds for of_whom in ("mine", "nobodys")] + ["e1", "p1"]


def test_what_somebody_who_stays_refers_to_as_well_stays(tmp_path: Path) -> None:
    assert upheld(
        tmp_path, lines(HOME, visit(0, "Location/home"), visit(1, "Location/home"), patient(0), patient(1))
    ).kept == ["home", "e1", "p1"]


def test_it_goes_over_any_number_of_resources(tmp_path: Path) -> None:
    chain = [
        {**HOME, "partOf": {"reference": "Location/house"}},
        of("Location", "house", managingOrganization={"reference": "Organization/family"}),
        of("Organization", "family", endpoint=[{"reference": "Endpoint/mail"}]),
        of("Endpoint", "mail", managingOrganization={"reference": "Organization/family"}),  # round and round
        of("Organization", "hospital", endpoint=[{"reference": "Endpoint/post"}]),
        of("Endpoint", "post", managingOrganization={"reference": "Organization/hospital"}),
    ]
    text = lines(
        *chain,
        visit(0, "Location/home", "Organization/hospital"),
        visit(1, "Organization/hospital"),
        patient(0),
        patient(1),
    )
    assert upheld(tmp_path, text).kept == ["hospital", "post", "e1", "p1"]
    nobody = lines(*chain, patient(0), patient(1))
    assert upheld(tmp_path, nobody).kept == ["home", "house", "family", "mail", "hospital", "post", "p1"], (
        "nobody refers to them"
    )


def test_what_measures_their_implant_goes_with_it(tmp_path: Path) -> None:
    """A metric refers to the device, nobody to the metric: it cannot keep the device."""
    use = of("DeviceUseStatement", "u", "Patient/p0", device={"reference": "Device/d"})
    metric = of("DeviceMetric", "m", source={"reference": "Device/d"})
    role = of(
        "PractitionerRole",
        "r",
        organization={"reference": "Organization/x"},
        practitioner={"reference": "Practitioner/dr"},
    )
    device = of("Device", "d", owner={"reference": "Organization/x"})
    text = lines(device, metric, use, of("Organization", "x"), role, of("Practitioner", "dr"), patient(0), patient(1))
    assert upheld(tmp_path, text).kept == ["dr", "p1"]


def test_references_from_what_is_contained_and_around_and_in_texts_count(tmp_path: Path) -> None:
    inside = of(
        "MedicationRequest",
        "q",
        "Patient/p0",
        contained=[of("Medication", "c", ingredient=[{"itemReference": {"reference": "Substance/s"}}])],
        medicationReference={"reference": "#c"},
    )
    mine = of("Communication", "c", "Patient/p1", payload=[{"contentString": "about Device/kept"}])
    resources = [of("Substance", "s"), of("Substance", "other"), of("Device", "kept")]
    spoken = of("Communication", "d", "Patient/p0", payload=[{"contentString": "about Device/kept"}])
    assert upheld(tmp_path, lines(*resources, inside, mine, spoken, patient(0), patient(1))).kept == [
        "other",
        "kept",
        "c",
        "p1",
    ]


def test_what_the_wrapping_of_a_bundle_that_goes_names_goes_with_it(tmp_path: Path) -> None:
    """The link around the entries of a bundle of which nothing stays keeps nothing; around those that stay it does."""
    implant = {"resourceType": "Device", "id": "implant"}
    link = [{"relation": "related", "url": "Device/implant"}]

    def export(*around: int) -> dict[str, str]:
        used = of("DeviceUseStatement", "u", "Patient/p0", device={"reference": "Device/implant"})
        more = {0: [patient(0), used], 1: [patient(1)]}
        whole = {
            f"b{at}.json": json.dumps(bundle(*here, **({"link": link} if at in around else {})), indent=1)
            for at, here in more.items()
        }
        return {"devices.ndjson": lines(implant), **whole}

    assert upheld(tmp_path / "his", export(0)).kept == ["p1"]
    assert upheld(tmp_path / "theirs", export(0, 1)).kept == ["p1", "implant"]


def test_what_only_held_records_refer_to_is_held_with_them(tmp_path: Path) -> None:
    lost = of("Encounter", "e9", "Patient/p9", location=[{"location": {"reference": "Location/home"}}])
    found = upheld(tmp_path, lines(HOME, lost, patient(1)))
    assert (found.kept, found.held) == (["p1"], {"orphan": 2})
    found = upheld(tmp_path, lines(HOME, lost, visit(0, "Location/home"), patient(0), patient(1)))
    assert (found.kept, found.held) == (["p1"], {"orphan": 2}), "held, so that somebody looks whose it is"


@pytest.mark.parametrize(
    "where",
    [
        {"physicalType": {"coding": [{"code": "ho"}]}},
        {"type": [{"coding": [{"code": "x"}, {"code": "PTRES"}]}]},
        {"form": {"coding": [{"code": "ho"}]}},
    ],
)
def test_a_home_that_nobody_who_stays_refers_to_is_held(where: Resource, tmp_path: Path) -> None:
    home = {**HOME, **where}
    found = upheld(
        tmp_path, lines(home, patient(1), {**HOME, "id": "ward", "physicalType": {"coding": [{"code": ["ho"]}, 3]}})
    )
    assert (found.kept, found.held) == (["p1", "ward"], {"missing": 1})
    assert upheld(tmp_path, lines(home, patient(1), visit(1, "Location/home"))).kept == ["home", "p1", "e1"]


def test_the_order_in_which_it_stands_does_not_matter(tmp_path: Path) -> None:
    for order in itertools.permutations([HOME, visit(0, "Location/home"), patient(0), patient(1)]):
        assert upheld(tmp_path, lines(*order)).kept == ["p1"]


def test_a_device_of_somebody_who_goes_does_not_take_what_others_use(tmp_path: Path) -> None:
    device = of(
        "Device",
        "d",
        patient={"reference": "Patient/p0"},
        location={"reference": "Location/ward"},
        identifier=[{"system": SYSTEM}],
    )
    text = lines(device, of("Location", "ward"), visit(1, "Location/ward"), patient(0), patient(1), of("Device", "e"))
    assert upheld(tmp_path, text).kept == ["ward", "e1", "p1", "e"]
    assert upheld(tmp_path, text, go=(PEOPLE[5],)).kept == ["d", "ward", "e1", "p0", "p1", "e"]

"""JSON that readers understand differently, or that holds something else than it should, is refused or held; the program does not break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.errors import NdooError, UnfitData, UsageFault
from ndoo.upholding.fhir.json_text import Cursor, JsonNumber, NotFHIR, parsed
from tests.unit.upholding.fhir.exports import GO, PEOPLE, SYSTEM, bundle, lines, of, patient, upheld

MINE = lines(patient(1))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"resourceType": "Flag", "resourceType": "Patient"}', "one property twice"),
        ('{"resourceType": "Bundle", "entry": [], "entry": [1]}', "one property twice"),
        ('{"resourceType": "Bundle", "type": "a", "type": "b"}', "one property twice"),
        ('{"resourceType": "Flag", "a": {"b": 1, "\\u0062": 2}}', "one property twice"),
        ('{"resourceType": "Flag", "a": NaN}', "NaN"),
        ('{"resourceType": "Flag", "a": -Infinity}', "NaN"),
        ('{"resourceType": "Flag", "a": 01}', "not JSON"),
        ("{'resourceType': 'Flag'}", "not JSON"),
        ('{"resourceType": "Flag",}', "not JSON"),
        ('{"resourceType": "Flag"} {}', "more follows"),
        ('{"resourceType": "Bundle"} x', "more follows"),
        ("[]", "no JSON object"),
        ("{1: 2}", "not JSON"),
        ('{"resourceType": "Bundle", 1: 2}', "no whole JSON"),
        ('{"resourceType": "Bundle" "a": 1}', "no whole JSON"),
        ('{"resourceType": "Bundle", "entry": [1 2]}', "no"),
        ('{"resourceType": "Flag", "a": "\udcff"}', "not UTF-8"),
        ('{"resourceType": "Bundle"', "no whole JSON"),
        ("{}", "no type"),
        ('{"a": "\\\\"}', "no type"),
        ('{"resourceType": null}', "no type"),
        ('{"resourceType": ["Patient"]}', "no type"),
        ('{"resourceType": "Flag", "id": ["a"]}', "the id"),
        ('{"resourceType": "Bundle", "entry": {"resource": {}}}', "no whole JSON"),
        ('{"resourceType": "Bundle", "entry": [{"resource": []}]}', "no object"),
        ('{"resourceType": "Bundle", "entry": [{"resource": {}}]}', "no type"),
        ('{"resourceType": "Bundle", "entry": [{"fullUrl": 3}]}', "full address"),
        ('{"resourceType": "Bundle", "entry": [null]}', "no JSON object"),
        ('{"resourceType": "Parameters", "parameter": [{"resource": {"resourceType": "Bundle"}}]}', "bundle stands in"),
        ('{"resourceType": "Flag", "a": ' + "[" * 101 + "]" * 101 + "}", "too deeply"),
        ('{"resourceType": "Flag", "a": ' + "[" * 9999 + "]" * 9999 + "}", "too deeply"),
    ],
)
def test_what_readers_may_understand_differently_is_refused_with_its_line(text: str, why: str, tmp_path: Path) -> None:
    raw = f"{MINE}{text}\n".encode("utf-8", "surrogateescape")
    with pytest.raises(UnfitData, match=rf"'in.json', line 2: .*{why}"):
        upheld(tmp_path, raw)
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    "more",
    [
        {"identifier": [{"system": [SYSTEM], "value": GO}]},
        {"identifier": [{"system": {"a": SYSTEM}, "value": GO}]},
        {"identifier": [{"system": 3, "value": GO}]},
        {"performer": [{"reference": 3}]},
    ],
)
def test_what_should_say_whose_it_is_and_is_of_another_type_is_a_doubt(more: Any, tmp_path: Path) -> None:
    found = upheld(tmp_path, MINE + lines(of("Observation", "o", "Patient/p1", **more)))
    assert (found.kept, found.held) == (["p1"], {"ambiguous": 1})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([GO], "malformed"),
        ({"a": GO}, "malformed"),
        (True, "malformed"),
        ("\ud800", "malformed"),
        (9990000000, "check_digit"),
        (float(GO), "malformed"),
    ],
)
def test_a_number_of_another_type_is_no_number(value: Any, reason: str, tmp_path: Path) -> None:
    text = MINE + lines({"resourceType": "Patient", "id": "x", "identifier": [{"system": SYSTEM, "value": value}]})
    found = upheld(tmp_path, text)
    assert (found.kept, found.held) == (["p1"], {reason: 1})


def test_a_number_that_is_one_in_json_is_who_it_is(tmp_path: Path) -> None:
    def person(number: str) -> str:
        return f'{{"resourceType": "Patient", "id": "x{number[-1]}", "identifier": {{"system": "{SYSTEM}", "value": {number}}}}}\n'

    assert upheld(tmp_path, person(GO) + person(PEOPLE[1])).kept == [f"x{PEOPLE[1][-1]}"]


@pytest.mark.parametrize(
    "said",
    [
        f'"valueInteger": {GO}',
        f'"valueDecimal": {GO}.0',
        f'"valueDecimal": {GO[0]}.{GO[1:]}E9',
        f'"valueString": "\\u{ord(GO[0]):04x}{GO[1:]}"',
        f'"given": ["{GO[:3]}", "{GO[3:6]}", "{GO[6:]}"]',
        f'"{GO}": 1',
        f'"valueString": "{GO}\\ud800"',
        f'"list": [{GO[:3]}, "{GO[3:6]}", {GO[6:]}]',
    ],
)
def test_a_number_is_seen_however_json_writes_it(said: str, tmp_path: Path) -> None:
    text = MINE + f'{{"resourceType": "Observation", "id": "o", "subject": {{"reference": "Patient/p1"}}, {said}}}\n'
    with pytest.raises(UsageFault, match="'Observation'"):
        upheld(tmp_path, text)
    assert upheld(tmp_path, text, go=(PEOPLE[6],)).texts[""] == text, "and what stays, stays as it was written"


def test_decimals_keep_every_digit_and_texts_every_escape(tmp_path: Path) -> None:
    odd = '{ "resourceType":"Observation","id":"o","subject":{"reference":"Patient\\/p1"},"a":1.00,"b":1e400,"c":123456789012345678901234567890.10, "d":"\\ud83d\\ude00\\/" }'
    assert upheld(tmp_path, MINE + odd).texts[""] == MINE + odd
    bare = '{"a": "\\n", "code": "Bundle", "data": "", "physicalType": {"coding": [{}]}, "resourceType": "Location"}\n{"a": "\\n", "item": [{"resource": 3}, {"resource": {"reference": 3}}], "resourceType": "Linkage"}'
    assert upheld(tmp_path, MINE + bare).held == {"ambiguous": 1}
    assert upheld(tmp_path, MINE + '{"a": "\\n", "resourceType": "Locatio\\u006e"}').kept == ["p1", ""]


def test_what_is_around_a_bundle_is_searched(tmp_path: Path) -> None:
    text = json.dumps(bundle(patient(1), note=f"without {GO}"))
    with pytest.raises(UsageFault, match="'Bundle'"):
        upheld(tmp_path, text)
    assert upheld(tmp_path, text, go=(PEOPLE[6],)).broken(GO) == ["nobody"]
    gone = json.dumps(bundle(patient(1), {"request": {"method": "DELETE", "url": "Patient/p1"}, "note": GO}))
    with pytest.raises(UsageFault, match=r"'Bundle\.entry'"):
        upheld(tmp_path, gone)


def test_a_flow_under_which_everybody_stays_keeps_bundles_whole(tmp_path: Path) -> None:
    text = json.dumps(bundle(patient(1), link=[{"relation": "self", "url": "https://a.test/Observation?patient=p0"}]))
    more = {"cleaned": None, "decision": {"outcome": "does_not_apply"}}
    assert upheld(tmp_path, text, **more).texts[""] == text


def test_a_cursor_says_where_values_stand() -> None:
    cursor = Cursor(' {"a" : [ 1 , "b" ] }')
    assert next(members := cursor.members()) == "a"
    assert cursor.sees_list()
    spans = []
    for begin in cursor.elements():
        cursor.value()
        spans.append(cursor.text[begin : cursor.ended])
    assert (spans, list(members)) == (["1", '"b"'], [])
    cursor.end()
    number = parsed("1.50")
    assert isinstance(number, JsonNumber) and number.text == "1.50"
    with pytest.raises(NotFHIR):
        parsed("1 2")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["Patient/p0", "Patient/p1", "#a", "urn:uuid:1", GO, SYSTEM, "Bundle", "Patient", "https://a.test/Patient/p1"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "resourceType",
                    "id",
                    "system",
                    "value",
                    "reference",
                    "identifier",
                    "contained",
                    "link",
                    "other",
                    "target",
                    "entry",
                    "resource",
                    "fullUrl",
                    "request",
                    "url",
                    "data",
                    "type",
                    "coding",
                    "code",
                    "extension",
                    "item",
                    "subject",
                    "physicalType",
                    "contentType",
                    "origin",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=50)
@given(documents=st.lists(JSON, min_size=1, max_size=4), in_bundle=st.booleans())
def test_whatever_json_holds_it_is_refused_or_decided_on_and_never_breaks_the_program(
    documents: list[Any], tmp_path_factory: pytest.TempPathFactory, *, in_bundle: bool
) -> None:
    text = (
        json.dumps({"resourceType": "Bundle", "entry": documents})
        if in_bundle
        else "".join(json.dumps(one) + "\n" for one in documents)
    )
    try:
        found = upheld(tmp_path_factory.mktemp("json"), text)
    except NdooError as error:
        assert error.exit_status in (2, 3)
    else:
        assert GO not in found.texts[""]

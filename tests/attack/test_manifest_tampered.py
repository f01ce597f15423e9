"""Can an edited output, manifest or seal pass `verify`? Every edit breaks the promise that it touches."""

from __future__ import annotations

import base64
import copy
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.evidence.seal import check_seal
from tests.attack.scene import GO, MUST_GO, STAY, Scene, row, table
from tests.attack.tampering import STRANGER, Manifest, broken, claimed, manifest_of, refused, rewrite
from tests.fuzz.manifests import check, places


def test_an_output_without_its_manifest_is_unproven(released: Scene) -> None:
    (released.folder / "out.csv.manifest.json").unlink()
    refused(released, "manifest-missing")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"uphold"',
        b"{}",
        b'{"kind": "uphold"}',
        b'{"kind": "check"}',
        b"\x00{\x00}",
        b"9" * 10_000,
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b"[" * 900 + b"]" * 900,
        b"NaN",
        b"x" * (1 << 24) + b"x",
        b'{"kind": "uphold", "input": [], "output": [], "rows": [], "people": [], "columns": [], "undecided": [], "list": []}',
        b'{"kind": "uphold", "input": {}, "output": {}, "rows": {}, "people": {}, "columns": {}, "undecided": {}, "list": {}}',
    ],
    ids=[
        "no_bytes",
        "one_brace",
        "null",
        "list",
        "text",
        "empty",
        "kind_alone",
        "another_kind",
        "utf_16",
        "long_number",
        "deep_lists",
        "deep_objects",
        "deep_and_whole",
        "nan",
        "huge",
        "lists_for_parts",
        "empty_parts",
    ],
)
def test_what_is_no_manifest_proves_nothing(content: bytes, released: Scene) -> None:
    released.put(content, "out.csv.manifest.json")
    refused(released, "manifest-unreadable")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_half_a_manifest_proves_nothing(share: float, released: Scene) -> None:
    path = released.folder / "out.csv.manifest.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    refused(released, "manifest-unreadable")


@pytest.mark.parametrize("nesting", [400, 800, 900, 920, 940, 960])
def test_a_manifest_nested_to_the_edge_of_the_stack_is_not_a_fault(nesting: int, released: Scene) -> None:
    document = manifest_of(released)
    text = json.dumps(document)[:-1] + ', "extra": ' + "[" * nesting + "]" * nesting + "}"
    released.put(text, "out.csv.manifest.json")
    assert released.verify().status == 3


EDITS: dict[str, Callable[[Manifest], object]] = {
    "rows_kept": lambda m: m["rows"].update(kept=m["rows"]["kept"] + 1),
    "rows_removed_and_read": lambda m: m["rows"].update(removed=0, read=m["rows"]["read"] - 1),
    "rows_held_and_read": lambda m: m["rows"].update(held={}, read=m["rows"]["read"] - 1),
    "people_removed": lambda m: m["people"].update(removed=0, read=m["people"]["read"] - 1),
    "input_rows": lambda m: m["input"].update(rows=1),
    "input_digest": lambda m: m["input"].update(sha256="0" * 64),
    "input_name": lambda m: m["input"].update(name="another.csv"),
    "output_digest": lambda m: m["output"].update(sha256="0" * 64),
    "output_size": lambda m: m["output"].update(bytes=m["output"]["bytes"] + 1),
    "day_of_the_list": lambda m: m["list"].update(checked_at="2030-01-01"),
    "polarity_of_the_list": lambda m: m["list"].update(polarity="opted_out"),
    "digest_of_the_list": lambda m: m["list"].update(sha256=None),
    "day_of_the_release": lambda m: m.update(created="2030-01-01T00:00:00+00:00"),
    "what_was_done_with_the_undecided": lambda m: m["undecided"].update(mode="stop"),
    "a_key_more": lambda m: m.update(approved_by="the Caldicott Guardian"),
    "a_key_less": lambda m: m.pop("decision"),
    "one_becomes_true": lambda m: m["rows"].update(removed=True),
    "one_becomes_a_float": lambda m: m["rows"].update(removed=1.0),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_manifest_breaks_its_seal(edit: str, released: Scene) -> None:
    document = manifest_of(released)
    EDITS[edit](document)
    rewrite(released, document)
    assert "seal" in broken(released)


@pytest.mark.parametrize(
    "seal",
    [
        None,
        "sealed",
        {},
        {"algorithm": "none"},
        {"algorithm": "Ed25519"},
        {"algorithm": "Ed25519", "public_key": "", "signature": ""},
        {"algorithm": "Ed25519", "public_key": 1, "signature": 2},
        {"algorithm": "Ed25519", "public_key": "ö", "signature": "ö"},
        {"algorithm": "RS256", "public_key": "AA==", "signature": "AA=="},
    ],
    ids=["null", "text", "empty", "none", "keyless", "blank", "numbers", "not_ascii", "another"],
)
def test_a_manifest_without_a_true_seal_is_unproven(seal: object, released: Scene) -> None:
    rewrite(released, manifest_of(released) | {"seal": seal})
    assert broken(released) == {"seal"}


PRIME = 2**255 - 19
EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
NOBODY = (0, 1, EIGHTH, PRIME - EIGHTH, PRIME - 1, PRIME, PRIME + 1)


@pytest.mark.parametrize("sign", [0, 1 << 255], ids=["even", "odd"])
@pytest.mark.parametrize("at", range(len(NOBODY)))
def test_a_key_that_nobody_holds_seals_nothing(at: int, sign: int) -> None:
    """Under a key of small order this signature fits from one in eight to all of the documents."""
    key = base64.b64encode((NOBODY[at] | sign).to_bytes(32, "little")).decode()
    seal = {"algorithm": "Ed25519", "public_key": key, "signature": base64.b64encode(b"\1" + bytes(63)).decode()}
    for turn in range(64):
        with pytest.raises(UnfitData):
            check_seal({"turn": turn, "seal": seal})


def test_a_manifest_whose_seal_was_taken_off_is_unproven(released: Scene) -> None:
    document = manifest_of(released)
    del document["seal"]
    rewrite(released, document)
    assert broken(released) == {"seal"}


def test_a_manifest_sealed_by_a_stranger_is_not_the_senders(released: Scene) -> None:
    """Whoever edits may seal again; so the reader names the sender's key."""
    sender = manifest_of(released)["seal"]["public_key"]
    assert released.verify("--signed-by", sender).status == 0
    rewrite(released, manifest_of(released), resealed=True)
    assert broken(released, "--signed-by", sender) == {"seal"}
    assert released.verify().json["sealed_by"] == STRANGER.public_key


def test_the_stranger_s_seal_with_the_senders_key_written_over_it_is_broken(released: Scene) -> None:
    sender = manifest_of(released)["seal"]["public_key"]
    document = STRANGER.seal(manifest_of(released))
    document["seal"]["public_key"] = sender
    rewrite(released, document)
    assert broken(released, "--signed-by", sender) == {"seal"}


def test_the_manifest_of_another_release_proves_nothing(released: Scene) -> None:
    released.put(table([*map(row, STAY[1:]), row(GO[0], MUST_GO), row("", MUST_GO)]))
    released.upholds(6, output="other.csv")
    other = (released.folder / "other.csv.manifest.json").read_bytes()
    released.put(other, "out.csv.manifest.json")
    assert "digest" in broken(released)


@pytest.mark.parametrize("count", [True, 1.0, -1, "1", None, [1], {"a": 1}, 1e400], ids=repr)
def test_a_count_that_is_no_count_lets_no_row_in(count: object, released: Scene) -> None:
    """Damaged numbers are never among the rows that a justification lets stay."""
    document = claimed(released, table([*map(row, STAY), row(GO[0] + "x")]))
    document["rows"]["kept_without_number"] = count
    released.put(json.dumps(document), "out.csv.manifest.json")
    assert {"seal", "nobody"} & broken(released)


def test_another_column_named_in_the_manifest_hides_nobody(released: Scene) -> None:
    """The forger says that `marker` is the person, and that the NHS number may stay."""
    document = manifest_of(released)
    document["columns"].update(nhs_number="marker", ignored=["nhs_number"])
    rewrite(released, document, resealed=True)
    assert released.verify("--nhs-number", "nhs_number").status == 2
    assert "nobody" in broken(released)


DIALECTS: dict[str, dict[str, object]] = {
    "unknown_encoding": {"encoding": "klingon"},
    "encoding_no_text": {"encoding": 5},
    "encoding_a_list": {"encoding": ["utf-8"]},
    "delimiter_no_text": {"delimiter": 5},
    "delimiter_a_list": {"delimiter": [","]},
    "delimiter_long": {"delimiter": ",,"},
    "another_delimiter": {"delimiter": ";"},
    "another_encoding": {"encoding": "utf-16-le"},
    "heading_denied": {"header": False},
}


def test_a_file_that_is_called_what_it_is_not_is_not_as_it_was_published(released: Scene) -> None:
    document = manifest_of(released)
    document["output"]["format"] = "parquet"
    rewrite(released, document, resealed=True)
    assert "digest" in broken(released)


@pytest.mark.parametrize("form", DIALECTS)
def test_a_description_that_does_not_fit_the_file_is_a_broken_promise_and_no_fault(form: str, released: Scene) -> None:
    document = manifest_of(released)
    document["output"]["dialect"].update(DIALECTS[form])
    rewrite(released, document, resealed=True)
    assert broken(released)


@pytest.mark.parametrize("part", ["dialect", "columns", "rows", "people"])
@pytest.mark.parametrize("value", [5, "x", [], {}, None], ids=repr)
def test_a_part_of_another_kind_is_refused_and_no_fault(part: str, value: object, released: Scene) -> None:
    document = manifest_of(released)
    (document["output"] if part == "dialect" else document)[part] = value
    rewrite(released, document)
    assert released.verify().status == 3


@pytest.mark.parametrize("part", ["nhs_number", "also", "ignored"])
@pytest.mark.parametrize("value", [5, ["x"], {}, None, [["x"]], ""], ids=repr)
def test_columns_of_another_kind_are_refused_and_no_fault(part: str, value: object, released: Scene) -> None:
    document = manifest_of(released)
    document["columns"][part] = value
    rewrite(released, document)
    assert released.verify().status == 3


def test_a_key_given_twice_is_not_read_as_the_last_one(released: Scene) -> None:
    """A person, or another program, would read the first: the forged one."""
    whole = (released.folder / "out.csv.manifest.json").read_text()
    forged = whole.replace('"people": {', '"people": {"read": 8, "kept": 8, "removed": 0, "held": 0}, "people": {', 1)
    released.put(forged, "out.csv.manifest.json")
    refused(released, "manifest-unreadable")


def parts(document: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a document, however deep."""
    for key in document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ():
        yield (*way, key)
        yield from parts(document[key], (*way, key))


@pytest.mark.parametrize("value", [..., None, {"x": []}], ids=["left_out", "null", "another"])
@pytest.mark.parametrize("kind", range(5), ids=["text", "parquet", "fhir", "linked", "parquet folder"])
def test_a_sealed_manifest_without_one_of_its_parts_hides_nobody_and_is_no_fault(kind: int, value: object) -> None:
    """An older or another program sealed it, or somebody who holds the key: refused, or what is in the release is still found."""
    place, sealed_anew = places()[kind], bytes([ord("6") + kind])
    whole = json.loads(place.manifest.read_bytes())
    for way in parts(whole):
        changed = copy.deepcopy(whole)
        *within, last = way
        part = functools.reduce(lambda found, key: found[key], within, changed)
        if value is ...:
            del part[last]
        else:
            part[last] = value
        check(sealed_anew + json.dumps(changed).encode())
    place.manifest.write_text(json.dumps(whole))

"""A document inside a resource is searched as a text is; one that cannot be searched is held, and never waved through."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import UsageFault
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.fhir.documents import carried_by, decoded, text_of
from tests.unit.upholding.fhir.exports import GO, PEOPLE, SYSTEM, Resource, lines, of, packed, patient, upheld

WORDS = f"Mother, NHS number {GO[:3]} {GO[3:6]} {GO[6:]}, has asthma."
PLAIN = "She has asthma, and nobody else is named in this letter, which is as long as letters are."


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", bytes(13))
        + chunk(b"IDAT", zlib.compress(bytes(range(256)) * 4))
        + chunk(b"IEND", b"")
    )


def letter(data: str | bytes, kind: str = "text/plain", **more: Any) -> Resource:
    return of(
        "DocumentReference",
        "d",
        "Patient/p1",
        content=[{"attachment": {"contentType": kind, "data": packed(data)}}],
        **more,
    )


TEXTS = {
    "plain": lambda words: words.encode(),
    "with a mark": lambda words: b"\xef\xbb\xbf" + words.encode(),
    "UTF-16": lambda words: words.encode("utf-16"),
    "UTF-16 without a mark": lambda words: words.encode("utf-16-le"),
    "UTF-16 the other way round": lambda words: words.encode("utf-16-be"),
    "UTF-32": lambda words: words.encode("utf-32"),
    "Windows": lambda words: ("Caf\xe9 \x96 " + words).encode("cp1252", "replace"),
    "HTML": lambda words: f"<html><body><p>{words}</p></body></html>".encode(),
    "RTF": lambda words: ("{\\rtf1\\ansi " + words + "\\par}").encode(),
    "XML": lambda words: f'<?xml version="1.0"?><ClinicalDocument><text>{words}</text></ClinicalDocument>'.encode(),
    "JSON": lambda words: json.dumps({"note": words}).encode(),
    "CSV": lambda words: f'id,note\r\n1,"{words}"\r\n'.encode(),
    "HL7": lambda words: f"\x0bMSH|^~\\&|A|B\rNTE|1||{words}\r\x1c\r".encode(),
    "a mail with a part": lambda words: (
        "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(("\n".join([words] * 4)).encode()).decode()
    ).encode(),
    "a page with a part": lambda words: f'<a href="data:text/plain;base64,{packed(words)}">x</a>'.encode(),
    "JSON in which one stands": lambda words: json.dumps({"attachment": {"data": packed(words)}}).encode(),
    "JSON that is none": lambda words: ("{" + words).encode(),
}


@pytest.mark.parametrize("form", TEXTS)
def test_a_withheld_person_in_a_document_stops_the_release(form: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="'DocumentReference'"):
        upheld(tmp_path, lines(patient(0), patient(1), letter(TEXTS[form](WORDS))))
    assert not (tmp_path / "out.json").exists()


def test_documents_that_name_nobody_stay_and_are_found_when_they_do(tmp_path: Path) -> None:
    plain = [{**letter(write(PLAIN)), "id": f"d{at}"} for at, write in enumerate(TEXTS.values())]
    assert upheld(tmp_path, lines(patient(0), patient(1), *plain)).kept == [
        "p1",
        *(f"d{at}" for at in range(len(TEXTS))),
    ]
    assert upheld(tmp_path, lines(patient(1), letter(WORDS)), go=(PEOPLE[5],)).broken(GO) == ["nobody"]


def test_base64_is_read_however_it_is_broken_into_lines_and_in_either_alphabet() -> None:
    raw = bytes(range(256))
    for text in (
        packed(raw),
        packed(raw).rstrip("="),
        base64.encodebytes(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        f" {packed(raw)}\r\n",
    ):
        assert decoded(text) == raw
    assert decoded("no base64!") is None


PLACES = {
    "an attachment": {"content": [{"attachment": {"data": "@"}}]},
    "an extension": {"extension": [{"url": "https://x.test", "valueAttachment": {"data": "@"}}]},
    "bytes of an extension": {"extension": [{"url": "https://x.test", "valueBase64Binary": "@"}]},
    "a signature": {"signature": [{"data": "@"}]},
    "an older signature": {"signature": [{"blob": "@"}]},
    "a barcode": {"udiCarrier": [{"carrierAIDC": "@"}]},
    "a list in place of a text": {"content": [{"attachment": {"data": ["@"]}}]},
    "a contained one": {"contained": [{"resourceType": "Binary", "data": "@"}]},
    "an address": {"content": [{"attachment": {"url": "data:text/plain;charset=utf-8;base64,@"}}]},
    "a narrative": {"text": {"div": '<div><img src="data:image/png;base64,@"/></div>'}},
}


def with_bytes(place: str, data: str | bytes) -> Resource:
    filled: Resource = json.loads(json.dumps(PLACES[place]).replace("@", packed(data)))
    return {**of("Basic", "b", "Patient/p1"), **filled}


@pytest.mark.parametrize("place", PLACES)
def test_wherever_bytes_may_stand_they_are_looked_into(place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="'Basic'"):
        upheld(tmp_path, lines(patient(0), patient(1), with_bytes(place, WORDS)))


def test_bytes_that_are_text_stay_and_others_are_held_wherever_they_stand(tmp_path: Path) -> None:
    both = [
        {**with_bytes(place, data), "id": name}
        for place in PLACES
        for name, data in (("text", PLAIN), ("bytes", png()))
    ]
    found = upheld(tmp_path, lines(patient(0), patient(1), *both))
    assert (found.kept, found.held) == (["p1", *["text"] * len(PLACES)], {"unsearchable": len(PLACES)})


@pytest.mark.parametrize(("kind", "name"), [("Binary", "data"), ("Binary", "content"), ("AuditEvent", "entity")])
def test_the_bytes_of_a_binary_and_the_query_of_an_audit_event_are_looked_into(
    kind: str, name: str, tmp_path: Path
) -> None:
    def holding(data: str | bytes) -> Resource:
        value = [{"query": packed(data)}] if name == "entity" else packed(data)
        return of(kind, "b", "Patient/p1", **{name: value})

    with pytest.raises(UsageFault, match=f"'{kind}'"):
        upheld(tmp_path, lines(patient(0), patient(1), holding(WORDS)))
    assert upheld(tmp_path, lines(patient(0), patient(1), holding(PLAIN))).kept == ["p1", "b"]
    assert upheld(
        tmp_path, lines(patient(1), of("AuditEvent", "a", "Patient/p1", entity=[{"query": "no base64!"}]))
    ).kept == ["p1", "a"]


NO_TEXT = {
    "PDF": b"%PDF-1.4\n1 0 obj << /Length 3 >> stream\nabc\nendstream",
    "PDF behind a few bytes": b"\n\n%PDF-1.7 text",
    "PostScript": b"%!PS\nshow",
    "PNG": png(),
    "gzip": gzip.compress(WORDS.encode()),
    "an office file": b"PK\x03\x04 word/document.xml",
    "bytes": bytes(range(256)),
    "RTF with a picture": b"{\\rtf1 words {\\pict\\pngblip 89504e470d0a}}",
    "RTF with an object": b"{\\rtf1{\\object{\\*\\objdata 0105}}}",
    "HTML with a picture": b'<img src="data:image/png;base64,' + packed(png()).encode() + b'">',
    "XML with a picture": b"<value representation='B64'>" + base64.encodebytes(png()) + b"</value>",
    "a mail with a picture": b"Content-Type: image/png\n\n" + base64.encodebytes(png()),
    "uuencode": b"letter\n\nbegin 644 a.png\nM5$%$\n`\nend\n",
    "Ascii85": b"<~9jqo^BlbD-BleB1DJ+*+F(f,q~>",
    "a code page of another kind": WORDS.encode("cp037"),
    "UTF-16 cut off": WORDS.encode("utf-16")[:-1],
    "a picture in JSON": json.dumps({"attachment": {"data": packed(png())}}).encode(),
}


def test_a_document_that_nobody_can_search_is_held_and_whatever_leads_to_it(tmp_path: Path) -> None:
    documents = [{**letter(raw), "id": f"d{at}"} for at, raw in enumerate(NO_TEXT.values())]
    leading = [of("Flag", f"f{at}", "Patient/p1", f"DocumentReference/d{at}") for at in range(len(NO_TEXT))]
    text = lines(patient(0), patient(1), *documents, *leading)
    found = upheld(tmp_path, text)
    assert (found.kept, found.held) == (["p1"], {"unsearchable": 2 * len(NO_TEXT)})
    for name in ("DocumentReference.data", "DocumentReference"):
        found = upheld(tmp_path, text, columns=ColumnChoice(ignored=(name,)))
        assert (len(found.kept), [*found.outcome.manifest.columns.ignored]) == (1 + 2 * len(NO_TEXT), [name])


def test_documents_that_may_stay_unsearched_say_nothing_of_the_others(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="'DocumentReference'"):
        upheld(
            tmp_path,
            lines(patient(0), patient(1), letter(png()), {**letter(WORDS), "id": "e"}),
            columns=ColumnChoice(ignored=("DocumentReference.data",)),
        )


@pytest.mark.parametrize("charset", ["utf-7", "ebcdic-uk", "iso-2022-jp", "shift_jis"])
def test_a_code_page_that_nobody_reads_is_no_text(charset: str) -> None:
    assert text_of(PLAIN.encode(), f"text/plain; charset={charset}") is None
    assert (
        text_of(PLAIN.encode(), 'text/plain; charset="UTF-8"')
        == text_of(PLAIN.encode("latin-1"), "text/plain;charset=iso-8859-1")
        == PLAIN
    )
    assert text_of("\u4e2d\u6587".encode("utf-16-le"), "text/plain; charset=utf-16") is None, (
        "nothing says which way round"
    )
    assert text_of(PLAIN.encode("utf-16-le"), "text/plain; charset=utf-16") == PLAIN
    assert text_of(b"\xff\xfe\x00\xd8", "") is None


def test_documents_in_documents_end_somewhere() -> None:
    text = WORDS * 4
    for _ in range(8):
        text = packed(text)
    assert list(carried_by(text))[-1] is None
    nested = png()
    for _ in range(6):
        nested = json.dumps({"attachment": {"data": packed(nested)}}).encode()
    assert not any("PNG" in (text or "") for text in carried_by(nested.decode()))


def test_the_reference_in_a_document_counts_and_its_people_do(tmp_path: Path) -> None:
    inside = json.dumps(
        {
            "resourceType": "Bundle",
            "entry": [{"resource": of("Observation", "x", "Patient/p0", performer=[{"reference": "#none"}])}],
        }
    )
    assert upheld(tmp_path, lines(patient(0), patient(1), letter(inside))).kept == ["p1"]
    assert upheld(tmp_path, lines(patient(0), patient(1), letter("See Patient/p0."))).kept == ["p1"]
    assert upheld(tmp_path, lines(patient(0), patient(1), letter(lines(patient(0))))).kept == ["p1"]
    unknown = json.dumps({"resourceType": "Patient", "name": [{"family": "Other"}], "system": 3, "value": 4})
    found = upheld(tmp_path, lines(patient(1), letter(unknown)))
    assert (found.kept, found.held) == (["p1"], {"missing": 1})


def test_a_binary_is_theirs_whose_document_it_is(tmp_path: Path) -> None:
    def content(at: int, *urls: str) -> Resource:
        return of(
            "DocumentReference", f"d{at}", f"Patient/p{at}", content=[{"attachment": {"url": url}} for url in urls]
        )

    def binary(name: str, **more: Any) -> Resource:
        return {"resourceType": "Binary", "id": name, "contentType": "text/plain", "data": packed(PLAIN), **more}

    people = [patient(0), patient(1), patient(2)]
    found = upheld(
        tmp_path,
        lines(
            *people,
            content(0, "Binary/b0"),
            content(1, "https://a.test/fhir/Binary/b1"),
            binary("b0"),
            binary("b1"),
            binary("alone"),
        ),
    )
    assert (found.kept, found.held) == (["p1", "p2", "d1", "b1"], {"missing": 1})
    assert upheld(
        tmp_path,
        lines(
            *people, content(0, "Binary/b"), content(1, "Binary/b"), content(2, "Binary/c"), binary("b"), binary("c")
        ),
    ).kept == [
        "p1",
        "p2",
        "d2",
        "c",
    ], "of two people"
    secured = binary("b", securityContext={"reference": "Patient/p0"})
    assert upheld(tmp_path, lines(*people, content(1, "Binary/b"), secured)).kept == ["p1", "p2"]
    told = upheld(tmp_path, lines(patient(1), content(1, "Binary/b"), binary("b", data=packed(WORDS))), go=(PEOPLE[5],))
    assert (told.kept, told.broken(GO)) == (["p1", "d1", "b"], ["nobody"])


def test_samples_are_no_base64(tmp_path: Path) -> None:
    sampled = of(
        "Observation", "o", "Patient/p1", valueSampledData={"origin": {"value": 0}, "period": 1, "data": "1 2 3 E U L"}
    )
    assert upheld(tmp_path, lines(patient(1), sampled, of("Device", "d", identifier=[{"system": SYSTEM}]))).kept == [
        "p1",
        "o",
        "d",
    ]

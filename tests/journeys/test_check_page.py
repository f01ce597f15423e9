"""The page with which a recipient checks a release: whatever was damaged is never verified, and what is whole is, in Chromium, offline."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page, expect

from ndoo.domain.errors import NdooError
from ndoo.domain.settings import data_folder
from ndoo.evidence.check_page import check_page
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.library.verify import verify
from ndoo.upholding.text.reference import rows_of
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

ORDER = 2**252 + 27742317777372353535851937790883648493
WITHOUT_SUBTLE = "Object.defineProperty(crypto, 'subtle', {value: undefined})"
EXAMINE = """async ([release, manifest, key]) => {
    const file = (text) => new File([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))], "x");
    const result = await examine(file(release), file(manifest), key, () => {}).catch(() => ({checks: [["read", false, ""]], key: null}));
    return [verdictOf(result, key)[0], result.checks.filter(([, passed]) => !passed).map(([name]) => name)];
}"""

MEANWHILE = """async () => {
    const events = [
        () => element("key").dispatchEvent(new Event("input")),
        () => choose([chosen.release]),
        () => choose([chosen.manifest]),
    ];
    const hidden = [];
    for (const happens of events) {
        const running = check();
        happens();
        await running;
        hidden.push(element("result").hidden && !element("check").disabled);
    }
    return hidden;
}"""
"""Whether a check shows nothing, where a key is entered or a file dropped while it runs."""


@dataclass(frozen=True)
class Sent:
    """A release as it reaches a recipient."""

    release: bytes
    manifest: bytes

    @property
    def document(self) -> dict[str, Any]:
        return json.loads(self.manifest)


def sent(ndoo: Ndoo, folder: Path, name: str, content: bytes, *more: str) -> Sent:
    """Uphold it by a list of the first person, as a sender does."""
    (folder / "go.txt").write_text(some(1)[0] + "\n")
    (folder / f"in-{name}").write_bytes(content)
    by = (
        "--opted-out",
        "go.txt",
        "--checked-at",
        TODAY,
        "--nhs-number",
        "1" if "--no-header" in more else "nhs_number",
    )
    assert ndoo("uphold", f"in-{name}", "-o", name, *by, *more).status == 0
    return Sent((folder / name).read_bytes(), (folder / f"{name}.manifest.json").read_bytes())


def extract(count: int = 20) -> str:
    return "nhs_number,note\n" + "".join(f'{one},"a ""note"",\nof {at}"\n' for at, one in enumerate(some(count)))


def signed(sealer: Sealer, document: dict[str, Any]) -> bytes:
    """As somebody with a key would seal what is not true."""
    return json.dumps(sealer.seal({name: said for name, said in document.items() if name != "seal"})).encode()


def places(document: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value that a document holds."""
    pairs = document.items() if isinstance(document, dict) else enumerate(document)
    for name, said in pairs:
        if isinstance(said, dict | list) and said:
            yield from places(said, (*before, name))
        else:
            yield *before, name


def changed(document: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """The document with another value there."""
    document = copy.deepcopy(document)
    part: Any = document
    for name in place[:-1]:
        part = part[name]
    said = part[place[-1]]
    part[place[-1]] = said + 1 if isinstance(said, int) else f"{said}x" if isinstance(said, str) else "x"
    return document


def damaged(true: Sent, ours: Sealer, theirs: Sealer) -> Iterator[tuple[str, Sent]]:
    """Releases that nobody may take for true, each with what was done to it."""
    release, manifest, document = true.release, true.manifest, true.document
    lines = release.splitlines(keepends=True)
    for at in (0, 20, len(release) // 2, len(release) - 1):
        for bit in (0, 7):
            flipped = bytearray(release)
            flipped[at] ^= 1 << bit
            yield f"byte {at}, bit {bit}", Sent(bytes(flipped), manifest)
    other_rows = {
        "cut": release[:-1],
        "more": release + b"\n",
        "empty": b"",
        "a row gone": b"".join(lines[:1] + lines[3:]),
        "a row back": release + f"{some(1)[0]},x\n".encode(),
        "a row twice": b"".join(lines + lines[-2:]),
        "rows changed over": b"".join(lines[:1] + lines[3:5] + lines[1:3] + lines[5:]),
        "line ends": release.replace(b"\n", b"\r\n"),
        "packed": gzip.compress(release),
    }
    yield from ((what, Sent(rows, manifest)) for what, rows in other_rows.items())
    for place in places(document):
        yield f"says another {place}", Sent(release, json.dumps(changed(document, place)).encode())
    text, seal = manifest.decode(), document["seal"]
    raw = base64.b64decode(seal["signature"])
    late = raw[:32] + (int.from_bytes(raw[32:], "little") + ORDER).to_bytes(32, "little")
    nobodys = {
        "public_key": base64.b64encode(bytes([1, *[0] * 31])),
        "signature": base64.b64encode(bytes([1, *[0] * 63])),
    }
    texts = {
        "a key twice": text.replace('"kind": "uphold",', '"kind": "check", "kind": "uphold",'),
        "more behind": text + "{}",
        "cut": text[:-3],
        "a comma more": text.replace("\n}", ",\n}"),
        "not a number": text.replace('"type1": null', '"type1": NaN'),
        "a number as a fraction": text.replace('"kept_without_number": 0', '"kept_without_number": 0.0'),
        "no object": "[]",
        "nothing": "",
    }
    yield from ((what, Sent(release, said.encode())) for what, said in texts.items())
    seals: dict[str, Any] = {
        "no seal": None,
        "an empty seal": {},
        "more in the seal": seal | {"note": "x"},
        "another algorithm": seal | {"algorithm": "none"},
        "another spelling": seal | {"signature": seal["signature"][:-3] + chr(ord(seal["signature"][-3]) + 1) + "=="},
        "a signature that fits too": seal | {"signature": base64.b64encode(late).decode()},
        "nobody's key": seal | {name: said.decode() for name, said in nobodys.items()},
        "the key of another": seal | {"public_key": theirs.public_key},
    }
    yield from ((what, Sent(release, json.dumps(document | {"seal": one}).encode())) for what, one in seals.items())
    yield "sealed by another", Sent(release, signed(theirs, document))
    for part, name in (
        ("rows", "read"),
        ("people", "kept"),
        ("input", "rows"),
        ("output", "rows"),
        ("output", "bytes"),
    ):
        yield f"sealed with a lie: {part}.{name}", Sent(release, signed(ours, changed(document, (part, name))))
    fewer = copy.deepcopy(document)
    fewer["output"]["rows"] = fewer["rows"]["kept"] = document["rows"]["kept"] - 1
    fewer["rows"]["removed"] += 1
    yield "sealed with rows that it does not hold", Sent(release, signed(ours, fewer))


@pytest.fixture
def scripts() -> bool:
    """The page is its script."""
    return True


@pytest.fixture
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page, opened from a disk without a network."""
    place = tmp_path_factory.mktemp("page") / "check.html"
    place.write_text(check_page().html, encoding="utf-8")
    context = browser.new_context(offline=True)
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(place.as_uri())
    yield page
    context.close()
    assert [one for one in asked if not one.startswith("data:")] == [place.as_uri()], "it asks nobody for anything"


def examined(page: Page, one: Sent, key: str) -> tuple[str, list[str]]:
    """The mark of the verdict, and the checks that did not pass."""
    files = (base64.b64encode(part).decode() for part in (one.release, one.manifest))
    mark, failed = page.evaluate(EXAMINE, [*files, key])
    return str(mark), list(failed)


def test_no_damaged_release_is_verified(page: Page, ndoo: Ndoo, tmp_path: Path) -> None:
    true = sent(ndoo, tmp_path, "out.csv", extract().encode())
    ours, theirs = load_sealer(data_folder()), load_sealer(tmp_path / "theirs")
    assert examined(page, true, ours.public_key) == ("yes", [])
    assert examined(page, true, "") == ("unknown", [])
    bad = list(damaged(true, ours, theirs))
    assert len(bad) >= 50
    for what, one in bad:
        assert examined(page, one, ours.public_key)[0] == "no", what
        (tmp_path / "out.csv").write_bytes(one.release)
        (tmp_path / "out.csv.manifest.json").write_bytes(one.manifest)
        assert not verified(tmp_path / "out.csv", ours.public_key), f"ndoo verify says otherwise: {what}"
    own_lies = [one for what, one in bad if what.startswith("sealed with")]
    found_by = [" ".join(examined(page, one, ours.public_key)[1]) for one in own_lies]
    assert found_by == ["counts", "counts", "counts", "counts rows", "digest", "rows"]
    page.evaluate(WITHOUT_SUBTLE)  # as on a page without https, and in older browsers
    assert examined(page, true, ours.public_key) == ("yes", [])
    for what, one in bad[-16:]:
        assert examined(page, one, ours.public_key)[0] == "no", what


def verified(path: Path, key: str) -> bool:
    """As `ndoo verify --no-list --signed-by`."""
    try:
        return bool(verify(path, no_list=True, signed_by=key))
    except NdooError:
        return False


def test_a_true_release_is_verified_however_it_is_written(page: Page, ndoo: Ndoo, tmp_path: Path) -> None:
    text = extract()
    table = pa.table({"nhs_number": some(20), "visit": range(20)})
    pq.write_table(table, tmp_path / "t.parquet")
    pa.feather.write_feather(table, tmp_path / "t.arrow", compression="uncompressed")
    plain = "nhs_number;note\n" + "".join(f"{one};café\n" for one in some(20))
    counted = {
        "utf-16.csv": text.encode("utf-16"),
        "named.csv": b"\xef\xbb\xbfsep=;\r\n" + plain.encode(),
        "western.csv": plain.encode("cp1252"),
        "open-end.csv": text.rstrip("\n").encode(),
        "crlf.csv": text.replace("\n", "\r\n").encode(),
        "nobody.csv": f"nhs_number\n{some(1)[0]}\n".encode(),
    }
    options = {"nobody.csv": ("--expect-removed", "0-100")}
    key = load_sealer(data_folder()).public_key
    for name, content in counted.items():
        assert examined(page, sent(ndoo, tmp_path, name, content, *options.get(name, ())), key) == ("yes", []), name
    bare = "".join(f"{one},x\n" for one in some(20)).encode()
    assert examined(page, sent(ndoo, tmp_path, "bare.csv", bare, "--no-header"), key) == ("yes", [])
    uncounted = {
        "out.csv.gz": gzip.compress(text.encode()),
        "out.parquet": (tmp_path / "t.parquet").read_bytes(),
        "out.arrow": (tmp_path / "t.arrow").read_bytes(),
    }
    for name, content in uncounted.items():
        assert examined(page, sent(ndoo, tmp_path, name, content), key) == ("yes", ["rows"]), f"{name}: and it says so"


def test_the_page_counts_as_the_reference_does_and_digests_in_pieces_of_any_size(page: Page) -> None:
    dice = random.Random(7)
    texts = [
        "".join(dice.choice(["a", ",", "\n", '"b\n""c"', "\r\n", "é"]) for _ in range(dice.randrange(60)))
        for _ in range(80)
    ]
    told = page.evaluate(
        """(texts) => texts.map((text) => ["utf-8", "utf-16-le", "utf-16-be"].map((encoding) => {
            const bytes = new TextEncoder().encode(text);
            const units = new Uint8Array(text.length * 2);
            for (let i = 0; i < text.length; i += 1) new DataView(units.buffer).setUint16(2 * i, text.charCodeAt(i), encoding === "utf-16-le");
            const whole = encoding === "utf-8" ? bytes : units;
            const rows = new Rows(new Map([["header", false], ["quotes", true], ["encoding", encoding]]));
            const digest = new Sha256();
            for (let from = 0; from < whole.length; from += 14) {
                rows.update(whole.subarray(from, from + 14));
                digest.update(whole.subarray(from, from + 14));
            }
            const at_once = new Sha256();
            at_once.update(whole);
            return [Number(rows.count()), digest.hex() === at_once.hex()];
        }))""",
        texts,
    )
    for text, answers in zip(texts, told, strict=True):
        try:
            expected = sum(1 for _ in rows_of(text, ",", quotes=True))
        except NdooError:
            continue  # nothing like it is released
        assert answers == [[expected, True]] * 3, repr(text)


def test_a_recipient_checks_what_they_drop_and_everybody_can_read_the_answer(
    page: Page, ndoo: Ndoo, tmp_path: Path, accessible: Callable[..., None]
) -> None:
    true = sent(ndoo, tmp_path, "out.csv", extract().encode())
    key = load_sealer(data_folder()).public_key
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Choose the released file.")).to_be_visible()
    page.get_by_label("The released file").set_input_files(tmp_path / "out.csv")
    page.get_by_label("Its manifest").set_input_files(tmp_path / "out.csv.manifest.json")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Everything holds, under a seal that this page does not know.")).to_be_visible()
    page.get_by_label("The sender’s public key").fill(key)
    expect(page.locator("#result")).to_be_hidden()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Verified, but for the list.")).to_be_visible()
    expect(page.get_by_text("The list was not checked:")).to_be_visible()
    expect(page.get_by_role("cell", name=key)).to_be_visible()
    expect(page.get_by_text("File checked: out.csv In the manifest it is called: out.csv")).to_be_visible()
    accessible(page)
    assert page.evaluate(MEANWHILE) == [True] * 3, "what was found of other files or by another key is not shown"
    drop = """([name, text]) => {
        const dropped = new DataTransfer();
        dropped.items.add(new File([text], name));
        document.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
    }"""
    page.evaluate(drop, ["out.csv", true.release.decode() + "one more"])
    expect(page.locator("#result")).to_be_hidden()
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("NOT verified. Do not use this file.")).to_be_visible()
    assert page.evaluate("fetch('data:,x').then(() => 'asked').catch(() => 'refused')") == "refused"


def test_a_sender_has_the_page_at_hand(ndoo: Ndoo, tmp_path: Path) -> None:
    assert ndoo("show", "--check", "check.html").status == 0
    assert (tmp_path / "check.html").read_text("utf-8") == check_page().html
    assert ndoo("show", "--check", "check.html").status == 2, "what lies there is not replaced unasked"
    assert ndoo("show").status == 2


@pytest.mark.django_db
def test_the_service_gives_the_same_page(client: Any) -> None:
    answer, made = client.get("/check"), check_page()
    assert (answer.status_code, answer.content.decode()) == (200, made.html)
    assert answer.headers["Content-Security-Policy"] == f"{made.policy}; frame-ancestors 'none'"

"""`ndoo key open RELEASE [FILE…]`"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from ndoo.cli.list_options import PATH
from ndoo.cli.output import Speech, speech_options, stored_size
from ndoo.cli.output_options import JSON, OutputFile
from ndoo.domain.errors import NotPermitted, UnfitData, UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.nhs_number import masked
from ndoo.domain.settings import data_folder
from ndoo.evidence.digest_commitments import TRAVELLING, nonce_of, places_of, staying
from ndoo.evidence.document import DocumentPart, JsonObject, parse_document
from ndoo.evidence.manifest import released_manifest
from ndoo.evidence.release import place_of
from ndoo.evidence.seal import check_seal, own_keys, own_opening

_KIND = "opening"
_LARGEST, _AT_ONCE = 1 << 24, 1 << 20
_OTHER = 3


@click.command(name="open")
@click.argument("release", type=PATH)
@click.argument("files", nargs=-1, type=PATH, metavar="[FILE]…")
@click.option("--opening", "brought", type=PATH, metavar="FILE", help="What opens it, from whoever sealed it.")
@click.option(
    "-o",
    "--output",
    type=OutputFile(),
    metavar="FILE",
    help="Write what opens it to FILE, for an auditor. Only you can read it.",
)
@speech_options
def open_digests(
    release: Path, files: tuple[Path, ...], brought: Path | None, output: Path | None, as_json: bool, quiet: bool
) -> int:
    """Is each FILE what the manifest of RELEASE was made of: its input, or a list? RELEASE may be the manifest itself.

    The manifest holds the digests of input and lists under a key that stays in the data folder of whoever sealed it. An auditor gets
    that key for this one manifest (-o FILE), says --opening FILE, and needs the input and the lists themselves. Exit status 3 where
    a FILE is none of them.
    """
    from ndoo.cli.own_files import refuse_own_files
    from ndoo.evidence.private_files import put_new
    from ndoo.upholding.publication.output_paths import judge_names

    if not files and not output:
        raise click.UsageError(
            "Missing argument 'FILE…': name the input, or a list, of which the manifest may speak; or use -o."
        )
    speech, document = Speech(as_json=as_json, quiet=quiet), _document(release)
    sealed_by = check_seal(document)
    key = _key(document, brought)
    if output:
        judge_names(output)
        JSON.judge(output)
        refuse_own_files(output)
        if key is None:
            raise UsageFault("opening-not-needed", "The digests of this manifest are plain: nothing has to be opened.")
        try:
            put_new(output, json.dumps({"kind": _KIND, "nonce": nonce_of(document), "opening": key.hex()}).encode())
        except FileExistsError:
            raise UsageFault(
                "opening-there", f"{masked(str(output))} already exists. Give another name for the opening."
            ) from None
        except OSError as error:
            raise explained(error, "the opening") from None
        speech.say(f"{output} opens the digests of this manifest, and of no other. Give it to nobody but an auditor.")
    with speech.progress(sum(map(stored_size, files)), "Reading") as progress:
        read = _BytesRead(progress)
        found = {masked(str(path)): _is(document, path, key, read) for path in files}
    for name, places in found.items():
        speech.say(f"{name}: {', '.join(places) if places else 'nothing that this release was made of.'}")
    opened = {place for places in found.values() for place in places}
    without = [masked(place) for place, said in staying(document).items() if said is None]
    speech.answer(
        {
            "sealed_by": sealed_by,
            "covered": nonce_of(document) is not None,
            "files": found,
            "unopened": [masked(place) for place in staying(document) if masked(place) not in {*opened, *without}],
            "without_digest": without,
        }
    )
    return 0 if all(found.values()) else _OTHER


def _document(release: Path) -> JsonObject:
    try:
        raw = released_manifest(place_of(release)).read_bytes()
    except OSError as error:
        raise explained(error, "the manifest") from None
    document = parse_document(raw) if len(raw) <= _LARGEST else None
    if document is None or document.get("kind") not in TRAVELLING:
        raise UnfitData("manifest-unreadable", "The manifest beside this file cannot be read as one of ndoo's.")
    return document


def _key(document: JsonObject, brought: Path | None) -> bytes | None:
    """What opens it; None where nothing has to be opened.

    Raises:
        NotPermitted: another account sealed it, and nothing of theirs was brought. UnfitData: what was brought opens another manifest.
    """
    if nonce_of(document) is None:
        return None
    if brought:
        return _brought(document, brought)
    key = own_opening(document, own_keys(data_folder()))
    if key is None:
        raise NotPermitted(
            "opening-elsewhere",
            "What opens this manifest is in the data folder of the account that sealed it. Ask for ndoo key open RELEASE -o FILE, "
            "and use --opening FILE.",
        )
    return key


def _brought(document: JsonObject, path: Path) -> bytes:
    try:
        said = parse_document(path.read_bytes())
    except OSError as error:
        raise explained(error, "the opening") from None
    try:
        if said is None or said["kind"] != _KIND or said["nonce"] != nonce_of(document):
            raise ValueError("of another manifest")
        return bytes.fromhex(said["opening"])
    except (ValueError, LookupError, TypeError):
        raise UnfitData(
            "opening-of-another",
            "This opening is of another manifest, or damaged. Ask the sender of the release for it again.",
        ) from None


class _BytesRead:
    """Tells how many bytes of all files were read."""

    def __init__(self, progress: Callable[[int], object]) -> None:
        self._progress, self._done = progress, 0

    def more(self, piece: bytes) -> bytes:
        """A piece that was read."""
        self._done += len(piece)
        self._progress(self._done)
        return piece


def _is(document: JsonObject, path: Path, key: bytes | None, read: _BytesRead) -> list[str]:
    """The places at which the manifest speaks of this file, of this folder, or of a file in it."""
    try:
        digests = {name: _digest(path / name, read) for name in _names(path)}
    except OSError as error:
        raise explained(error, "a file that was named") from None
    found = {place for digest in digests.values() for place in places_of(document, digest, key)}
    for names in _orders(document, digests):
        lines = "".join(f"{digests[name]}  {name}\n" for name in names)
        found.update(places_of(document, hashlib.sha256(lines.encode()).hexdigest(), key))
    return sorted(map(masked, found))


def _names(path: Path) -> Iterator[str]:
    """Of a folder every file in it, of a file itself."""
    if not path.is_dir():
        yield "."
        return
    yield from sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())


def _digest(path: Path, read: _BytesRead) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            digest.update(read.more(piece))
    return digest.hexdigest()


def _orders(document: JsonObject, digests: dict[str, str]) -> Iterator[list[str]]:
    """How a digest over many files orders them: by path; linked tables as their descriptor does."""
    yield list(digests)
    said = DocumentPart(document)
    yield [name for name in digests if name in (said.part_if_any("files") or DocumentPart({}))]
    descriptor = said.part_if_any("descriptor") or DocumentPart({})
    entries = (said.part_if_any("tables") or DocumentPart({})).parts().values()
    tables = [one.one_or_more("path") for one in entries if "path" in one]
    paths = [descriptor.text_if_any("name"), *(one.text("path") for one in descriptor.list_of_parts_if_any("files"))]
    paths += [path for one in tables for path in one]
    if all(path in digests for path in paths):
        yield [str(path) for path in paths]
    for table in tables:
        if len(table) > 1 and all(path in digests for path in table):
            yield [*table]

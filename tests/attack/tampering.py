"""How does a forger work on a release? Edits the manifest, makes the digests fit, seals again with a key of their own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ndoo.evidence.manifest import written
from ndoo.evidence.seal import Sealer
from tests.attack.scene import Scene

STRANGER = Sealer(bytes(range(32)))
Manifest = dict[str, Any]


def manifest_of(scene: Scene) -> Manifest:
    document: Manifest = json.loads((scene.folder / "out.csv.manifest.json").read_bytes())
    return document


def rewrite(scene: Scene, document: Manifest, *, resealed: bool = False) -> None:
    """Put a manifest in the place of the true one, sealed by a stranger where wanted."""
    scene.put(written(STRANGER.seal(document) if resealed else document), "out.csv.manifest.json")


def broken(scene: Scene, *more: object, by: str = "allowed") -> set[str]:
    """The promises that `verify` finds broken; it ends with 3."""
    said = scene.verify(*more, by=by)
    assert said.status == 3, said.told
    assert said.json["verified"] is False
    return {promise["name"] for promise in said.json["promises"] if not promise["kept"]}


def refused(scene: Scene, code: str) -> None:
    said = scene.verify()
    assert (said.status, said.json["error"]["code"]) == (3, code)


def claimed(scene: Scene, content: str) -> Manifest:
    """The manifest, its digest and size changed to fit another output."""
    scene.put(content, "out.csv")
    document = manifest_of(scene)
    document["output"] |= {"sha256": hashlib.sha256(content.encode()).hexdigest(), "bytes": len(content.encode())}
    return document

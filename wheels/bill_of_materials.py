"""The bill of materials of a release of ndoo, as CycloneDX: what was built, what it needs to run, and what is inside it."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_FRONTEND = Path("src/ndoo/service/static/nhsuk/VENDORED.json")


def bill_of_materials(root: Path, built: Sequence[Path], lock: str = "run") -> str:
    """The document; the same sources and files give the same bytes.

    Args:
        root: the folder of the sources.
        built: the wheels and the source distribution.
        lock: which of the locks says what it needs: `run`, or `service` for whoever runs the service on PostgreSQL.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    own = f"pkg:pypi/{project['name']}@{project['version']}"
    needed = [*_needed(root, lock), _frontend(root)]
    files = [_file(path) for path in sorted(built)]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project["name"],
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"license": {"id": project["license"]}}],
                "purl": own,
            }
        },
        "components": [*needed, *files],
        "dependencies": [{"ref": own, "dependsOn": [one["bom-ref"] for one in needed]}],
    }
    digest = hashlib.sha256(json.dumps(document).encode()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + digest)}"
    return json.dumps(document, indent=2) + "\n"


def _needed(root: Path, lock: str) -> Iterator[dict[str, Any]]:
    """What is installed with the package, at the versions with which it was tested."""
    for name, version in _PINNED.findall((root / "requirements" / f"{lock}.lock").read_text("utf-8")):
        address = f"pkg:pypi/{name}@{version}"
        yield {"type": "library", "bom-ref": address, "name": name, "version": version, "purl": address}


def _frontend(root: Path) -> dict[str, Any]:
    """The NHS.UK frontend, which lies in the package."""
    vendored = json.loads((root / _FRONTEND).read_text("utf-8"))
    address = f"pkg:npm/{vendored['name']}@{vendored['version']}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": vendored["name"],
        "version": vendored["version"],
        "licenses": [{"license": {"id": vendored["licence"]}}],
        "purl": address,
    }


def _file(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    hashes = [{"alg": "SHA-256", "content": digest}]
    return {"type": "file", "bom-ref": f"file:{path.name}", "name": path.name, "hashes": hashes}

"""The evidence pack that an assessor gets: a zip of the register, the decisions, the manifests and the reviews, with a check to run."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ndoo.assets.files import written
from ndoo.assets.gaps import Joined, JoinedRecords
from ndoo.assets.statement import Statement
from ndoo.assets.statement_layout import markdown, privacy_notice
from ndoo.domain.london import spoken
from ndoo.domain.plurals import counted
from ndoo.evidence.check_page import check_page
from ndoo.evidence.document import JsonObject
from ndoo.evidence.seal import Sealer

CONTENTS = "contents.json"
_FIRST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the zip, so that the same evidence gives the same bytes."""

CHECK = '''"""Is this evidence pack whole and unchanged? `python check.py` in the unpacked folder; Python 3 is enough.

With ndoo installed it also checks the seals of the pack and of every manifest. The key must be known from elsewhere: whoever makes
another pack seals it with another key.
"""

import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
contents = json.loads((HERE / "contents.json").read_text("utf-8"))
wrong = []
for name, digest in contents["files"].items():
    path = HERE / name
    if not path.is_file():
        wrong.append(f"missing: {name}")
    elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        wrong.append(f"changed: {name}")
inside = {path.relative_to(HERE).as_posix() for path in (HERE / "manifests").rglob("*") if path.is_file()}
wrong += [f"not of the pack: {name}" for name in sorted(inside - set(contents["files"]))]
known = {name.partition("/")[0] for name in contents["files"]} | {"contents.json"}
for name in sorted({path.name for path in HERE.iterdir()} - known):
    print(f"not of the pack, and not looked at: {name}")
try:
    from ndoo.evidence.seal import check_seal
except ImportError:
    print("The seals were not checked: ndoo is not installed.")
else:
    keys = {}
    for path in [HERE / "contents.json", *sorted((HERE / "manifests").glob("*.json"))]:
        name = path.relative_to(HERE).as_posix()
        try:
            keys.setdefault(check_seal(json.loads(path.read_text("utf-8"))), []).append(name)
        except Exception as error:
            wrong.append(f"seal: {name}: {error}")
    for key, names in keys.items():
        rest = f" and {len(names) - 1} more" if names[1:] else ""
        print(f"sealed by {key}: {names[0]}{rest}")
    print("Ask the organisation whether that is its key.")
print("\\n".join(wrong) or f"{len(contents['files'])} files, whole and unchanged.")
sys.exit(3 if wrong else 0)
'''


@dataclass(frozen=True, slots=True)
class Proofs:
    """What stands behind a statement."""

    manifests: Mapping[str, dict[str, Any]]
    """Those that prove a run, by a name that may stand in a file name."""
    reviews: list[dict[str, Any]]
    """Every signature, as a line each."""
    published: list[dict[str, Any]]
    """Every statement that was published."""


def evidence_pack(
    known: JoinedRecords, joined: Joined, statement: Statement, proofs: Proofs, now: datetime, sealer: Sealer
) -> bytes:
    """The zip. `contents.json` in it holds the digest of every other file and is sealed."""
    organisation = known.register.organisation
    name = organisation.text("name") if organisation else "an organisation without a name"
    items = organisation.texts("toolkit") if organisation else ()
    files: dict[str, bytes] = {
        "README.txt": _readme(name, known, joined, now, items).encode(),
        "check.py": CHECK.encode(),
        "check.html": check_page().html.encode(),
        "register.toml": written(known.register).encode(),
        "decisions.json": _json({flow: decision.to_dict() for flow, decision in known.decisions.items()}),
        "open.json": _json(joined.to_dict()),
        "reviews.json": _json(proofs.reviews),
        "statement.json": _json(statement.to_dict()),
        "statement.md": markdown(statement.document).encode(),
        "privacy-notice.md": privacy_notice(statement.document).encode(),
        "published.json": _json(proofs.published),
        **{
            f"manifests/{at:05d}.json": _json(document)
            for at, (_, document) in enumerate(sorted(proofs.manifests.items()), 1)
        },
    }
    contents: JsonObject = {
        "kind": "ndoo evidence pack",
        "made": now.isoformat(timespec="seconds"),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as pack:
        for inside, content in {CONTENTS: _json(sealer.seal(contents)), **files}.items():
            pack.writestr(zipfile.ZipInfo(inside, _FIRST), content, zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _readme(name: str, known: JoinedRecords, joined: Joined, now: datetime, items: tuple[str, ...]) -> str:
    listed = "".join(f"  {item}\n" for item in items)
    return (
        f"Evidence for the Data Security and Protection Toolkit: compliance with the national data opt-out\n\n"
        f"Organisation: {name}\nMade: {spoken(now)}\n"
        f"{counted(len(known.register.assets), 'asset')}, {counted(len(known.register.flows), 'flow')}, {counted(len(known.applied), 'proven run')}, "
        f"{counted(joined.count, 'thing')} open\n\n"
        + (f"Items of the toolkit, as the organisation lists them:\n{listed}\n" if listed else "")
        + "register.toml    the assets and flows\n"
        "decisions.json   whether the opt-out applies to each flow, and why\n"
        "manifests/       the sealed record of each run in which the opt-out was applied\n"
        "reviews.json     who reviewed what, and when\n"
        "open.json        what is still open\n"
        "statement.*      the statement, and its gaps where there are any\n"
        "published.json   every statement that was published\n"
        "privacy-notice.md  the section for the privacy notice\n\n"
        "Unpack the zip and run check.py in the folder: it says whether anything was changed. Python 3 is enough; where ndoo\n"
        "is installed the seals are checked too, and the keys that made them are named: ask the\n"
        "organisation whether they are its own. No file here holds an NHS number.\n"
    )


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=True) + "\n").encode("ascii")

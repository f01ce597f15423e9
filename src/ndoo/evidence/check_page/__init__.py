"""The page with which a recipient checks a release in a browser: one file that asks for nothing, made of the parts in this folder.

It is held to `ndoo verify` in `tests/journeys/test_check_page.py`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib.resources import files

_SCRIPTS = ("digests.js", "document.js", "seal.js", "rows.js", "check.js")
"""In the order in which they build on each other."""


@dataclass(frozen=True, slots=True)
class CheckPage:
    """The page, and the policy that a browser holds it to: its own script and style run, and it can ask nobody for anything."""

    html: str
    policy: str


def check_page() -> CheckPage:
    """The page as it is written to a file, put into evidence packs and served."""
    script = "\n" + "\n".join(_part(name) for name in _SCRIPTS)
    style = "\n" + _part("check.css")
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    html = _part("check.html").replace("{policy}", policy).replace("{style}", style).replace("{script}", script)
    return CheckPage(html, policy)


def _part(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    """How a policy names a script or a style: by what it holds."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"

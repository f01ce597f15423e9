"""The forms in which a statement is given out. On stdout as text, and in a file by the end of its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ndoo.assets.statement_html import html
from ndoo.assets.statement_layout import markdown, privacy_notice
from ndoo.assets.statement_pdf import pdf
from ndoo.policy.write_flow import put, put_bytes

Form = Callable[[Mapping[str, Any]], str]
FORMS: Mapping[str | None, Form] = {"markdown": markdown, "html": html, "privacy-notice": privacy_notice}


def put_statement(path: Path, document: Mapping[str, Any]) -> None:
    """Writes the statement: HTML, PDF or JSON where the file's name ends so, else Markdown.

    Raises:
        Fault: it cannot be written there. UnfitData: a letter that no PDF can show.
    """
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        put_bytes(path, pdf(document))
    elif suffix == ".json":
        put(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        put(path, html(document) if suffix in (".html", ".htm") else markdown(document))

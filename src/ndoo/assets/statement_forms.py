"""The forms in which a statement is given out. On stdout as text, and in a file by the end of its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ndoo.assets.statement_blocks import StatementBlock, blocks
from ndoo.assets.statement_html import html, page_of
from ndoo.assets.statement_layout import markdown, markdown_of, privacy_notice
from ndoo.assets.statement_pdf import pdf_of
from ndoo.policy.write_flow import put, put_bytes

Form = Callable[[Mapping[str, Any]], str]
FORMS: Mapping[str | None, Form] = {"markdown": markdown, "html": html, "privacy-notice": privacy_notice}


def put_statement(path: Path, document: Mapping[str, Any]) -> None:
    """Writes the statement: HTML, PDF or JSON where the file's name ends so, else Markdown.

    Raises:
        Fault: it cannot be written there. UnfitData: a letter that no PDF can show.
    """
    put_blocks(path, document, list(blocks(document)))


def put_blocks(path: Path, document: Mapping[str, Any], told: Sequence[StatementBlock], *, large: bool = False) -> None:
    """Writes these blocks of a document; in a file of JSON the document itself. `large` is for a wall.

    Raises:
        Fault: it cannot be written there. UnfitData: a letter that no PDF can show.
    """
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        put_bytes(path, pdf_of(told, largest=2 if large else 1))
    elif suffix == ".json":
        put(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    else:
        put(path, page_of(told, large=large) if suffix in (".html", ".htm") else markdown_of(told))

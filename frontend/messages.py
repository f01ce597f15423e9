"""Collects every sentence of the service into `locale/django.pot`, for translators; `--check` says if it is stale.

A translation is `locale/<language>/LC_MESSAGES/django.po`. Each one there is brought up to date and compiled, and the
service then offers its language (docs/how-to/write-and-translate-pages.md).
"""

from __future__ import annotations

import sys
import tomllib
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SERVICE = Path(__file__).parent.parent / "src" / "ndoo" / "service"
TEMPLATE = SERVICE / "locale" / "django.pot"
METHODS = [("**/migrations/**", "ignore"), ("**.py", "python"), ("**.jinja", "jinja2")]
KEYWORDS = DEFAULT_KEYWORDS | {"gettext_lazy": None, "ngettext_lazy": (1, 2), "pgettext_lazy": ((1, "c"), 2)}
OPTIONS = {"**.jinja": {"encoding": "utf-8", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def collected() -> Catalog:
    """Every sentence, in templates, in code, and among the dated facts."""
    catalog = Catalog(project="ndoo", charset="utf-8", fuzzy=False)
    found = extract_from_dir(SERVICE, METHODS, OPTIONS, KEYWORDS)
    for file, _, message, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
        catalog.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    for entries in tomllib.loads((SERVICE / "facts.toml").read_text("utf-8")).values():
        for entry in entries:
            if "words" in entry:
                catalog.add(entry["words"], locations=[("facts.toml", 0)])
    return catalog


def written(catalog: Catalog) -> bytes:
    """The catalogue as a file: without line numbers and dates, so that it changes only when a sentence does."""
    out = BytesIO()
    write_po(out, catalog, include_lineno=False, omit_header=True, width=120)
    head = b'# Made by `make messages`; do not edit.\nmsgid ""\nmsgstr ""\n'
    return (
        head
        + b'"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n\n'
        + out.getvalue()
    )


def main() -> None:
    """Write the template; bring each translation up to date and compile it."""
    template = collected()
    if "--check" in sys.argv:
        if not TEMPLATE.exists() or TEMPLATE.read_bytes() != written(template):
            raise SystemExit("src/ndoo/service/locale/django.pot is stale: run `make messages`")
        return
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(written(template))
    for path in sorted(TEMPLATE.parent.glob("*/LC_MESSAGES/django.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            translation = read_po(file, locale=language)
        translation.update(template, no_fuzzy_matching=True)
        with path.open("wb") as file:
            write_po(file, translation, include_lineno=False, width=120)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, translation)


if __name__ == "__main__":
    main()

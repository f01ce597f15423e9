"""What ndoo can do with more than itself installed, and the one sentence for where it is not."""

from __future__ import annotations

from ndoo.domain.errors import UsageFault

EXTRAS: dict[str, tuple[str, ...]] = {
    "service": (
        "django",
        "jinja2",
        "ninja",
        "waitress",
        "openpyxl",
        "whitenoise",
        "segno",
        "authlib",
        "joserfc",
        "dj_database_url",
    ),
    "mesh": ("mesh_client",),
    "excel": ("python_calamine",),
    "databases": ("sqlalchemy", "ibis", "duckdb"),
    "postgresql": ("psycopg",),
    "delta": ("deltalake",),
    "spark": ("pyspark",),
    "statistics": ("highspy",),
}
"""Each extra, and the modules by which it is known."""


def pip_install(*extras: str) -> str:
    """What installs them."""
    return f'pip install "ndoo[{",".join(extras)}]"'


def extra_of(module: str | None) -> str | None:
    """The extra that brings this module; None where it is not one of theirs."""
    top = (module or "").partition(".")[0]
    return next((name for name, modules in EXTRAS.items() if top in modules), None)


def extra_missing(what: str, *extras: str) -> UsageFault:
    """The refusal of what needs an extra.

    Args:
        what: that which needs it, in the plural, as the sentence begins.
    """
    return UsageFault("extra-missing", f"{what} need an extra that is not installed: {pip_install(*extras)} brings it.")

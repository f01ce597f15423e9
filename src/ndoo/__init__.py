"""Uphold England's national data opt-out: no one who opted out is ever in a released file, and anyone can verify it.

    import ndoo

    upheld = ndoo.uphold(visits, nhs_number="nhs_number", opted_out="opted_out.csv", checked_at="2026-11-20")
    upheld.kept                         # a frame of the same kind, without the people who opted out
    upheld.counts                       # rows and people: read, kept, removed, held
    upheld.release("released.parquet")  # the file with its sealed manifest beside it
    ndoo.verify("released.parquet", opted_out="opted_out.csv", checked_at="2026-11-20").verified

What is not named here is for the commands, and may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ndoo.domain.errors import NdooError as NdooError
    from ndoo.domain.nhs_number import NHSNumber as NhsNumber
    from ndoo.library.applies import applies as applies
    from ndoo.library.uphold import Upheld as Upheld
    from ndoo.library.uphold import uphold as uphold
    from ndoo.library.validate import validate as validate
    from ndoo.library.verify import verify as verify

__version__ = "0.1.0"
__all__ = ["NdooError", "NhsNumber", "Upheld", "__version__", "applies", "uphold", "validate", "verify"]

_WHERE = {
    "NdooError": ("ndoo.domain.errors", "NdooError"),
    "NhsNumber": ("ndoo.domain.nhs_number", "NHSNumber"),
    "Upheld": ("ndoo.library.uphold", "Upheld"),
    "applies": ("ndoo.library.applies", "applies"),
    "uphold": ("ndoo.library.uphold", "uphold"),
    "validate": ("ndoo.library.validate", "validate"),
    "verify": ("ndoo.library.verify", "verify"),
}
"""Imported when they are asked for: every command begins here, and few need them."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _WHERE:
        raise AttributeError(f"module 'ndoo' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)

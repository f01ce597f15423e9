"""Loads a library of compiled functions that was built beside this module, and says what its functions take and return."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ndoo.domain.errors import Fault

Signatures = Mapping[str, tuple[list[Any], Any]]
"""The types of each function's arguments, and of its result."""


def load_compiled(name: str, signatures: Signatures) -> ctypes.CDLL:
    """The library in the file of this name, its functions typed.

    Raises:
        ImportError: the package was not built.
        Fault: what was built belongs to another version of the source.
    """
    try:
        library = ctypes.CDLL(str(Path(__file__).with_name(name)))
    except OSError:
        raise ImportError("ndoo's kernel is not built: install the package (pip install .) to compile it") from None
    for function_name, (arguments, result) in signatures.items():
        function = getattr(library, function_name, None)
        if function is None:
            raise Fault(
                "kernel-of-another-version",
                "The compiled part of ndoo belongs to another version of it. Install ndoo again; in a clone, run make setup.",
            )
        function.argtypes, function.restype = arguments, result
    return library

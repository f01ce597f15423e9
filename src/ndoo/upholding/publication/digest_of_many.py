"""One digest over those of many files or tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def digest_of(digests: Mapping[str, str]) -> str:
    """One digest over those of many files: of the lines `sha256  path`, in their order."""
    return hashlib.sha256("".join(f"{digest}  {path}\n" for path, digest in digests.items()).encode()).hexdigest()

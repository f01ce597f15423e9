"""The account of the operating system that runs this process, by its id: what the environment says of it, anybody can write."""

from __future__ import annotations

import os
import pwd


def account() -> str:
    """The account's name; where its id has none, as in some containers, the id."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"

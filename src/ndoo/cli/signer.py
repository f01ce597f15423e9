"""Whose seal a release has: `--signed-by`, the keys that are known here, and what is said of any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from ndoo.domain.settings import data_folder

UNKNOWN = 8
"""The exit status where everything holds, but nobody here knows whose seal it is."""


def signer_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --signed-by."""
    return click.option(
        "--signed-by",
        metavar="KEY",
        help="Who must have sealed the manifest: a public key, as `ndoo key show` prints it, or the name of one that is trusted here.",
    )(command)


def signer_named(said: str | None) -> str | None:
    """The public key that --signed-by means.

    Raises:
        UsageFault: it is neither a key nor the name of one that is known here.
    """
    from ndoo.evidence.known_keys import key_named

    return None if said is None else key_named(said, data_folder())


@dataclass(frozen=True, slots=True)
class Signer:
    """Who sealed a manifest: the key, and the name under which it is known here, if it is."""

    public_key: str
    name: str | None

    @property
    def known(self) -> bool:
        return self.name is not None

    @property
    def told(self) -> str:
        """A sentence for people."""
        if self.name is not None:
            return f"Sealed by {self.name} ({self.public_key})."
        return (
            f"Nobody here knows whose seal it is: {self.public_key}. Ask the sender for their key, by another way than the release "
            "came, and run `ndoo key trust NAME KEY`, or name it with --signed-by."
        )


def signer_of(public_key: str | None, expected: str | None) -> Signer | None:
    """Who sealed it; None where the seal is broken.

    Args:
        expected: the key that was named, which counts as known.
    """
    from ndoo.evidence.known_keys import known_as

    if public_key is None:
        return None
    name = known_as(public_key, data_folder())
    return Signer(public_key, name or ("the key that you named" if public_key == expected else None))

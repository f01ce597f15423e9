"""How long a token and an assertion live: the dated, cited values of `limits.toml`."""

from __future__ import annotations

import tomllib
from importlib.resources import files

_SAID = tomllib.loads(files("ndoo.service.callers").joinpath("limits.toml").read_text(encoding="utf-8"))

TOKEN_SECONDS: int = _SAID["token_seconds"]["value"]
ASSERTION_SECONDS: int = _SAID["assertion_seconds"]["value"]
CLOCK_SECONDS: int = _SAID["clock_seconds"]["value"]
RSA_BITS: int = _SAID["rsa_bits"]["value"]

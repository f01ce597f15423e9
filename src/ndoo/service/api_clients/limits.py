"""How long a token and an assertion live: the dated, cited values of `limits.toml`."""

from __future__ import annotations

from ndoo.service.dated_limits import dated_limits

_SAID = dated_limits("ndoo.service.api_clients")

TOKEN_SECONDS = int(_SAID["token_seconds"].value)
ASSERTION_SECONDS = int(_SAID["assertion_seconds"].value)
CLOCK_SECONDS = int(_SAID["clock_seconds"].value)
JWKS_FRESH_SECONDS = int(_SAID["jwks_fresh_seconds"].value)
JWKS_STALE_SECONDS = int(_SAID["jwks_stale_seconds"].value)
JWKS_AGAIN_SECONDS = int(_SAID["jwks_again_seconds"].value)
RSA_BITS = int(_SAID["rsa_bits"].value)

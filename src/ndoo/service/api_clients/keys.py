"""Public keys that a caller may sign with: PEM, a JSON Web Key or a set of them in, JSON Web Keys out."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from ndoo.domain.errors import UnfitData
from ndoo.service.api_clients.limits import RSA_BITS

ALGORITHMS = {"RSA": ("RS384", "RS512"), "EC": ("ES384",)}
"""RS384 and ES384 as SMART's backend services ask for, RS512 as NHS England's platform does. Which ones a signature may
have follows from the registered key, never from what the assertion says of itself."""


def public_keys(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The keys with their names (`kid`; RFC 7638's thumbprint where none is given).

    Raises:
        UnfitData: it holds none, a private one, or one that is too weak or of another kind.
    """
    try:
        keys = [_key(one) for one in _said(text)]
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        keys = []
    if not keys:
        raise UnfitData("caller-key", "This is not a public key that can be used: an RSA or P-384 key, as PEM or JWKS.")
    return [_judged(key) for key in keys]


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Are these public keys, as they are kept, one key, whatever each is called and however it is written?"""
    return _numbers(one) == _numbers(other)


def _numbers(public: Mapping[str, Any]) -> tuple[str, int]:
    """What the private half belongs to. Of a point the second coordinate is left out: it has the same half but for its sign."""
    name = "n" if public["kty"] == "RSA" else "x"
    said = str(public[name])
    return public["kty"], int.from_bytes(urlsafe_b64decode(said + "=" * (-len(said) % 4)))


def _said(text: str) -> list[Any]:
    if text.lstrip().startswith("{"):
        said = json.loads(text)
        return list(said["keys"]) if "keys" in said else [said]
    return [text]


def _key(said: Any) -> RSAKey | ECKey:
    if isinstance(said, dict):
        return RSAKey.import_key(said) if said["kty"] == "RSA" else ECKey.import_key(said)
    try:
        return RSAKey.import_key(said)
    except (JoseError, ValueError, TypeError, AttributeError):
        return ECKey.import_key(said)


def _judged(key: RSAKey | ECKey) -> tuple[str, dict[str, Any]]:
    if key.is_private:
        raise UnfitData("caller-key-private", "This is a private key. It stays with the caller; give the public one.")
    strong = (
        key.public_key.key_size >= RSA_BITS
        if isinstance(key, RSAKey)
        else key.as_dict(private=False).get("crv") == "P-384"
    )
    if not strong:
        raise UnfitData("caller-key-weak", f"An RSA key has {RSA_BITS} bits or more; an elliptic one is of P-384.")
    public = {name: value for name, value in key.as_dict(private=False).items() if name in _PARTS}
    return str(key.as_dict(private=False).get("kid") or key.thumbprint())[:100], public


_PARTS = {"kty", "n", "e", "crv", "x", "y"}

import base64
import hashlib
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

released, key = sys.argv[1:]
manifest = json.loads(Path(released + ".manifest.json").read_bytes())
seal = manifest.pop("seal")
sealed = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(base64.b64decode(seal["signature"]), sealed)
if hashlib.sha256(Path(released).read_bytes()).hexdigest() != manifest["output"]["sha256"]:
    sys.exit("The file was changed after it was released.")

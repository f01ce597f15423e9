"""Believes `ndoo.toml` in the working folder from now on, as it stands: its place and its SHA-256 are written down."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from ndoo.domain.errors import UsageFault
from ndoo.domain.machine_faults import explained
from ndoo.domain.settings_files import FILE, TRUSTED_FILE, folder_file, parsed, trusted_files
from ndoo.evidence.private_files import put_anew


def trust_settings(folder: Path) -> str:
    """The SHA-256 of the file that is trusted now.

    Args:
        folder: the data folder.

    Raises:
        UsageFault: there is no such file, it is no TOML, or it says what is no setting. NotPermitted, Fault: the machine refused.
    """
    raw = folder_file()
    if raw is None:
        raise UsageFault(
            "settings-missing", f"There is no {FILE} in this folder that can be read, so none can be trusted."
        )
    parsed(raw, f"{FILE} in this folder")
    digest = hashlib.sha256(raw).hexdigest()
    files = {**trusted_files(folder), os.path.realpath(FILE): digest}
    document = {"kind": "trusted-settings", "files": files}
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_anew(folder / TRUSTED_FILE, (json.dumps(document, indent=2) + "\n").encode())
    except OSError as error:
        raise explained(error, "the file of trusted settings") from None
    return digest

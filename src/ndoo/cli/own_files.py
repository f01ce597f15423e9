"""Would an output take the place of a file that ndoo itself lives by? The sealing key and the settings."""

from __future__ import annotations

import os
from pathlib import Path

from ndoo.cli.settings import FILE, data_folder
from ndoo.domain.errors import UsageFault


def refuse_own_files(*outputs: Path | None) -> None:
    """Raises UsageFault where one of the outputs is such a file, by whatever way it is named."""
    from ndoo.evidence.seal import KEY_FILE

    own = {os.path.realpath(path) for path in (data_folder() / KEY_FILE, data_folder() / FILE, Path(FILE))}
    if any(path is not None and os.path.realpath(path) in own for path in outputs):
        raise UsageFault(
            "output-is-own", "The output would overwrite the sealing key or the settings. Name another output."
        )

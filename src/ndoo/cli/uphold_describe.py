"""`ndoo uphold FOLDER --describe`: a descriptor of linked tables, proposed by evidence, for a person to confirm."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ndoo.cli.output import Speech
from ndoo.domain.errors import UsageFault
from ndoo.domain.operating_system import open_file


def described(folder: Path, output: Path | None, speech: Speech) -> int:
    """Write FOLDER/datapackage.json.

    Raises:
        UsageFault: no folder, or an output besides; see `propose` for the rest.
    """
    from ndoo.domain.machine_faults import explained
    from ndoo.upholding.linked_tables.described_files import FILE
    from ndoo.upholding.linked_tables.properties import PROPOSED
    from ndoo.upholding.linked_tables.propose_links import propose

    if not folder.is_dir() or output is not None:
        raise UsageFault(
            "describe-alone", "--describe takes a folder, and no output: it writes datapackage.json into it."
        )
    document = propose(folder)
    try:
        with os.fdopen(
            open_file(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w", encoding="utf-8"
        ) as file:
            file.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise explained(error, "the descriptor") from None
    proposed = document[PROPOSED]
    for found in proposed["found_by"]:
        speech.say(
            f"  {found['column']} leads to {found['leads_to']}: {100 * found['share_of_cells']:g} per cent of its cells stand there."
        )
    if not proposed["found_by"]:
        speech.say("No column could be shown to lead to another table.")
    if proposed["also_possible"]:
        speech.say(f"{len(proposed['also_possible'])} more could be, by their values alone: see also_possible.")
    speech.say(
        f"{folder / FILE} is a proposal. Read it, put right what is wrong, and write your name at confirmed_by: until then "
        "nothing is upheld by it."
    )
    speech.answer(document)
    return 0

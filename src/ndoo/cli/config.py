"""`ndoo config trust`"""

from __future__ import annotations

import click

from ndoo.cli.output import Speech, speech_options
from ndoo.domain.settings import data_folder, doubt


@click.group(name="config")
def command() -> None:
    """The settings: your own ndoo.toml, and the one in the working folder, which may have come with the data."""


@command.command(name="trust")
@speech_options
def trust(as_json: bool, quiet: bool) -> int:
    """From now on ndoo.toml in this folder counts, until it is changed. Read it first.

    It never counts for keys, limits, databases and addresses: say those in your own ndoo.toml (NDOO_CONFIG).
    """
    from ndoo.evidence.trusted_settings import trust_settings

    speech = Speech(as_json=as_json, quiet=quiet)
    digest = trust_settings(data_folder())
    if left := doubt():
        speech.warn(left)
    speech.say("ndoo.toml in this folder counts from now on, as it stands.")
    speech.answer({"trusted": "ndoo.toml", "sha256": digest, "warnings": [left] if left else []})
    return 0

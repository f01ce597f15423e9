"""`ndoo key show / backup FILE / trust NAME KEY / distrust NAME / list / open RELEASE`"""

from __future__ import annotations

from pathlib import Path

import click

from ndoo.cli.key_open import open_digests
from ndoo.cli.list_options import PATH
from ndoo.cli.output import Speech, speech_options
from ndoo.domain.settings import data_folder


@click.group(name="key")
def command() -> None:
    """The key that seals here, and the keys of others whose seals count here."""


command.add_command(open_digests)


@command.command(name="show")
@speech_options
def show(as_json: bool, quiet: bool) -> int:
    """The public key of this account, made on first use. Give it to whoever receives your releases."""
    from ndoo.evidence.seal import load_sealer

    speech = Speech(as_json=as_json, quiet=quiet)
    public_key = load_sealer(data_folder()).public_key
    speech.note("Recipients say: ndoo key trust NAME KEY, or --signed-by KEY.")
    if not as_json:
        click.echo(public_key)
    speech.answer({"public_key": public_key})
    return 0


@command.command(name="backup")
@click.argument("output", type=PATH, metavar="FILE")
@speech_options
def backup(output: Path, as_json: bool, quiet: bool) -> int:
    """Copy the private key to FILE, which only you can read. Whoever holds it can seal in your name.

    To restore it, copy FILE to seal.key in the data folder (NDOO_DATA), and make that private: chmod 600.
    """
    from ndoo.cli.own_files import refuse_own_files
    from ndoo.evidence.seal import back_up
    from ndoo.upholding.output_paths import judge_names

    speech = Speech(as_json=as_json, quiet=quiet)
    judge_names(output)
    refuse_own_files(output)
    public_key = back_up(data_folder(), output)
    speech.say(f"{output} holds the private key of {public_key}. Keep it where nobody else can read it.")
    speech.answer({"public_key": public_key, "backup": output.name})
    return 0


@command.command(name="trust")
@click.argument("name")
@click.argument("key")
@speech_options
def trust(name: str, key: str, as_json: bool, quiet: bool) -> int:
    """From now on the seals of KEY count here, as those of NAME. Get the key from its owner, by another way than the release."""
    from ndoo.evidence.known_keys import trust as put

    speech = Speech(as_json=as_json, quiet=quiet)
    new = put(name, key, data_folder())
    speech.say(f"The seals of {name} count here{'' if new else ', as they did'}.")
    speech.answer({"name": name, "public_key": key, "new": new})
    return 0


@command.command(name="distrust")
@click.argument("name")
@speech_options
def distrust(name: str, as_json: bool, quiet: bool) -> int:
    """From now on the seals of NAME do not count here any more."""
    from ndoo.evidence.known_keys import distrust as take

    speech = Speech(as_json=as_json, quiet=quiet)
    take(name, data_folder())
    speech.say(f"The seals of {name} do not count here any more.")
    speech.answer({"name": name})
    return 0


@command.command(name="list")
@speech_options
def known(as_json: bool, quiet: bool) -> int:
    """The keys whose seals count here: this account's own, and those that it trusts."""
    from ndoo.evidence.known_keys import known_keys, own_key

    speech = Speech(as_json=as_json, quiet=quiet)
    folder = data_folder()
    own, keys = own_key(folder), known_keys(folder)
    if not as_json:
        for one in keys:
            click.echo(f"{one.public_key}  {one.name}")
    if not keys:
        speech.say("No key is known here: nothing was sealed, and nobody is trusted.")
    speech.answer({"keys": [{"name": one.name, "public_key": one.public_key, "own": one == own} for one in keys]})
    return 0

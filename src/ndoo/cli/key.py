"""`ndoo key show / backup FILE / trust NAME KEY / distrust NAME / list / rotate / open RELEASE`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.key_open import open_digests
from ndoo.cli.output import Speech, echo, speech_options
from ndoo.cli.output_options import OutputFile
from ndoo.domain.errors import NdooError
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder

if TYPE_CHECKING:
    from ndoo.evidence.known_keys import KnownKey


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
    speech.note("Recipients trust it with `ndoo key trust NAME KEY`, or name it with --signed-by KEY.")
    if not as_json:
        echo(public_key, err=False)
    speech.answer({"public_key": public_key})
    return 0


@command.command(name="backup")
@click.argument("output", type=OutputFile(), metavar="FILE")
@speech_options
def backup(output: Path, as_json: bool, quiet: bool) -> int:
    """Copy the private key, and every former one, to FILE, which only you can read. Whoever holds it can seal in your name.

    To restore it, copy FILE to seal.key in the data folder (NDOO_DATA), and make that private: chmod 600.
    """
    from ndoo.cli.own_files import refuse_own_files
    from ndoo.evidence.seal import back_up
    from ndoo.upholding.publication.output_names import refuse_other_format
    from ndoo.upholding.publication.output_paths import judge_names

    speech = Speech(as_json=as_json, quiet=quiet)
    judge_names(output)
    refuse_other_format(output, (), "private keys")
    refuse_own_files(output)
    public_key = back_up(data_folder(), output)
    speech.say(
        f"{output} holds the private key of {public_key}, and every former key. Keep it where nobody else can read it."
    )
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


@command.command(name="rotate")
@speech_options
def rotate(as_json: bool, quiet: bool) -> int:
    """Make a new key, which seals from now on. The earlier ones are kept.

    Every seal of an earlier key is verified as before, what it covered can be opened (ndoo key open), and the records of assets stay
    readable. The ledger of the register says that the key was changed. Stopped at any moment, it has changed nothing, or everything.
    A backup of before lacks the new key: make another (ndoo key backup FILE). If a key was stolen, tell the recipients of your releases
    to distrust it, because whoever has it can go on sealing.
    """
    from ndoo.cli.list_options import now
    from ndoo.evidence.known_keys import rotate_key

    speech = Speech(as_json=as_json, quiet=quiet)
    current, *former = rotate_key(data_folder(), now())
    speech.say(
        f"From now on {current.public_key} signs. What was signed with {counted(len(former), 'former key')} counts as before: ndoo key list."
    )
    speech.note(
        "Make a new backup (ndoo key backup FILE), and give the new key to whoever receives your releases, by another way than a "
        "release. If your register of assets names its keys (sealed_by), add it there."
    )
    in_ledger = _told_the_ledger(speech)
    speech.answer({"key": _told(current), "former": [_told(one) for one in former], "in_ledger": in_ledger})
    return 0


def _told_the_ledger(speech: Speech) -> bool:
    """Does the register that belongs to this data folder say that the key was changed?"""
    from ndoo.cli.register_session import opened
    from ndoo.service.ledger.register_note import NOTE_FILE

    if not (data_folder() / NOTE_FILE).exists():
        return False
    try:
        with opened():
            return True
    except NdooError as error:
        speech.warn(f"The ledger will say so when the register is next used: {error.sentence}")
        return False


@command.command(name="list")
@speech_options
def known(as_json: bool, quiet: bool) -> int:
    """The keys whose seals count here: this account's own, current and former, and those that it trusts."""
    from ndoo.evidence.known_keys import known_keys

    speech = Speech(as_json=as_json, quiet=quiet)
    keys = known_keys(data_folder())
    several = sum(one.own for one in keys) > 1
    if not as_json:
        for one in keys:
            echo(f"{one.public_key}  {one.name}{_when(one) if several else ''}", err=False)
    if not keys:
        speech.say("No key is known here: nothing was sealed, and nobody is trusted.")
    speech.answer({"keys": [_told(one) for one in keys]})
    return 0


def _told(one: KnownKey) -> dict[str, Any]:
    """A key as machines read it."""
    return {
        "name": one.name,
        "public_key": one.public_key,
        "own": one.own,
        "current": one.current,
        "since": one.since and one.since.isoformat(timespec="seconds"),
        "until": one.until and one.until.isoformat(timespec="seconds"),
    }


def _when(one: KnownKey) -> str:
    """Since when it has sealed here, and until when, for people."""
    if not one.own:
        return ""
    since = f"since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else "from the beginning"
    return f", {'current' if one.current else 'former'}, {since}" + (
        f" until {one.until:%Y-%m-%d %H:%M} UTC" if one.until else ""
    )

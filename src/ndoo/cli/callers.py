"""`ndoo callers`: which other systems may ask this service over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ndoo.cli.list_options import PATH, now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import entry, opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.plurals import counted

SCOPES = (
    "lists.check",
    "system/Consent.read",
    "system/Consent.write",
    "governance.read",
    "governance.write",
    "cases.check",
)
"""The service's words, here because the help is to answer without Django; the suite compares them."""

CASES = "cases.check"
"""What people do on the staff pages, so no key is needed for it."""
_KEY_HELP = "Its public key: RSA of 2048 bits or more, or P-384; PEM or a JSON Web Key set."
_KEY = click.option("--public-key", type=PATH, metavar="FILE", help=_KEY_HELP)
_ADDRESS = click.option(
    "--jwks-uri",
    default="",
    metavar="URL",
    help="Where it publishes its public keys itself, over https: they are looked at there when it signs.",
)


@click.group(name="callers")
def command() -> None:
    """Systems that may ask this service over HTTP: their keys, their scopes, and the asset each asks for.

    A caller proves who it is with a key of its own (OAuth 2, private_key_jwt) and gets a token at /api/token. Whatever is
    done here is in the audit.
    """


@command.command(short_help="Register a system.")
@click.argument("name")
@click.option("--organisation", required=True, metavar="TEXT", help="Whose system it is; patients see this name.")
@click.option("--ods", required=True, metavar="CODE", help="The organisation's ODS code, such as RA9.")
@click.option("--asset", required=True, metavar="TEXT", help="The data for which it asks.")
@click.option(
    "--population",
    required=True,
    type=click.IntRange(1, 100_000_000),
    metavar="PEOPLE",
    help="How many people the asset is about. It may ask about a tenth more within the window.",
)
@click.option(
    "--every", type=click.IntRange(1, 366), metavar="DAYS", help="How often it will ask, where that is planned."
)
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it may do.")
@click.option(
    "--public-key",
    type=PATH,
    metavar="FILE",
    help=f"{_KEY_HELP} Left out where audit clerks alone ask ({CASES}).",
)
@_ADDRESS
@speech_options
def add(
    name: str,
    organisation: str,
    ods: str,
    asset: str,
    population: int,
    every: int | None,
    scopes: tuple[str, ...],
    public_key: Path | None,
    jwks_uri: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Register the system NAME, such as research-platform: its client_id."""
    with opened():
        from ndoo.service.api_clients import register_caller
        from ndoo.service.api_clients.scopes import known

        if public_key is None and not jwks_uri and set(scopes) != {CASES}:
            raise _keyless()
        keys = _keys(public_key) if public_key else []
        said = register_caller.Registration(
            name, organisation, ods, asset, population, tuple(known(list(scopes))), every, jwks_uri
        )
        details: dict[str, Any] = {
            "caller": name,
            "ods": ods,
            "asset": asset,
            "population": population,
            "scopes": list(said.scopes),
            **({"jwks_uri": jwks_uri} if jwks_uri else {}),
        }
        register_caller.add(said, keys, entry("caller.added", **details), now())
    speech = Speech(as_json=as_json, quiet=quiet)
    signs = f" In the header of what it signs, kid is {_named(keys)}." if keys else ""
    signs += f" Its keys are looked at where it publishes them: {jwks_uri}" if jwks_uri else ""
    clerks = " Audit clerks may ask about one person at a time on the staff pages." if CASES in scopes else ""
    speech.say(f"{name} is registered, for {organisation}.{signs}{clerks}")
    speech.answer({"name": name, "keys": [key_id for key_id, _ in keys]})


@command.command(short_help="Give a system another key.")
@click.argument("name")
@_KEY
@_ADDRESS
@speech_options
def key(name: str, public_key: Path | None, jwks_uri: str, as_json: bool, quiet: bool) -> None:
    """Add a key to the caller NAME, or say where it publishes its keys, in place of an address of before. Earlier keys work on: revoke
    them once the caller signs with the new one."""
    if public_key is None and not jwks_uri:
        raise _keyless()
    with opened():
        from ndoo.service.api_clients import register_caller

        keys = _keys(public_key) if public_key else []
        ids = [key_id for key_id, _ in keys]
        with register_caller.as_one():
            if keys:
                register_caller.add_keys(name, keys, entry("caller.key_added", caller=name, keys=ids), now())
            if jwks_uri:
                audit = entry("caller.key_address_set", caller=name, jwks_uri=jwks_uri)
                register_caller.set_address(name, jwks_uri, audit, now())
    speech = Speech(as_json=as_json, quiet=quiet)
    if keys:
        speech.say(f"{name} may sign with another key too: kid is {_named(keys)}.")
    if jwks_uri:
        speech.say(f"{name} may sign with the keys that it publishes at {jwks_uri}")
    speech.answer({"name": name, "keys": ids, "jwks_uri": jwks_uri or None})


@command.command(name="list", short_help="Who is registered.")
@speech_options
def listed(as_json: bool, quiet: bool) -> None:
    """Every caller, with its asset, its scopes and its keys."""
    with opened():
        from ndoo.service.api_clients.models import Caller

        rows = [_row(caller) for caller in Caller.objects.prefetch_related("keys")]
    speech = Speech(as_json=as_json, quiet=quiet)
    if not rows:
        speech.say("No caller is registered.")
    for row in rows:
        state = f", revoked on {row['revoked_at'][:10]}" if row["revoked_at"] else ""
        plan = f", asks every {counted(row['every_days'], 'day')}" if row["every_days"] else ""
        speech.say(f"{row['name']}: {row['organisation']} ({row['ods']}){state}")
        speech.say(f"  {row['asset']}, {counted(row['population'], 'person')}{plan}")
        speech.say(f"  may: {', '.join(row['scopes'])}")
        published = [f"those at {row['jwks_uri']}"] if row["jwks_uri"] else []
        speech.say(f"  keys: {', '.join([*row['keys'], *published]) or 'none'}")
    speech.answer({"callers": rows})


@command.command(short_help="Shut a system out, or one of its keys.")
@click.argument("name")
@click.option("--key", "key_id", metavar="ID", help="This key only; its tokens end too.")
@click.option("--published", is_flag=True, help="The keys that it publishes itself only; its tokens end too.")
@speech_options
def revoke(name: str, key_id: str | None, published: bool, as_json: bool, quiet: bool) -> None:
    """The caller NAME may ask nothing any more, at once and for good; with --key or --published, nothing signed with those keys."""
    with opened():
        from ndoo.service.api_clients import register_caller

        with register_caller.as_one():
            if key_id:
                register_caller.revoke_key(name, key_id, entry("caller.key_revoked", caller=name, key=key_id), now())
            if published:
                register_caller.set_address(name, "", entry("caller.key_address_removed", caller=name), now())
            if not key_id and not published:
                register_caller.revoke(name, entry("caller.revoked", caller=name), now())
    speech = Speech(as_json=as_json, quiet=quiet)
    shut_out = not key_id and not published
    speech.say(f"{name} is shut out." if shut_out else f"{name} cannot sign with what was revoked any more.")
    speech.answer({"name": name, "key": key_id})


def _keyless() -> UsageFault:
    return UsageFault(
        "caller-key-missing",
        "A system signs what it asks with: give its public key with --public-key, or where it publishes its keys with --jwks-uri.",
    )


def _keys(path: Path) -> Any:
    from ndoo.service.api_clients.keys import public_keys

    try:
        return public_keys(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        raise UsageFault("caller-key-unreadable", "The file with the public key cannot be read.") from None


def _named(keys: Any) -> str:
    return ", ".join(key_id for key_id, _ in keys)


def _row(caller: Any) -> dict[str, Any]:
    return {
        "name": caller.name,
        "organisation": caller.organisation,
        "ods": caller.ods,
        "asset": caller.asset,
        "population": caller.population,
        "every_days": caller.every_days,
        "scopes": caller.scopes,
        "jwks_uri": caller.jwks_uri or None,
        "keys": [key.key_id for key in caller.keys.all() if not key.revoked_at],
        "revoked_at": caller.revoked_at.isoformat() if caller.revoked_at else None,
    }

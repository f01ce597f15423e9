"""`ndoo ledger leaves` and `ndoo ledger receipt`: the leaf that tells of something, and what shows that it stands in the log."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import click

from ndoo.cli.list_options import PATH, now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.output_options import JSON, force_option, is_ledger_receipt, output_option
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.register_session import opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import names_somebody


@click.command(name="leaves", short_help="The newest leaves: key, kind, and the names of their values.")
@click.option(
    "--kind", default="", metavar="KIND", help="Of this kind only: audit, choice, decision, review, manifest, …"
)
@click.option("--manifest", type=PATH, metavar="FILE", help="Of this manifest only: the leaves that hold its digest.")
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@speech_options
def leaves(kind: str, manifest: Path | None, most: int, as_json: bool, quiet: bool) -> None:
    """The newest leaves of the log. No value is shown, only its name, by which it can be opened or erased."""
    speech, digests = Speech(as_json=as_json, quiet=quiet), _digests(manifest) if manifest else set()
    with opened(), speech.progress(0, "Looking for leaves"):
        from ndoo.service.ledger.receipt import leaves

        every = leaves("manifest" if manifest else kind)
        found = list(
            islice((one for one in every if not manifest or digests & set(map(str, one["payload"].values()))), most)
        )
    for one in found:
        speech.say(f"{one['key']}  {one['kind']}  {', '.join(one['values']) or 'no values'}")
    many = len(found)
    speech.say(f"{number(many)} {'leaf' if many == 1 else 'leaves'}." if many else "No leaf fits.")
    speech.answer({"leaves": found})


def _digests(path: Path) -> set[str]:
    """By which a manifest stands in the log: of its file, and of its canonical form."""
    import hashlib

    from ndoo.evidence.manifest import read_manifest, written
    from ndoo.evidence.seal import canonical

    document = read_manifest(path).document
    return {hashlib.sha256(form).hexdigest() for form in (written(document), canonical(document))}


@click.command(name="receipt", short_help="What shows that one leaf is in the log.")
@click.argument("leaf", metavar="LEAF")
@force_option
@output_option(
    "-o", "--output", form=JSON, ours=is_ledger_receipt, required=True, metavar="FILE", help="Where the receipt goes."
)
@click.option(
    "--open",
    "is_open",
    is_flag=True,
    help="With the leaf's values and their salts: for whoever may know them. It can name people.",
)
@speech_options
def receipt(leaf: str, output: Path, is_open: bool, as_json: bool, quiet: bool) -> None:
    """Write the receipt of LEAF (its key, as `ndoo ledger leaves` says it): `ndoo ledger verify FILE` checks it anywhere.

    It holds the leaf, its path to the newest head, and the head, sealed.
    """
    if names_somebody(output.name):
        raise UsageFault(
            "name-identifies", "A file's name holds what is a valid NHS number. Rename it: names travel with the file."
        )
    refuse_own_files(output)
    speech = Speech(as_json=as_json, quiet=quiet)
    with opened(), speech.progress(0, "Proving the leaf"):
        from ndoo.policy.write_flow import put
        from ndoo.service.ledger.receipt import receipt

        try:
            document = receipt(leaf, now(), opened=is_open)
        except LookupError:
            raise UsageFault(
                "ledger-no-such-leaf", "The log has no leaf with this key. `ndoo ledger leaves` says which there are."
            ) from None
        put(output, json.dumps(document, sort_keys=True) + "\n")
    said: dict[str, Any] = {
        "leaf": leaf,
        "index": document["index"],
        "size": document["head"]["size"],
        "opened": sorted(document["opened"]),
        "sealed_by": document["head"]["seal"]["public_key"],
    }
    speech.say(f"{output} shows that it is leaf {number(said['index'] + 1)} of {number(said['size'])}.")
    speech.say(f"Its head is sealed by {said['sealed_by']}.")
    speech.answer(said)

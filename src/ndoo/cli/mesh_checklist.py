"""`ndoo mesh checklist`: what comes before the first request."""

from __future__ import annotations

import click

from ndoo.cli.output import Speech, speech_options


@click.command(name="checklist")
@speech_options
def checklist(as_json: bool, quiet: bool) -> None:
    """What an organisation does before its first request, with who says so. Nothing is asked, and nothing is kept."""
    from ndoo.checking.mesh.checklist import items

    speech = Speech(as_json=as_json, quiet=quiet)
    for at, item in enumerate(items(), 1):
        speech.say(f"{at}. {item.says}\n   [{item.source}; read {item.read_on}]")
    speech.answer(
        {"items": [{"id": i.id, "says": i.says, "source": i.source, "read_on": i.read_on.isoformat()} for i in items()]}
    )

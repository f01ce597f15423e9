"""`ndoo init`: a settings file in which every setting is explained, and none is made."""

from __future__ import annotations

from pathlib import Path

import click

from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import TOML, force_option, output_option
from ndoo.domain.errors import UsageFault
from ndoo.domain.setting_list import MESH, SETTINGS
from ndoo.domain.settings_files import FILE, user_file


@click.command(name="init")
@output_option("-o", "--output", form=TOML, metavar="FILE", help="Where it goes. Default: your own settings file.")
@force_option
@speech_options
def command(output: Path | None, as_json: bool, quiet: bool) -> int:
    """Write a settings file in which every setting is explained and none is made: take away a # to make one.

    A flag counts before the environment (NDOO_…), that before your own ndoo.toml, and that before the default.
    """
    from ndoo.domain.machine_faults import explained
    from ndoo.policy.write_flow import put

    speech = Speech(as_json=as_json, quiet=quiet)
    target = output or user_file()
    if output is None and target.exists():
        raise UsageFault("settings-there", f"You have settings already: {target}. Name another file with -o.")
    if output is None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise explained(error, "the settings") from None
    put(target, written())
    speech.say(f"Wrote {target}. Nothing is set yet: take away a # to make a setting.")
    speech.answer({"settings": str(target)})
    return 0


def written() -> str:
    """The file."""
    lines = [f"# Settings of ndoo ({FILE}). ndoo doctor says which count, and where they come from."]
    for heading, settings in SETTINGS.items():
        lines += ["", f"# {heading}"]
        for setting in settings:
            lines += [f"# {setting.meaning}", f"# {setting.name} = {setting.example}"]
    lines += [
        "",
        '# The national service through MESH: one table for each mailbox; secrets may be "env:VARIABLE".',
        "# [mesh.production]",
        *(f'# {name} = "{example}"' for name, example in MESH.items()),
    ]
    return "\n".join((*lines, ""))

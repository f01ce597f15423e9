"""`ndoo init`: a settings file in which every setting is explained, and none is made."""

from __future__ import annotations

from pathlib import Path

import click

from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import force_option, output_option
from ndoo.domain.errors import UsageFault
from ndoo.domain.settings_files import FILE, user_file

SETTINGS: dict[str, dict[str, tuple[str, str]]] = {
    "Where things are kept": {
        "data": ('"/srv/ndoo"', "the data folder: the sealing key, the register, records of releases"),
        "database_url": (
            '"postgresql://ndoo@localhost/register"',
            "the register of choices; default: a file in the data folder",
        ),
        "ledger_heads": ('"/srv/heads"', "where the heads of the log are copied to, outside the database"),
    },
    "Lists": {
        "list_limit_days": ("21", "how old a list may be, in days; 0 to 366"),
        "type1_unconfirmed": ('"use"', "Type 1 codes that nobody has confirmed: use or hold"),
    },
    "The web service": {
        "secret_key": ('"env"', "what sessions are signed with; made in the data folder if left out"),
        "hosts": ('"optout.example.nhs.uk"', "the names under which it answers"),
        "https": ('"on"', "off only behind a proxy that speaks HTTPS"),
        "proxies": ("1", "how many proxies stand in front"),
        "demo": ('"off"', "made-up people, and their messages in the browser"),
        "maintenance": ('"off"', "a page that says so, and nothing else"),
        "branding": ('"branding"', "a folder with the organisation's name and words"),
        "facts": ('"facts.toml"', "what the pages say of the organisation"),
        "upload_limit_mb": ("2048", "the largest file that may be uploaded"),
        "result_hours": ("24", "how long a result waits to be downloaded"),
        "job_minutes": ("120", "how long a job may take"),
    },
    "Who somebody is": {
        "demographics": ('"embedded"', "embedded or pds"),
        "check_demographics": ('"on"', "whether a choice is recorded only for people whom the demographics know"),
        "pds_url": ('"https://…/FHIR/R4"', "the Personal Demographics Service"),
        "pds_token_url": ('"https://…"', "where its tokens come from"),
        "pds_key": ('"…"', "the application's key"),
        "pds_key_id": ('"…"', "the id of its private key"),
        "pds_private_key": ('"pds.pem"', "the file with it"),
        "nhs_login_issuer": ('"https://…"', "NHS login"),
        "nhs_login_client_id": ('"…"', "the client's id there"),
        "nhs_login_key": ('"login.pem"', "the file with its private key"),
    },
    "Messages": {
        "messages": ('"smtp"', "smtp or notify"),
        "mail_server": ('"smtp+starttls://user:password@host:587"', "the mail server"),
        "mail_from": ('"optout@example.nhs.uk"', "the sender's address"),
        "notify_url": ('"https://api.notifications.service.gov.uk"', "GOV.UK Notify"),
        "notify_key": ('"…"', "its key"),
        "notify_email_template": ('"…"', "its template for mails"),
        "notify_text_template": ('"…"', "its template for text messages"),
    },
}
"""Every setting under its heading: an example of its value, and what it is."""
_MESH = """# The national service through MESH: one table for each mailbox; secrets may be "env:VARIABLE".
# [mesh.production]
# url = "https://mesh-sync.spineservices.nhs.uk"
# mailbox = "X26OT001"
# password = "env:MESH_PASSWORD"
# shared_key = "env:MESH_SHARED_KEY"
# recipient = "X26HC001"
# workflow = "SPINE_NTT_UPHOLDING"
# ca = "ca.pem"
# cert = "mesh.crt"
# key = "mesh.key"
"""


@click.command(name="init")
@output_option("-o", "--output", metavar="FILE", help="Where it goes. Default: your own settings file.")
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
        for name, (example, meaning) in settings.items():
            lines += [f"# {meaning}", f"# {name} = {example}"]
    return "\n".join((*lines, "", _MESH))

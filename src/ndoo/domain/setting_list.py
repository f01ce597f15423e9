"""Every setting: what it is, what it may be, and what holds where nobody says it.

The settings file of `ndoo init`, the page of settings in the documentation, and what is refused as no setting are made of this.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Args:
        kind: what a value may be, in words; `values` are all of them, the default first, where they are few.
        default: what holds where nobody says it, in words.
        example: a value as TOML.
        own: whether the user's own file and the environment alone say it: keys, limits, databases, and where people's data are sent.
    """

    name: str
    kind: str
    default: str
    example: str
    meaning: str
    own: bool = True
    values: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"NDOO_{self.name.upper()}"


def _choice(name: str, values: tuple[str, ...], meaning: str, *, own: bool) -> Setting:
    told = f"{', '.join(f'`{value}`' for value in values[:-1])} or `{values[-1]}`"
    return Setting(name, told, f"`{values[0]}`", f'"{values[0]}"', meaning, own, values)


SETTINGS: dict[str, tuple[Setting, ...]] = {
    "Where things are kept": (
        Setting(
            "data",
            "folder",
            "`$XDG_DATA_HOME/ndoo`, else `~/.local/share/ndoo`",
            '"/srv/ndoo"',
            "the data folder: the sealing key, the register, records of releases; made on first use, readable by you alone",
        ),
        Setting(
            "database_url",
            "address: `sqlite:///FILE` or `postgresql://…`",
            "`register.sqlite3` in the data folder",
            '"postgresql://ndoo@localhost/register"',
            "the register of choices; default: a file in the data folder",
        ),
        Setting(
            "ledger_heads",
            "folder",
            "`heads` in the data folder",
            '"/srv/heads"',
            "where the heads of the log are copied to, outside the database",
        ),
    ),
    "Lists": (
        Setting(
            "list_limit_days",
            "whole number, 0 to 366",
            "the dated limit (21 since it was last changed), with its source",
            "21",
            "how old a list may be, in days; 0 to 366",
        ),
        _choice("type1_unconfirmed", ("use", "hold"), "Type 1 codes that nobody has confirmed: use or hold", own=False),
    ),
    "The web service": (
        Setting(
            "secret_key",
            "text",
            "made in the data folder",
            '"env"',
            "what sessions are signed with; made in the data folder if left out",
        ),
        Setting(
            "hosts",
            "names, with commas",
            "`localhost,127.0.0.1`",
            '"optout.example.nhs.uk"',
            "the names under which it answers",
            own=False,
        ),
        Setting(
            "public_address",
            "address: a scheme and a host",
            "what each request says",
            '"https://optout.example.nhs.uk"',
            "the address that people and systems use: what links begin with, and what a caller's assertion must be meant for",
        ),
        _choice("https", ("on", "off"), "off only for a service that is reached on this machine alone", own=False),
        Setting(
            "proxies", "whole number, 0 to 9", "`0`", "1", "how many proxies of your own stand in front", own=False
        ),
        _choice("demo", ("off", "on"), "made-up people, and their messages in the browser", own=False),
        _choice("maintenance", ("off", "on"), "a page that says so, and nothing else", own=False),
        _choice(
            "log", ("text", "json"), "how lines of the log are written; json for programs that collect them", own=False
        ),
        _choice(
            "log_level",
            ("warning", "info", "error"),
            "from which level on lines are written; info adds one for each request",
            own=False,
        ),
        Setting(
            "metrics_token",
            "text",
            "none: no metrics",
            '"…"',
            "the bearer token with which Prometheus asks for /metrics; 32 characters or more",
        ),
        Setting(
            "key_networks",
            "networks, with commas",
            "none: addresses of the internet alone",
            '"10.20.0.0/16"',
            "networks of your own in which the public keys that systems publish may be looked for (`--jwks-uri`)",
        ),
        _choice("branding", ("neutral", "nhs"), "nhs for those who may show the NHS logo", own=False),
        Setting(
            "facts",
            "file",
            "the built-in ones",
            '"facts.toml"',
            "telephone numbers and addresses that the pages say, before the built-in ones",
            own=False,
        ),
        Setting(
            "statistics",
            "folder",
            "none: no statistics on the pages",
            '"/srv/ndoo/statistics"',
            "the folder in which publications of `ndoo statistics` lie, each in a folder of its own, that the pages show",
            own=False,
        ),
        Setting(
            "upload_limit_mb", "whole number", "`2048`", "2048", "the largest file that may be uploaded, in megabytes"
        ),
        Setting("result_hours", "whole number", "`24`", "24", "how long a result waits to be downloaded, in hours"),
        Setting(
            "virus_scanner",
            "command",
            "none: files are not scanned",
            '"clamdscan --fdpass --no-summary"',
            "sees each uploaded file first, its path added: 0 says nothing was found, 1 a virus, anything else that it was not scanned",
        ),
        Setting("job_minutes", "whole number", "`120`", "120", "how long a job may take, in minutes"),
    ),
    "Who somebody is": (
        _choice(
            "demographics", ("embedded", "pds"), "who knows the people: a table beside the register, or PDS", own=True
        ),
        _choice(
            "check_demographics",
            ("same", "off"),
            "same holds lists of other systems on which too many people are unknown; off where there is no register of people",
            own=False,
        ),
        Setting("pds_url", "address", "none", '"https://…/FHIR/R4"', "the Personal Demographics Service"),
        Setting("pds_token_url", "address", "none", '"https://…"', "where its tokens come from"),
        Setting("pds_key", "text", "none", '"…"', "the application's key"),
        Setting("pds_key_id", "text", "none", '"…"', "the id of its private key"),
        Setting("pds_private_key", "file", "none", '"pds.pem"', "the file with it"),
        Setting("nhs_login_issuer", "address", "none: no NHS login", '"https://…"', "NHS login"),
        Setting("nhs_login_client_id", "text", "none", '"…"', "the client's id there"),
        Setting("nhs_login_key", "file", "none", '"login.pem"', "the file with its private key"),
        Setting(
            "staff_login_issuer",
            "address",
            "none: passwords",
            '"https://…"',
            "the organisation's own sign-in for staff",
        ),
        Setting("staff_login_client_id", "text", "none", '"…"', "the client's id there"),
        Setting("staff_login_secret", "text", "none", '"…"', "its client secret; or else staff_login_key"),
        Setting("staff_login_key", "file", "none", '"staff.pem"', "the file with its private key"),
        Setting(
            "staff_login_roles",
            "`ROLE=WORD,WORD; ROLE=WORD`",
            "none",
            '"operator=GROUP-ID; auditor=GROUP-ID"',
            "which of its groups or roles stand for which role here",
        ),
        Setting("staff_login_roles_claim", "text", "`roles`", '"groups"', "the claim that has them"),
        Setting(
            "staff_login_scope",
            "words",
            "`openid profile offline_access`",
            '"openid profile nationalrbacaccess"',
            "what is asked for",
        ),
        Setting(
            "staff_login_acr",
            "text",
            "none: `mfa` in `amr`",
            '"AAL3_ANY"',
            "the level that proves a second factor there; without it this service asks for its own",
        ),
        _choice("staff_passwords", ("on", "off"), "may staff sign in with a password of this service", own=True),
        Setting(
            "break_glass",
            "name of an account",
            "none",
            '"ada.administrator"',
            "the account that may use a password where they are off; each time raises an alarm",
        ),
    ),
    "Messages": (
        _choice(
            "messages",
            ("smtp", "notify"),
            "who carries messages: a mail server or GOV.UK Notify; in a demonstration also demo, the default there",
            own=False,
        ),
        Setting(
            "mail_server",
            "address: `smtp://`, `smtps://` or `smtp+starttls://`",
            "`smtp://localhost:25`",
            '"smtp+starttls://user:password@host:587"',
            "the mail server",
        ),
        Setting(
            "mail_from", "address", "`no-reply@localhost`", '"optout@example.nhs.uk"', "the sender's address", own=False
        ),
        Setting(
            "notify_url",
            "address",
            "`https://api.notifications.service.gov.uk`",
            '"https://api.notifications.service.gov.uk"',
            "GOV.UK Notify",
        ),
        Setting("notify_key", "text", "none", '"…"', "its key"),
        Setting("notify_email_template", "text", "none", '"…"', "its template for mails"),
        Setting("notify_text_template", "text", "none", '"…"', "its template for text messages"),
    ),
}
"""Every setting under its heading, but for the tables [mesh.NAME]."""
MESH: dict[str, str] = {
    "url": "https://mesh-sync.spineservices.nhs.uk",
    "mailbox": "X26OT001",
    "password": "env:MESH_PASSWORD",
    "shared_key": "env:MESH_SHARED_KEY",
    "recipient": "X26HC001",
    "workflow": "SPINE_NTT_UPHOLDING",
    "ca": "ca.pem",
    "cert": "mesh.crt",
    "key": "mesh.key",
}
"""The keys of a table [mesh.NAME], each with an example."""
HERE = frozenset(one.name for group in SETTINGS.values() for one in group if not one.own)
"""What a trusted file of the working folder may say too."""
OWN = frozenset(one.name for group in SETTINGS.values() for one in group if one.own) | {"mesh"}
"""Keys, limits, databases, and where people's data are sent: the user's own file and the environment alone say these."""

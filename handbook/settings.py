"""The page of every setting: its kind, its default, and its name in the environment."""

from __future__ import annotations

from ndoo.domain.setting_list import MESH, SETTINGS


def settings_page() -> str:
    """`docs/reference/settings.md`."""
    lines = [
        "# Settings",
        "",
        "What an option says counts before the environment (`NDOO_…`), that before your own `ndoo.toml`, and that before the default. Your own",
        "file is `~/.config/ndoo/ndoo.toml`, or where `NDOO_CONFIG` (a file or a folder) says; `ndoo init` writes one in which every setting is",
        "explained, and `ndoo doctor` says which count and where they come from. A setting that is none is refused (exit status 2).",
        "",
        "An `ndoo.toml` in the working folder may have come with the data. It counts only after `ndoo config trust` was said there, not after it",
        "has changed, and only for the settings that have *yes* in the last column.",
    ]
    for heading, settings in SETTINGS.items():
        lines += ["", f"## {heading}", ""]
        lines += [
            "| `ndoo.toml` | environment | type | default | meaning | working folder |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [
            f"| `{one.name}` | `{one.variable}` | {one.kind} | {one.default} | {one.meaning} | {'no' if one.own else 'yes'} |"
            for one in settings
        ]
    lines += [
        "",
        "## MESH mailboxes",
        "",
        "A table `[mesh.NAME]` for each mailbox, in your own file alone; any value may be `env:VARIABLE`. How to fill it:",
        "[ask the national service](../how-to/ask-the-national-service.md).",
        "",
        "| key | example |",
        "| --- | --- |",
        *(f"| `{name}` | `{example}` |" for name, example in MESH.items()),
        "",
        "## In the environment only",
        "",
        "| variable | meaning |",
        "| --- | --- |",
        "| `NDOO_CONFIG` | your own settings file, or the folder of `ndoo.toml` |",
        "| `XDG_CONFIG_HOME`, `XDG_DATA_HOME` | the folders in which your settings and data are, where nothing else says so |",
    ]
    return "\n".join(lines) + "\n"

"""What the help adds to each command: two examples, and options in groups, the common ones first."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ndoo.cli.column_names import METAVAR, ColumnName

EXAMPLES: dict[str, tuple[str, str]] = {
    "uphold": (
        "ndoo uphold extract.csv -o released.csv --allowed cleaned.dat --checked-at 2026-11-20",
        "ndoo uphold extract.parquet -o released.parquet --opted-out opted-out.txt --checked-at 2026-11-20 --dry-run",
    ),
    "sql": (
        "ndoo sql visits --dialect sqlserver --columns nhs_number,ward --nhs-number nhs_number --list allowed",
        "ndoo sql visits --dialect postgresql --nhs-number nhs_number --list opted-out --as policy",
    ),
    "verify": (
        "ndoo verify released.csv --allowed cleaned.dat --checked-at 2026-11-20",
        "ndoo verify released.csv --no-list --signed-by trust",
    ),
    "recall": (
        "ndoo recall /srv/releases --opted-out opted-out.txt --checked-at 2026-11-20",
        "ndoo recall released.csv --register",
    ),
    "type1": ("ndoo type1 status codes.csv -o status.csv", "ndoo type1 rerun /srv/releases --type1 codes.csv"),
    "scan": ("ndoo scan /srv/extracts", "ndoo scan env:WAREHOUSE --fail-on yes"),
    "impact": (
        "ndoo impact extract.csv released.csv --by age --by sex -o impact.html",
        "ndoo impact extract.csv released.csv --by ward --rows",
    ),
    "statistics": (
        "ndoo statistics -o published --register --people people.csv --list-sizes sizes.csv --practices practices.csv --areas areas.csv",
        "ndoo statistics -o trial --opted-out out.txt --as-at 2026-11-01 --people p.csv --list-sizes s.csv --practices g.csv --areas a.csv",
    ),
    "applies": ("ndoo applies flow.toml", "ndoo applies --ask -o flow.toml"),
    "check": (
        "ndoo check numbers.txt -o cleaned.dat --register",
        "ndoo check numbers.csv -o cleaned.dat --mesh production --nhs-number nhs_number",
    ),
    "mesh": (
        "ndoo mesh request numbers.txt --profile production",
        "ndoo mesh collect --profile production -o cleaned.dat",
    ),
    "register": ("ndoo register import choices.csv", "ndoo register snapshot -o snapshot"),
    "assets": ("ndoo assets import assets.toml", "ndoo assets article-30 -o processing.csv"),
    "review": ("ndoo review assets.toml --evidence /srv/releases", "ndoo review --calendar due.ics"),
    "statement": (
        "ndoo statement assets.toml --evidence /srv/releases -o statement.md",
        "ndoo statement --evidence-pack evidence.zip",
    ),
    "ledger": ("ndoo ledger export -o ledger.jsonl", "ndoo ledger verify ledger.jsonl"),
    "staff": ("ndoo staff add ada --role administrator", "ndoo staff reset ada"),
    "callers": ("ndoo callers list", "ndoo callers revoke research-platform"),
    "key": ("ndoo key show", "ndoo key trust trust.example rPTqGdX9m2wU0cJv6g3mC1m0O0t8h1o5V6bq6y8x1nE="),
    "show": ("ndoo show released.csv", "ndoo show --check check.html"),
    "explain": ("ndoo explain list-stale", "ndoo explain output-exists --json"),
    "doctor": ("ndoo doctor", "ndoo doctor --json"),
    "init": ("ndoo init", "ndoo init -o /etc/ndoo/ndoo.toml"),
    "config": ("ndoo config trust", "ndoo config trust --json"),
    "help": ("ndoo help uphold", "ndoo help register import"),
    "backup": ("ndoo backup /backup/2026-11-29", "ndoo backup /backup/2026-11-29 --json"),
    "restore": ("ndoo restore /backup/2026-11-29", "ndoo restore /backup/2026-11-29 --json"),
    "serve": ("ndoo serve --demo", "ndoo serve --port 8080 --host 0.0.0.0"),
}
"""Two for each command, the plainest first."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Most used": (
        "output",
        "allowed",
        "opted_out",
        "checked_at",
        "nhs_number",
        "signed_by",
        "held",
        "dry_run",
        "force",
        "html",
    ),
    "The list": (
        "requested",
        "register",
        "snapshot",
        "snapshot_signed_by",
        "mesh",
        "timeout",
        "ask_again",
        "reuse_days",
        "expected",
        "no_list",
        "small_register",
    ),
    "Columns and rows": ("also", "ignored", "undecided", "mentions", "justification", "leads_to_nobody"),
    "Type 1 opt-outs and the flow": ("type1", "flow_file"),
    "Releases that are made again": ("asset", "released_by", "shape"),
    "How text and sheets are written": (
        "delimiter",
        "encoding",
        "no_quotes",
        "no_header",
        "sheet",
        "skip_rows",
        "skip_footer",
        "nulls",
    ),
    "Folders and databases": (
        "describe",
        "engine",
        "table_version",
        "table",
        "schema",
        "into",
        "replace",
        "manifest",
        "form",
    ),
    "What is printed": ("as_json", "quiet", "help"),
}
"""Options by the names of their parameters. One that is in no group comes before what is printed."""
_MANY = 12
"""Commands with more options than this have them in groups."""


def with_examples(command: click.Command, name: str) -> click.Command:
    """The command, its two examples below its options; an option that takes a column completes its name."""
    for option in _options(command):
        if option.metavar == METAVAR:
            option.type = ColumnName()
    command.epilog = "\b\nExamples:\n" + "\n".join(f"  {example}" for example in EXAMPLES[name])
    return command


def _options(command: click.Command) -> Iterator[click.Option]:
    """Every option of a command, and of the commands in it."""
    yield from (one for one in command.params if isinstance(one, click.Option))
    if isinstance(command, click.Group):
        for within in command.commands.values():
            yield from _options(within)


class GroupedCommand(click.Command):
    """A command of many options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, group by group."""
        options = {str(one.name): one.get_help_record(ctx) for one in self.get_params(ctx)}
        told = {name: record for name, record in options.items() if record}
        if len(told) <= _MANY:
            super().format_options(ctx, formatter)
            return
        last = list(GROUPS)[-1]
        known = {name for names in GROUPS.values() for name in names}
        groups = {**GROUPS, "Others": tuple(name for name in told if name not in known), last: GROUPS[last]}
        for heading in (*(one for one in groups if one != last), last):
            if records := [told[name] for name in groups[heading] if name in told]:
                with formatter.section(heading):
                    formatter.write_dl(records)

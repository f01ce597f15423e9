"""`ndoo`: finds the command, runs it, and turns every error into a sentence and an exit status."""

from __future__ import annotations

import codecs
import importlib
import io
import json
import os
import signal
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

import click

from ndoo import __version__
from ndoo.cli.advised_options import not_of_this_command
from ndoo.cli.error_advice import advice_on
from ndoo.cli.help_texts import with_examples
from ndoo.cli.parser_words import in_plain_words
from ndoo.cli.printable import printable
from ndoo.cli.repeated_options import refuse_repeated_options
from ndoo.cli.statuses import in_one_line
from ndoo.cli.versions import versions
from ndoo.domain import operating_system
from ndoo.domain.errors import NdooError
from ndoo.domain.extras import extra_missing, extra_of
from ndoo.domain.machine_faults import explained, unencodable, unsaid
from ndoo.domain.settings import doubt

COMMANDS = {
    "uphold": "Remove the records of people who opted out; write the manifest beside the output.",
    "sql": "The SQL that upholds a table, to be read and run where ndoo cannot reach.",
    "verify": "Prove that an output is whole, unchanged, and holds nobody who opted out.",
    "recall": "Which releases hold somebody who is withheld now? Files, folders and databases.",
    "type1": "Type 1 opt-outs from coded GP entries: each patient's status, and what to re-run.",
    "scan": "Find confidential patient information in files, folders and databases.",
    "impact": "What the exclusion did to the cohort: by age, sex, area or any column.",
    "statistics": "The published tables from the register and list sizes, checked so that nobody's choice can be worked out.",
    "applies": "Does the opt-out apply to this flow? Outcome, reasons, citations.",
    "check": "A list of NHS numbers in, the cleaned list out, with its own dated record.",
    "mesh": "The national service through MESH: request, collect, doctor; and respond, which plays it.",
    "register": "The register of choices: set, show, history, import, snapshot; new, repair.",
    "assets": "The register of information assets and data flows: import, export, decide.",
    "review": "What is open? Undeclared findings, reviews that are due, flows that nothing proves.",
    "statement": "The compliance statement, made from the register and the evidence.",
    "ledger": "The log of everything that is recorded: export, verify, receipt, erase; nothing is changed unseen.",
    "staff": "Accounts for the staff's pages: the first administrator, and the way back in.",
    "callers": "Systems that may ask over HTTP: their keys, scopes and assets.",
    "key": "The sealing key, the keys whose seals count here, and what opens a manifest: show, backup, rotate, trust, distrust, list, open.",
    "show": "The certificate of a release: what, when, by which list, the counts, whose seal; as text or a page to print.",
    "explain": "What an error means, why it stops, and what to do.",
    "doctor": "Is everything in order here? Versions, extras, key, register, settings, and what is wrong.",
    "init": "Write a settings file in which every setting is explained.",
    "config": "Trust the settings (ndoo.toml) in this folder, which do not count by themselves.",
    "backup": "Back up the whole service: database, ledger heads, keys, records and jobs.",
    "restore": "Restore the whole service from a backup, never over anything that is there.",
    "serve": "The web service: patient pages, staff console, HTTP API.",
    "help": "How to use ndoo, or one of its commands.",
}
"""Each lives in `ndoo.cli.NAME` and is imported only when it is called, so that `--help` answers at once."""

INTERRUPTED = 130
_AT_THE_EDGE = ("fault", "interrupted", "usage")
"""Errors that are said here and nowhere else, each as whole as it can be."""
_VERBOSE = "ndoo.verbose"
_REFUSED = "ndoo.refused"

_OUTCOME = "The output is absent, or whole with its manifest."
"""True at any moment, also after the output has appeared and before everything about it was said."""


class Commands(click.Group):
    """Looks commands up in `COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"ndoo.cli.{cmd_name}").command
        return with_examples(command, cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Every command line begins here: none goes on with an option given twice."""
        if not ctx.resilient_parsing:  # a line that is being completed is not yet whole
            self._refuse_option_before_a_command(ctx, args)
            refuse_repeated_options(self, ctx, args)
        ctx.meta[_VERBOSE] = "--verbose" in args
        return super().parse_args(ctx, args)

    def _refuse_option_before_a_command(self, ctx: click.Context, args: list[str]) -> None:
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        first = args[0].partition("=")[0] if args else ""
        if first.startswith("-") and first not in own and any(one in COMMANDS for one in args[1:]):
            ctx.fail(f"No such option {first!r} before a command. Options of a command go behind its name.")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As Click does, and a name that is not known is answered with the near one."""
        if not ctx.resilient_parsing and args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint} `ndoo --help` lists the commands.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _versions(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    """Say the version, and with --verbose what it runs on; then end."""
    if not wanted or context.resilient_parsing:
        return
    click.echo(f"ndoo {__version__}")
    if context.meta[_VERBOSE]:
        for line in versions():
            click.echo(line)
    context.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=in_one_line(),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_versions, help="Show the version and exit."
)
@click.option(
    "--verbose",
    is_flag=True,
    expose_value=False,
    help="With --version: Python, the system, the compiled part and the extras too.",
)
@click.pass_context
def main(context: click.Context) -> None:
    """Uphold England's national data opt-out: no one who opted out is ever in a released file, and anyone can
    verify it."""
    if context.invoked_subcommand != "config" and (doubted := doubt()):
        _tell(printable(f"WARNING: {doubted}"), err=True)


def run() -> NoReturn:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminated)
    _open_closed_streams()
    _print_what_can_be_encoded()
    operating_system.choose_arrow_memory()
    as_json = "--json" in sys.argv
    try:
        sys.exit(main.main(prog_name="ndoo", standalone_mode=False) or 0)
    except NdooError as error:
        sys.exit(_failed(error.code, error.sentence, error.exit_status, as_json))
    except click.exceptions.NoArgsIsHelpError as error:
        _tell(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        if context is not None and not as_json:
            _tell(context.get_usage(), err=True)
        sys.exit(_failed("usage", in_plain_words(error.format_message()), 2, as_json))
    except (KeyboardInterrupt, click.Abort):
        sys.exit(_failed("interrupted", f"Interrupted. {_OUTCOME}", INTERRUPTED, as_json))
    except Exception as error:  # noqa: BLE001  the last line: a foreign message may hold a patient's row, so it is not shown
        if isinstance(error, ModuleNotFoundError) and (extra := extra_of(error.name)):
            missing = extra_missing("This command and its options", extra)
            sys.exit(_failed(missing.code, missing.sentence, missing.exit_status, as_json))
        if isinstance(error, OSError) and Path(click.__file__).parent == Path(_last(error).filename).parent:
            unread = unsaid(error)  # Click's own answer, such as --help
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(_failed(unread.code, unread.sentence, unread.exit_status, as_json))
        if isinstance(error, PermissionError) and error.filename is not None:
            refused = explained(error, "what was named")
            sys.exit(_failed(refused.code, refused.sentence, refused.exit_status, as_json))
        where = _last(error)
        sentence = (
            f"An unexpected fault ({type(error).__name__} at {Path(where.filename).name}:{where.lineno}). {_OUTCOME}"
        )
        sys.exit(_failed("fault", sentence, 1, as_json))


def _last(error: BaseException) -> traceback.FrameSummary:
    """Where it was raised."""
    return traceback.extract_tb(error.__traceback__)[-1]


def _failed(code: str, sentence: str, status: int, as_json: bool) -> int:
    sentence = printable(sentence)  # it may repeat an argument, and an argument may be anything
    advice = "" if code in _AT_THE_EDGE else advice_on(code, sentence)
    elsewhere = "" if code in _AT_THE_EDGE else not_of_this_command(f"{sentence} {advice}", main, sys.argv[1:])
    _tell(" ".join(part for part in (f"Error [{code}]: {sentence}", advice, elsewhere) if part), err=True)
    if as_json:
        document: dict[str, Any] = {"error": {"code": code, "message": sentence, "exit_status": status}}
        _tell(json.dumps(document), err=False)
    return status


def _tell(text: str, *, err: bool) -> None:
    """Say it, if anybody can hear: a closed pipe or a full disk behind a stream does not change the exit status."""
    try:
        click.echo(text, err=err)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2 if err else 1)


def _open_closed_streams() -> None:
    """Where a command was started with a stream closed, as `>&-` does, what is said there is lost, and nothing else gets its place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  for as long as the process lives


def _print_what_can_be_encoded() -> None:
    """Where an encoding lacks a character, such as … in that of a Windows console, people read ? for it, and no work ends. What goes
    on to a file or another program is written as it is, or refused: nobody would see that it was changed."""
    codecs.register_error(_REFUSED, _refuse_character)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            to_people = stream is sys.stderr or stream.isatty()
            stream.reconfigure(errors="replace" if to_people else _REFUSED)


def _refuse_character(error: UnicodeError) -> NoReturn:
    raise unencodable(sys.stdout.encoding) from None


def _terminated(signum: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt

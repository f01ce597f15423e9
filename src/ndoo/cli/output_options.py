"""The options that say where a result goes, and whether it may take the place of something: -o, --force and --dry-run."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.own_files import refuse_own_files
from ndoo.domain.errors import UsageFault
from ndoo.domain.machine_faults import (
    already_there,
    explained,
    no_folder_for,
    output_is_folder,
    refuse_device,
    refuse_folder,
)
from ndoo.domain.nhs_number import masked
from ndoo.domain.settings import data_folder

if TYPE_CHECKING:
    from ndoo.evidence.document import JsonObject
    from ndoo.evidence.seal import Sealer
    from ndoo.upholding.publication.publish import OutputTerms

STANDARD = "-"
"""What stands for standard input, or would stand for standard output."""
_OF_WORKBOOKS = (".xlsx", ".xlsm")
_NO_FOLDER = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


class OutputFile(click.ParamType[Path]):
    """A file that is written whole or not at all: no pipe, which can be neither complete nor absent, and no folder."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        output = _named_file(str(value))
        refuse_folder(output)
        refuse_device(output)
        return output


class HeldOutput(OutputFile):
    """As that; or a name in the database that is upheld, which a folder of the same name here does not hinder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return _named_file(str(value))


def _named_file(text: str) -> Path:
    refuse_standard_output(text)
    if names_folder(text):
        raise output_is_folder(text)
    return Path(text)


def refuse_address(text: str) -> None:
    """Raises UsageFault where a file is named by the address of a database, which may hold a password and is not repeated."""
    from ndoo.upholding.database_address import is_address

    if "://" in text and is_address(text):
        raise UsageFault(
            "address-of-no-file",
            "An address, such as that of a database, stands where a file on this machine is taken: this argument or option takes none. Name a "
            "file, such as the table saved as CSV.",
        )


def names_folder(output: str) -> bool:
    """Does it end as the names of folders do?"""
    return output.endswith("/")


def refuse_standard_output(output: str) -> None:
    """Raises UsageFault where an output is asked for on standard output."""
    if output == STANDARD:
        raise UsageFault(
            "output-standard",
            "-o - is refused: a pipe cannot be complete or absent, so its reader could get half a release. Give a file name.",
        )


def force_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --force, which `said_terms` tells."""
    return click.option(
        "--force",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_keep("force"),
        help="Replace the output although it is no earlier release. Without it, nothing of yours is ever replaced.",
    )(command)


def dry_run_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --dry-run, which `said_terms` tells."""
    return click.option(
        "--dry-run",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_keep("dry_run"),
        help="Decide and count everything, and say what would happen, with the exit status that it would have; write nothing.",
    )(command)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    def keep(context: click.Context, _: click.Parameter, value: bool) -> bool:
        context.meta[f"ndoo.{name}"] = value
        return value

    return keep


def said_terms() -> OutputTerms:
    """What --force and --dry-run of this command line said."""
    from ndoo.upholding.publication.publish import OutputTerms

    meta = click.get_current_context().meta
    return OutputTerms(force=meta.get("ndoo.force", False), dry_run=meta.get("ndoo.dry_run", False))


@dataclass(frozen=True, slots=True)
class OutputForm:
    """What a file that is written holds, and the endings of a name that fit it. Another ending that says a format is refused; one that
    says none is free, unless an error is given for it."""

    name: str
    endings: tuple[str, ...]
    otherwise: UsageFault | None = None

    def judge(self, output: Path) -> None:
        """Raises UsageFault where the name promises another format."""
        from ndoo.upholding.publication.output_names import refuse_other_format

        if self.otherwise and output.suffix.lower() not in self.endings:
            raise self.otherwise
        refuse_other_format(output, self.endings, self.name)


PAGE = OutputForm("a web page", (".html", ".htm"))
MARKDOWN = OutputForm("Markdown text", (".md", ".markdown", ".txt"))
TABLE = OutputForm("a table in CSV", (".csv", ".txt"))
NUMBERS = OutputForm("a list, one number a line", (".dat", ".txt", ".csv"))
JSON = OutputForm("JSON", (".json",))
JSON_LINES = OutputForm("JSON, one object a line", (".jsonl", ".ndjson", ".json"))
TOML = OutputForm("TOML", (".toml",))


def output_option(
    *names: str,
    form: OutputForm,
    ours: Callable[[Path], bool] = lambda _: False,
    beside: Callable[[Path], Path] = lambda output: output,
    **said: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option for a file that a command writes, judged before the command does anything.

    Args:
        form: what is written.
        ours: may this file, which is there, be replaced without --force, because it is an earlier one of the same kind?
        beside: the other file that is written with it, of which the same is asked.
    """

    def judged(context: click.Context, _: click.Parameter, output: Path | None) -> Path | None:
        if output is None:
            return None
        for place in (output, beside(output)):
            if os.path.lexists(place):
                refuse_own_files(place)  # whatever --force says
                if not (context.meta.get("ndoo.force", False) or ours(place)):
                    raise already_there(place)
        form.judge(output)
        return output

    return click.option(*names, type=OutputFile(), callback=judged, **said)


def judge_outputs(command: click.Command, said: Mapping[str, Any]) -> None:
    """Raises UsageFault where a file that the command writes is one that it reads, or another one that it writes, whatever --force says;
    or where its folder does not exist.

    Args:
        said: what was typed, by the names of the parameters.
    """
    inputs, outputs = [], dict[str, tuple[str, str]]()
    for parameter in command.params:
        values = said.get(str(parameter.name))
        typed = [
            str(value) for value in (values if isinstance(values, list | tuple) else [values]) if isinstance(value, str)
        ]
        if isinstance(parameter.type, OutputFile):
            for output in typed:
                refuse_address(output)
                name = max(parameter.opts, key=len)
                other, _ = outputs.setdefault(os.path.realpath(output), (name, output))
                if other != name:
                    raise UsageFault(
                        "outputs-same",
                        f"{other} and {name} would write the same file, {masked(output)}. Give each a name of its own.",
                    )
        elif isinstance(parameter, click.Argument) or isinstance(parameter.type, click.Path):
            inputs += typed
    from ndoo.evidence.manifest import SUFFIX

    for path in [*inputs, *(f"{path}{SUFFIX}" for path in inputs)]:
        if os.path.lexists(path) and (found := outputs.get(os.path.realpath(path))):
            raise UsageFault("output-is-input", f"{masked(found[1])} would overwrite an input. Name another output.")
    for _, output in outputs.values():
        _refuse_unreachable(Path(output))


def _refuse_unreachable(output: Path) -> None:
    """Raises UsageFault or NotPermitted where nothing of this name can be: no folder, a name too long, a folder that is shut."""
    try:
        output.parent.stat()
        with suppress(FileNotFoundError):
            output.lstat()
    except OSError as error:
        if error.errno in _NO_FOLDER:
            raise no_folder_for(output) from None
        raise explained(error, "the output") from None


def is_there(output: Path) -> bool:
    """Is anything of this name there? Raises UsageFault or NotPermitted where that cannot be told."""
    try:
        return output.exists()
    except OSError as error:
        raise explained(error, "the output") from None


def is_snapshot(path: Path) -> bool:
    """Is this a snapshot of a register, by its first line?"""
    from ndoo.checking.snapshot_format import MAGIC

    return _head(path).startswith(MAGIC)


def is_calendar(path: Path) -> bool:
    """Is this a calendar of `ndoo review`?"""
    return b"PRODID:-//ndoo//" in _head(path)


def is_ledger_export(path: Path) -> bool:
    """Is this an export of the ledger, by its first line?"""
    from ndoo.evidence.ledger.export import KIND

    return _is_of_ledger(path, KIND)


def is_ledger_receipt(path: Path) -> bool:
    """Is this a receipt of the ledger, by its first line?"""
    from ndoo.evidence.ledger.receipt import KIND

    return _is_of_ledger(path, KIND)


def _is_of_ledger(path: Path, kind: str) -> bool:
    head = _head(path)
    return head.startswith(b"{") and b'"head"' in head and b'"seal"' in head and f'"kind": "{kind}"'.encode() in head


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1 << 16) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
    except OSError:
        return b""


def sealer_of(*, dry_run: bool) -> Sealer:
    """The key that seals here; in a dry run none is made for it."""
    from ndoo.evidence.seal import load_sealer, sealer_for_a_dry_run

    return sealer_for_a_dry_run(data_folder()) if dry_run else load_sealer(data_folder())


def told_of_dry_run(document: JsonObject) -> JsonObject:
    """What a dry run answers: no seal, so that nobody takes it for the manifest of something that was released."""
    return {"dry_run": True, **{name: said for name, said in document.items() if name != "seal"}}


def released_name(source: Path) -> str:
    """What the release of this file is called in a folder: as the file, without a packing that is not written, and as CSV where it
    is a workbook."""
    from ndoo.upholding.publication.output_names import READ_ONLY

    if source.suffix.lower() in READ_ONLY:
        source = source.with_suffix("") if source.with_suffix("").suffix else source.with_suffix(".csv")
    return source.with_suffix(".csv").name if source.suffix.lower() in _OF_WORKBOOKS else source.name


@contextmanager
def folder_for(output: str, source: str, *, dry_run: bool) -> Iterator[Path]:
    """The file that `-o FOLDER/` means for this input. A folder that is made for it goes again where the run fails, or is dry."""
    folder = Path(output)
    made = not is_there(folder)
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise explained(error, f"-o {masked(output)}") from None
    done = False
    try:
        yield folder / released_name(Path(source))
        done = not dry_run
    finally:
        if made and not done:
            with suppress(OSError):
                folder.rmdir()

"""`ndoo ledger verify`: whether anything was changed, dropped or moved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ndoo.cli.list_options import PATH, now
from ndoo.cli.output import Speech, number, speech_options
from ndoo.cli.register_session import looked_at
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.london import instant, spoken
from ndoo.domain.named_file import naming
from ndoo.domain.plurals import counted
from ndoo.domain.progress import told_of_each
from ndoo.domain.settings import data_folder, setting

if TYPE_CHECKING:
    from ndoo.cli.progress_line import ProgressLine
    from ndoo.evidence.ledger.receipt import LedgerReceipt

MEANINGS = {
    "head_behind": "a head says that there were more leaves: the log was cut off, or an old copy stands there",
    "head_rewritten": "a head does not fit: leaves below it were changed, dropped, added or moved",
    "head_another_log": "a head is of another log",
    "leaf_without_head": "the export has leaves after those of its head",
    "receipt_not_included": "the path of the receipt does not lead from its leaf to its head",
    "receipt_not_opened": "a value in the receipt is not the one to which the leaf commits",
    "leaf_relabelled": "a leaf's row does not say what the leaf says",
    "opening_missing": "a value can no longer be checked, and no leaf says that it was erased",
    "value_changed": "a value in a table is not the one that was recorded",
    "row_without_leaf": "a row in a table never entered the ledger",
    "row_missing": "a row that entered the ledger is gone",
}
"""What each finding means, for people."""


@click.command(name="verify", short_help="Was anything changed, dropped or moved?")
@click.argument("source", metavar="[EXPORT]", type=PATH, required=False)
@click.option("--heads", type=PATH, metavar="FOLDER", help="The copied heads. Default: those of this account.")
@click.option(
    "--signed-by",
    metavar="KEY",
    multiple=True,
    help="The public key that must have sealed every head. Repeat it where the key was changed.",
)
@click.option("--since-last", is_flag=True, help="Read only what was recorded since the last check that found nothing.")
@speech_options
def verify(
    source: Path | None, heads: Path | None, signed_by: tuple[str, ...], since_last: bool, as_json: bool, quiet: bool
) -> int:
    """Hold the ledger against the heads that were copied out of the database.

    With EXPORT, a file of `ndoo ledger export` or of `ndoo ledger receipt`, no database is asked: it works anywhere. Without it the register itself
    is checked, and every choice and audit entry in it against what the ledger recorded. With --since-last older rows are counted, and
    not read again: whoever changed one of them is found by the check without it.
    """
    if source and since_last:
        raise UsageFault(
            "ledger-since-last", "--since-last is for the register itself. An export is always read whole."
        )
    speech = Speech(as_json=as_json, quiet=quiet)
    with speech.progress(0, "Checking the ledger", "leaf") as progress:
        if source:
            with naming(source):
                document = _of_file(source, heads, signed_by, progress)
        else:
            document = _of_register(heads, signed_by, since_last, progress)
    speech.say(f"{counted(document['size'], 'leaf')}, root {document['root']}.")
    if since_last:
        speech.say(_said_of_beginning(document))
    speech.say(
        f"{counted(document['heads'], 'head')} compared with them, {number(document['copied'])} of which copied."
    )
    if "leaf" in document:
        speech.say(f"It shows leaf {number(document['index'] + 1)}, of the kind {document['leaf']['kind']}.")
    elif not document["copied"]:
        speech.say(
            "No head was copied out of the database, so nothing shows what was cut off at the end. Name --heads."
        )
    for what, often in document["wrong"].items():
        speech.say(f"  {what}: {number(often)} ({MEANINGS[what]})")
    speech.answer(document)
    if document["sound"]:
        speech.say("The leaf is in the log." if "leaf" in document else "Nothing was changed, dropped or moved.")
        return 0
    if not as_json:
        raise UnfitData(
            "ledger-broken", "The ledger is not what its heads say, or the register not what the ledger says."
        )
    return UnfitData.exit_status


def _of_file(source: Path, heads: Path | None, signed_by: tuple[str, ...], progress: ProgressLine) -> dict[str, Any]:
    from ndoo.evidence.ledger.receipt import receipt_in

    receipt = receipt_in(source)
    return _of_receipt(receipt, heads, signed_by) if receipt else _of_export(source, heads, signed_by, progress)


def _of_receipt(receipt: LedgerReceipt, heads: Path | None, signed_by: tuple[str, ...]) -> dict[str, Any]:
    """A receipt's head is held against a copied head of its size, and against no other: it has not the log."""
    head = receipt.head
    copied = [one for one in _copied(heads, head.log) if one.size == head.size]
    _sealed_by([head, *copied], signed_by)
    wrong: dict[str, int] = {}
    if not receipt.included:
        wrong["receipt_not_included"] = 1
    if many := len(receipt.not_opened):
        wrong["receipt_not_opened"] = many
    if many := sum(one.root != head.root for one in copied):
        wrong["head_rewritten"] = many
    said = {"kind": receipt.leaf["kind"], "payload": receipt.leaf["payload"]}
    document = _document(head.log, head.size, head.root, 1 + len(copied), len(copied), wrong)
    return document | {"index": receipt.index, "leaf": said, "opened": sorted(receipt.opened)}


def _of_export(source: Path, heads: Path | None, signed_by: tuple[str, ...], progress: ProgressLine) -> dict[str, Any]:
    from ndoo.evidence.ledger.export import opened
    from ndoo.evidence.ledger.verifier import HeadVerdict, judge

    with opened(source) as export:
        copied = _copied(heads, export.head.log)
        of_all = [export.head, *copied]
        _sealed_by(of_all, signed_by)
        told = progress.turn_to("Checking the ledger", export.head.size)
        judged = judge(export.head.log, told_of_each(export.entries, told), of_all)
    wrong: dict[str, int] = {}
    for verdict in judged.verdicts:
        if verdict is not HeadVerdict.AGREES:
            wrong[f"head_{verdict}"] = wrong.get(f"head_{verdict}", 0) + 1
    if judged.size > export.head.size:
        wrong["leaf_without_head"] = judged.size - export.head.size
    return _document(export.head.log, judged.size, judged.root, len(of_all), len(copied), wrong)


def _said_of_beginning(document: dict[str, Any]) -> str:
    if document["checked_before"] is None:
        return "No check of this register from here found nothing before, so everything was read."
    whole_at = spoken(instant(document["whole_at"]))
    return f"Of these {number(document['checked_before'])} were not read again; all of the register was, last, on {whole_at}."


def _of_register(
    heads: Path | None, signed_by: tuple[str, ...], since_last: bool, progress: ProgressLine
) -> dict[str, Any]:
    with looked_at():
        from ndoo.service.ledger.check_ledger import check
        from ndoo.service.ledger.head_store import heads_folder, register_address
        from ndoo.service.ledger.heads import newest
        from ndoo.service.ledger.last_check import read_last_check, write_last_check

        last, after = newest(), read_last_check() if since_last else None
        log = (heads_folder().log_of(register_address()) if not heads else None) or (last.log if last else "")
        copied = _copied(heads, log) if log else []
        _sealed_by(copied, signed_by)
        whole_at = after.whole_at if after else now()
        report = check(copied, after, progress.turn_to)
        if not report.wrong:
            write_last_check(report, whole_at)
    document = _document(
        report.log,
        report.judged.size,
        report.judged.root,
        report.heads,
        sum(head.size >= report.began for head in copied),
        dict(sorted(report.wrong.items())),
    )
    return document | {
        "waiting": len(report.waiting),
        "erased": report.erased,
        "checked_before": report.began if after else None,
        "whole_at": whole_at.isoformat(),
    }


def _document(log: str, size: int, root: bytes, heads: int, copied: int, wrong: dict[str, int]) -> dict[str, Any]:
    return {
        "log": log,
        "size": size,
        "root": root.hex(),
        "heads": heads,
        "copied": copied,
        "wrong": wrong,
        "sound": not wrong,
    }


def _copied(heads: Path | None, log: str) -> list[Any]:
    from ndoo.evidence.ledger.heads_folder import HeadsFolder

    if heads and not heads.is_dir():
        raise UsageFault("no-such-folder", "The folder of heads does not exist (--heads). Check the path.")
    said = setting("ledger_heads")
    return HeadsFolder(heads or (Path(said).expanduser() if said else data_folder() / "heads")).every(log)


def _sealed_by(heads: list[Any], signed_by: tuple[str, ...]) -> None:
    if signed_by and any(head.sealed_by not in signed_by for head in heads):
        raise UnfitData("ledger-sealed-by-other", "A head was sealed by another key than those you named.")

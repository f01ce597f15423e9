"""`ndoo ledger`: the log in which everything that is recorded stands, and what proves that nothing was changed."""

from __future__ import annotations

import click

from ndoo.cli.ledger_erase import erase
from ndoo.cli.ledger_export import export
from ndoo.cli.ledger_head import accept, head
from ndoo.cli.ledger_receipt import leaves, receipt
from ndoo.cli.ledger_verify import verify


@click.group(name="ledger")
def command() -> None:
    """The log in which everything that is recorded stands, and what proves that nothing was changed.

    Its heads are copied to the folder NDOO_LEDGER_HEADS (default: heads in the data folder). To protect from whoever
    administers the database, that folder must be other storage, which they cannot write.
    """


for subcommand in (head, export, verify, leaves, receipt, erase, accept):
    command.add_command(subcommand)

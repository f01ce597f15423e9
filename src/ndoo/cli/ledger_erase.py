"""`ndoo ledger erase`: one personal value, so that nobody can tell what it was, while every proof stands."""

from __future__ import annotations

import click

from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, speech_options
from ndoo.cli.register_session import entry, opened
from ndoo.domain.errors import UsageFault
from ndoo.domain.operating_system import account


@click.command(name="erase", short_help="Erase one personal value, by two people; every proof stands.")
@click.argument("leaf", metavar="LEAF")
@click.argument("value", metavar="VALUE")
@click.option("--item", type=click.IntRange(0), metavar="N", help="Which one, from 0, where the value is many.")
@click.option("--because", metavar="TEXT", help="Ask for it, and say why. The ledger keeps it in clear: name nobody.")
@click.option("--agree", is_flag=True, help="Agree to what another account has asked for, and erase it.")
@speech_options
def erase(
    leaf: str, value: str, item: int | None, because: str | None, agree: bool, as_json: bool, quiet: bool
) -> None:
    """Erase the VALUE of that name under LEAF (its key), as `ndoo ledger leaves` says them.

    One account asks, with --because; another agrees, with --agree, within 30 days. Its salt is thrown away, and the
    value where the ledger kept it; a leaf says that this was done. A value that is in an append-only table is gone
    once the owner of the database has blanked it there, which `ndoo ledger verify` then allows for that value alone.
    """
    if agree == (because is not None):
        raise UsageFault("ledger-erase-how", "Give either --because, to ask for it, or --agree, to agree to it.")
    with opened():
        from django.db import connection, transaction

        from ndoo.domain.nhs_number import names_somebody
        from ndoo.service.audit.entries import write
        from ndoo.service.ledger import erasure_approval
        from ndoo.service.ledger.erase_value import is_overwritten

        moment, by = now(), f"shell:{account()}"
        if because is not None and names_somebody(because):
            raise UsageFault("reason-identifies", "The reason holds what is a valid NHS number. Say it without.")
        with transaction.atomic():
            if because is not None:
                erasure_approval.ask(leaf, value, item, by, because, moment)
            else:
                erasure_approval.agree(leaf, value, item, by, moment)
            action = "ledger.erased" if agree else "ledger.erasure_asked"
            write(entry(action, leaf=leaf, value=value, item=item), moment)
        overwritten = agree and is_overwritten(connection)
    speech = Speech(as_json=as_json, quiet=quiet)
    if agree:
        speech.say("Erased. Nobody can tell any more what the leaf committed to; every proof stands.")
        speech.say("If the value is in a table too, the owner of the database has to blank it there.")
        if not overwritten:
            speech.say(
                "The database's files still hold it: SQLite's log until nobody reads, PostgreSQL's until VACUUM FULL."
            )
        speech.say("Backups that were made before still hold it, until they are deleted.")
    else:
        speech.say("Asked for. Nothing is erased until another account runs the same with --agree.")
    speech.answer({"leaf": leaf, "value": value, "item": item, "erased": agree, "overwritten": overwritten})

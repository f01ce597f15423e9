"""`ndoo statement [REGISTER]`"""

from __future__ import annotations

from pathlib import Path

import click

from ndoo.cli.governance_options import governance_options, look
from ndoo.cli.list_options import now
from ndoo.cli.output import Speech, echo, number, speech_options
from ndoo.cli.output_options import OutputForm, force_option, output_option
from ndoo.cli.own_files import refuse_own_files
from ndoo.cli.publication_options import PublicationWish, publication_options
from ndoo.cli.statement_files import StatementFiles, statement_files
from ndoo.domain.errors import UsageFault

PACK = OutputForm("an archive", (".zip",))
GAPS = 6


@click.command(name="statement")
@governance_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html", "json", "privacy-notice"]),
    help="Print the statement on stdout in this form. privacy-notice is the section for the organisation's notice.",
)
@force_option
@statement_files
@click.option("--for", "member", metavar="NAME", help="Which of the organisations that share the register (members).")
@publication_options
@output_option(
    "--evidence-pack",
    form=PACK,
    metavar="FILE.zip",
    help="Write the evidence for the Data Security and Protection Toolkit, with a check that anyone can run.",
)
@speech_options
def command(
    register: Path | None,
    findings: tuple[str, ...],
    scan_now: bool,
    evidence: tuple[str, ...],
    signed_by: tuple[str, ...],
    form: str | None,
    files: StatementFiles,
    member: str | None,
    wish: PublicationWish | None,
    evidence_pack: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """The compliance statement, made from the register and the evidence.

    It claims nothing that is not shown: what is missing is a gap, named on stderr, and the exit status is then 6.
    """
    from ndoo.assets.statement import make
    from ndoo.assets.statement_forms import FORMS

    refuse_own_files(evidence_pack, *files.named())
    if as_json and form not in (None, "json"):
        raise UsageFault("statement-forms", "--json prints the statement as JSON: leave --format out.")
    speech, moment = Speech(as_json=as_json or form == "json", quiet=quiet, aside=form in FORMS), now()
    if member and evidence_pack:
        raise UsageFault(
            "statement-for", "--for is about one of several organisations, an evidence pack about all: leave one out."
        )
    with speech.progress(0, "Joining what is known"):
        seen = look(register, findings, evidence, signed_by, moment, scan_now=scan_now)
    if member:
        seen = seen.of(member, moment)
    made = make(seen.known, seen.joined, seen.pack, moment)
    if wish:
        speech.say(wish.carry_out(moment, member or ""))
    if form in FORMS:
        echo(FORMS[form](made.document), err=False, nl=False)
    files.put(made, seen.known.register.organisation, seen.pack, moment)
    if evidence_pack:
        from ndoo.cli.statement_pack import write_pack

        write_pack(evidence_pack, seen, made, moment, kept=register is None)
    uses = len(made.document["uses"])
    speech.say(f"{made.document['claim_words']} {number(uses)} {'use' if uses == 1 else 'uses'}.")
    if made.gaps:
        speech.say(
            f"{number(len(made.gaps))} {'gap keeps' if len(made.gaps) == 1 else 'gaps keep'} it from being published:"
        )
        for gap in made.gaps:
            speech.say(f"  {f'{gap.id}  ' if gap.id else ''}{gap.because}")
    for written in (*files.named(), *([evidence_pack] if evidence_pack else ())):
        speech.note(f"Wrote {written}.")
    speech.answer(made.to_dict())
    return GAPS if made.gaps else 0

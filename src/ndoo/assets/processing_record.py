"""The record of processing activities that article 30 of the UK GDPR asks for, and the opt-out section of an impact assessment, out of the register."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from ndoo.assets.fields import ASSET, FLOW, fields
from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.assets.sheets import harmless
from ndoo.policy import Decision
from ndoo.policy.fields import fields as policy_fields
from ndoo.policy.markdown import escaped, markdown

NOT_SAID = "not said"
"""What stands where nobody said anything: never a blank, which would read as "none"."""


def article_30(register: Register) -> str:
    """The record as CSV: a row for each flow that has not ended, and for each asset from which none takes."""
    told = io.StringIO()
    rows = [dict(row) for row in _rows(register)]
    headings = list(dict(_activity(register, None, ())))
    out = csv.DictWriter(told, headings, lineterminator="\r\n")
    out.writeheader()
    out.writerows({name: harmless(text or NOT_SAID) for name, text in row.items()} for row in rows)
    return told.getvalue()


def dpia_section(register: Register, flow: Record, decision: Decision) -> str:
    """The opt-out section of a flow's data protection impact assessment, in Markdown: its facts, the answer and the reasons."""
    taken = tuple(register.assets[name] for name in flow.texts("assets"))
    rows = {**dict(_activity(register, flow, taken)), **dict(_facts(flow))}
    lines = [
        f"# The national data opt-out: {escaped(flow.text('name'))}",
        "",
        "For the data protection impact assessment of this use. What nobody said is for the assessment to find.",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {name} | {escaped(text or NOT_SAID)} |" for name, text in rows.items()),
        "",
    ]
    return "\n".join(lines) + "\n" + re.sub("^#", "##", markdown(decision), flags=re.MULTILINE)


def _rows(register: Register) -> Iterator[Iterator[tuple[str, str]]]:
    live = [flow for flow in register.flows.values() if flow.text("status") != "ended"]
    for flow in live:
        yield _activity(register, flow, tuple(register.assets[name] for name in flow.texts("assets")))
    taken = {name for flow in live for name in flow.texts("assets")}
    for asset in register.assets.values():
        if asset.id not in taken:
            yield _activity(register, None, (asset,))


def _activity(register: Register, flow: Record | None, assets: tuple[Record, ...]) -> Iterator[tuple[str, str]]:
    """The columns of one processing activity, in the order of article 30(1)."""
    who = register.organisation

    def of_it(name: str) -> str:
        return who.text(name) if who else ""

    def of_flow(name: str) -> str:
        return _plain(flow, name) if flow else ""

    def of_assets(name: str) -> str:
        return "; ".join(dict.fromkeys(filter(None, (_plain(asset, name) for asset in assets))))

    fact = flow.facts.text if flow else lambda _: ""
    contact = ", ".join(filter(None, (of_it(name) for name in ("email", "phone", "address"))))
    yield "Reference", flow.id if flow else of_assets("id")
    yield "Activity", of_flow("name") or of_assets("name")
    yield "Assets", of_assets("id")
    yield "Organisation", "; ".join(flow.texts("members") if flow else ()) or of_it("name")
    yield "Contact", contact
    yield "Data protection officer", of_it("dpo")
    yield "Controller or processor", of_assets("role")
    yield "Controller", fact("controller") or of_assets("controller")
    yield "Processor and contract", of_assets("processor")
    yield "Purpose", ": ".join(filter(None, (_value("purpose", fact("purpose")), fact("purpose_detail"))))
    yield "Categories of individuals", of_assets("subjects")
    yield "Categories of personal data", of_flow("data_types") or of_assets("contents")
    yield "Recipients", fact("recipient")
    yield "Transfers abroad and safeguard", of_assets("abroad")
    yield "Retention", of_assets("retention")
    yield "Retention by the recipient", of_flow("retention")
    yield "Security measures", of_assets("security")
    yield "Source of the data", of_assets("source")
    yield "UK GDPR Article 6 basis", of_flow("article_6") or of_assets("article_6")
    yield "UK GDPR Article 9 condition", of_flow("article_9") or of_assets("article_9")
    yield "DPIA reference", of_flow("dpia_reference") or of_assets("dpia_reference")
    yield "Agreement and its owner", " ".join(filter(None, (of_flow("agreement"), of_flow("agreement_owner"))))


def _facts(flow: Record) -> Iterator[tuple[str, str]]:
    """What else an impact assessment asks of the opt-out: the facts on which the answer rests."""
    yield "Number of people", flow.text("volume")
    yield "How it is sent, and how often", ", ".join(filter(None, (flow.text("transfer"), _plain(flow, "frequency"))))
    for name, field in policy_fields().items():
        if (field.decides and name not in ("as_of", "purpose")) or name == "data.from_gp_record":
            yield field.ask, _value(name, flow.facts.said.get(name, ""))


def _plain(record: Record, name: str) -> str:
    """A field in words: the reference of a choice with what it says."""
    said = record.text(name)
    words = fields(FLOW if record.kind == FLOW else ASSET)[name].values.get(said, "")
    return f"{said}, {words}" if words and said[:1].isdigit() else words or said


def _value(name: str, said: object) -> str:
    if isinstance(said, bool):
        return "yes" if said else "no"
    return policy_fields()[name].values.get(str(said), str(said))

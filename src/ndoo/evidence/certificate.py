"""The certificate of a release: what its sealed manifest says, in words, as text and as a page to print.

Whoever wrote the manifest, nothing of it is believed here but what the seal shows; `ndoo verify` looks at the release itself. Every
value is shown as text on one line, with no sign that a terminal or a browser obeys and no NHS number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ndoo.domain.errors import UnfitData
from ndoo.domain.held_reasons import why_held
from ndoo.domain.nhs_number import masked
from ndoo.domain.plurals import counted, were
from ndoo.evidence.document import DocumentPart, JsonObject
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release import kind_of
from ndoo.evidence.rounded_counts import is_rounded
from ndoo.evidence.seal import check_seal

Lines = tuple[tuple[str, str], ...]
"""What a value is, and the value."""
_NOTE = "This is what the sealed manifest says. ndoo verify checks the release itself against it, and against a list."
ROUNDED = "what was read, removed and held back: 0 is 0 to 7, more is the nearest 5. What was kept is exact."
_STYLE = (
    "body{font:16px/1.5 Arial,sans-serif;color:#212b32;max-width:46em;margin:2em auto;padding:0 1em}h1{font-size:1.8em}"
    "h2{font-size:1.2em;margin:1.5em 0 .3em}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:.4em .8em .4em 0;border-bottom:1px solid #d8dde0;overflow-wrap:anywhere}th{width:14em;font-weight:600}"
    ".no{color:#d5281b;font-weight:700}@media print{body{margin:0;max-width:none;font-size:10pt;line-height:1.3}h2{margin:.8em 0 .2em;break-after:avoid}"
    "th,td{padding-top:.2em;padding-bottom:.2em}tr{break-inside:avoid}}"
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A release in words.

    Args:
        sealed_by: the public key whose seal fits; None where the manifest was changed after it was sealed.
    """

    name: str
    sealed_by: str | None
    sentences: tuple[str, ...]
    sections: tuple[tuple[str, Lines], ...]

    def as_text(self) -> list[str]:
        """Lines for a terminal."""
        width = max(len(name) for _, lines in self.sections for name, _ in lines)
        told = [f"Certificate of {self.name}", "", *self.sentences]
        for heading, lines in self.sections:
            told += ["", heading, *(f"  {name.ljust(width)}  {value}" for name, value in lines)]
        return [*told, "", _NOTE]

    def as_section(self) -> str:
        """The same as part of a page."""
        tables = "".join(
            f"<h2>{escape(heading)}</h2><table>"
            + "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in lines)
            + "</table>"
            for heading, lines in self.sections
        )
        broken = "" if self.sealed_by else '<p class="no">The seal is broken: do not use this release.</p>'
        plain = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences)
        return f"<h1>Certificate of {escape(self.name)}</h1>{broken}{plain}{tables}<p>{escape(_NOTE)}</p>"

    def as_document(self) -> JsonObject:
        """The same for machines."""
        sections = {heading: dict(lines) for heading, lines in self.sections}
        return {
            "name": self.name,
            "sealed_by": self.sealed_by,
            "sentences": list(self.sentences),
            "certificate": sections,
        }


def page(certificates: Sequence[Certificate], unread: Sequence[tuple[str, str]] = ()) -> str:
    """One page with all of them, which needs no other file and no network.

    Args:
        unread: what was asked for beside them and cannot be read as a release, and why.
    """
    refused = "".join(
        f'<tr><th scope="row">{escape(_said(name))}</th><td>{escape(_said(why))}</td></tr>' for name, why in unread
    )
    without = (
        f'<h1>Without a certificate</h1><p class="no">Do not use these.</p><table>{refused}</table>' if refused else ""
    )
    return (
        '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Certificate of release</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(certificate.as_section() for certificate in certificates)
        + without
        + "\n</body>\n</html>\n"
    )


def certificate_of(name: str, manifest: ReleaseManifest, signer: str | None) -> Certificate:
    """The certificate of a release.

    Args:
        signer: the name under which the key of the seal is known here; None where it is not.
    """
    try:
        sealed_by: str | None = check_seal(manifest.document)
    except UnfitData:
        sealed_by = None
    sections: list[tuple[str, Lines]] = [
        ("Release", _release(manifest)),
        ("Counts", _counts(manifest)),
        ("Opt-outs", _opt_outs(manifest)),
        ("Seal", _seal(manifest, sealed_by, signer)),
    ]
    if warnings := manifest.warnings:
        sections.append(("Warnings", tuple((warned.code, _said(warned.message)) for warned in warnings)))
    return Certificate(_said(name), sealed_by, _sentences(manifest), tuple(sections))


def _sentences(manifest: ReleaseManifest) -> tuple[str, ...]:
    """What came of the rows, for whoever reads nothing else."""
    rows, people = map(manifest.whole.part, ("rows", "people"))
    reasons = _reasons(rows)
    held, removed = sum(_whole(many) for many in reasons.values()), rows.said("removed")
    about = " (rounded)" if is_rounded(manifest.document) else ""
    told = [
        f"{_counted(rows.said('read'), 'row')} {were(_whole(rows.said('read')))} read from {_said(manifest.whole.part('input').said('name'))}{about}: "
        f"{_count(rows.said('kept'))} kept, {_count(removed)} removed, {_count(held)} held back."
    ]
    if manifest.nobody_had_to_go:
        what = " for the national data opt-out" if manifest.type1_applied else ""
        told.append(
            f"Nobody was removed{what}, because it was decided that {'it' if what else 'the opt-out'} does not apply to this flow."
        )
    if removed and (manifest.type1_applied or not manifest.nobody_had_to_go):
        which = "a Type 1 opt-out" if manifest.nobody_had_to_go else "an opt-out"
        told.append(
            f"{_counted(removed, 'row')} of {_counted(people.said('removed'), 'person')} {were(_whole(removed))} removed "
            f"because of {which}."
        )
    if held:
        told.append(f"{counted(held, 'row')} {were(held)} held back: {_said(why_held(reasons))}.")
    return tuple(told)


def _reasons(rows: DocumentPart) -> JsonObject:
    """Of the rows that were held back, how many for which reason."""
    told = rows.part_if_any("held")
    return told.members if told else {}


def _release(manifest: ReleaseManifest) -> Lines:
    source, output, columns = map(manifest.whole.part, ("input", "output", "columns"))
    said = columns.said("ignored")
    ignored = said if isinstance(said, list) else []
    nobodys = manifest.leads_to_nobody
    return (
        ("Made", _said(manifest.whole.said("created"))),
        ("By", f"ndoo {_said(manifest.whole.said('ndoo'))}"),
        ("From", _said(source.said("name"))),
        ("Kind", str(kind_of(manifest))),
        ("Format", _said(output.said("format"))),
        ("SHA-256", _said(output.said("sha256"))),
        ("NHS number column", _said(columns.said("nhs_number"))),
        *((("Left as they are", ", ".join(map(_said, ignored))),) if ignored else ()),
        *((("Said to lead to nobody", ", ".join(map(_said, nobodys))),) if nobodys else ()),
    )


def _counts(manifest: ReleaseManifest) -> Lines:
    rows, people = map(manifest.whole.part, ("rows", "people"))
    held = _reasons(rows)
    held_rows = counted(sum(map(_whole, held.values())), "row")
    lines = (
        *(
            (word, f"{_counted(rows.said(key), 'row')}, {_counted(people.said(key), 'person')}")
            for word, key in (("Read", "read"), ("Kept", "kept"), ("Removed", "removed"))
        ),
        ("Held back", f"{held_rows}, {_counted(people.said('held'), 'person')}"),
        *((f"  {_said(reason)}", _counted(many, "row")) for reason, many in held.items()),
        *_without_number(manifest),
    )
    return (*lines, ("Rounded", ROUNDED)) if is_rounded(manifest.document) else lines


def _without_number(manifest: ReleaseManifest) -> Lines:
    """Rows that stayed although they name nobody, and why they may."""
    policy = manifest.whole.part_if_any("undecided")
    if policy is None or policy.said("mode") != "keep-missing":
        return ()
    return (
        ("Kept without an NHS number", _counted(manifest.whole.part("rows").said("kept_without_number"), "row")),
        ("  because", _said(policy.said("justification"))),
    )


def _opt_outs(manifest: ReleaseManifest) -> Lines:
    listed, type1 = map(manifest.whole.part_if_any, ("list", "type1"))
    lines = list[tuple[str, str]]()
    if listed:
        meaning = {"allowed": "only people on it are kept", "opted_out": "people on it are removed"}
        polarity = str(listed.said("polarity"))
        lines += [
            ("National opt-out", "applied"),
            ("List", f"{_said(listed.said('source'))}, {meaning.get(polarity, _said(polarity))}"),
            ("List checked", f"{_said(listed.said('checked_at'))}, {_counted(listed.said('age_days'), 'day')} before"),
            ("People on the list", _count(listed.said("numbers"))),
        ]
    elif manifest.nobody_had_to_go:
        lines.append(("National opt-out", "does not apply to this flow, by the decision in the manifest"))
    else:
        lines.append(("National opt-out", "NOT applied: no list was named"))
    if type1:
        lines.append(("Type 1 opt-out", "applied" if type1.said("applied") is True else "not applied, by law"))
    return tuple(lines)


def _seal(manifest: ReleaseManifest, sealed_by: str | None, signer: str | None) -> Lines:
    if sealed_by is None:
        return (
            ("Seal", "BROKEN: the manifest was changed after it was sealed, or has no seal. Do not use this release."),
        )
    return (
        (
            "Sealed by",
            signer or "a key that nobody here knows: ask the sender for it, by another way than the release came",
        ),
        ("Public key", sealed_by),
        ("Signature", _said(manifest.whole.part("seal").said("signature"))),
    )


def _whole(value: object) -> int:
    return value if type(value) is int else 0


def _counted(value: object, noun: str) -> str:
    return counted(value, noun) if type(value) is int else _said(value)


def _count(value: object) -> str:
    return f"{value:,}" if type(value) is int else _said(value)


def _said(value: object) -> str:
    """Anything that stands in a manifest as one line of plain text."""
    text = "not said" if value is None else str(value)
    return masked("".join(sign if sign.isprintable() else "?" for sign in text))

"""`ndoo show RELEASE`: the certificate of a release, as text and as a page to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ndoo.cli.output import Speech, speech_options
from ndoo.cli.output_options import PAGE, OutputForm, force_option, output_option
from ndoo.cli.signer import signer_of

if TYPE_CHECKING:
    from ndoo.evidence.manifest import ReleaseManifest

MANIFEST = OutputForm("a manifest", (".json", ".manifest.json"))
BROKEN = 3


@click.command(name="show")
@click.argument("releases", nargs=-1, metavar="RELEASE…")
@output_option("--html", form=PAGE, metavar="FILE", help="Write the certificate as a page to print too.")
@output_option(
    "--check",
    form=PAGE,
    metavar="FILE",
    help="Write the page with which a recipient checks a release in a browser, without installing anything. Needs no RELEASE.",
)
@output_option(
    "--to-send",
    form=MANIFEST,
    metavar="FILE",
    help="Write the manifest of one RELEASE, sealed anew, with the counts of what stayed behind rounded: 0 to 7 as 0, more to the nearest 5.",
)
@force_option
@speech_options
def command(
    releases: tuple[str, ...], html: Path | None, check: Path | None, to_send: Path | None, as_json: bool, quiet: bool
) -> int:
    """The certificate of a RELEASE: what was released, when, by which list, the counts, and whose seal it is.

    RELEASE is a released file or folder, its manifest alone, a folder that holds releases, or a database (ADDRESS for all of them,
    ADDRESS#TABLE for one). It shows what the manifest says; `ndoo verify` checks the release. Exit status 3 where a seal is broken,
    or a manifest cannot be read.
    """
    from ndoo.domain.errors import UnfitData
    from ndoo.evidence.certificate import certificate_of, page
    from ndoo.evidence.check_page import check_page
    from ndoo.policy.write_flow import put
    from ndoo.upholding.found_releases import find_some

    if not releases and (html or to_send or not check):
        raise click.UsageError("Missing argument 'RELEASE…'.")
    speech = Speech(as_json=as_json, quiet=quiet)
    if check:
        put(check, check_page().html)
        speech.note(f"Wrote {check}. It can be sent with a release, and opened in any browser.")
    if not releases:
        speech.answer({"releases": [], "unclear": []})
        return 0
    found = find_some(releases)
    if len(releases) == 1 and not (found.releases or found.copies) and (error := found.unclear[0].error):
        raise type(error)(error.code, f"{found.unclear[0].name}: {error.sentence}")
    if to_send:
        _send([one.manifest for one in (*found.releases, *found.copies)], to_send)
        speech.note(f"Wrote {to_send}. Send it in the place of the manifest, and keep the manifest.")
    certificates = []
    for one in (*found.releases, *found.copies):
        key = one.manifest.sealed_under
        signer = signer_of(key, None) if key else None
        certificates.append(certificate_of(one.name, one.manifest, signer.name if signer else None))
    for certificate in certificates:
        for line in certificate.as_text():
            speech.say(line)
        speech.say()
    for unclear in found.unclear:
        code = f" [{unclear.code}]" if unclear.code else ""
        speech.say(f"{unclear.name}: {unclear.because}{code}", always=True)
    if html and not certificates:
        raise UnfitData(
            "certificate-of-nothing",
            "Nothing of what was named can be read as a release, so no page was written. Check what you named.",
        )
    if html:
        put(html, page(certificates, [(one.name, one.because) for one in found.unclear]))
        speech.note(f"Wrote {html}.")
    speech.answer(
        {
            "releases": [certificate.as_document() for certificate in certificates],
            "unclear": [{"name": one.name, "because": one.because, "code": one.code} for one in found.unclear],
        }
    )
    return BROKEN if found.unclear or not all(certificate.sealed_by for certificate in certificates) else 0


def _send(manifests: list[ReleaseManifest], to_send: Path) -> None:
    from ndoo.domain.errors import NotPermitted, UnfitData
    from ndoo.domain.settings import data_folder
    from ndoo.evidence.manifest import written
    from ndoo.evidence.rounded_counts import with_rounded_counts
    from ndoo.evidence.seal import check_seal, load_sealer, own_public_keys
    from ndoo.policy.write_flow import put_bytes

    if len(manifests) != 1:
        raise click.UsageError("--to-send goes with one RELEASE.")
    (manifest,) = manifests
    if check_seal(manifest.document) not in own_public_keys(data_folder()):
        raise NotPermitted(
            "manifest-of-others",
            "Another account sealed this manifest, and only that one can seal a copy of it. Ask whoever released it.",
        )
    try:
        made = with_rounded_counts(manifest)
    except (TypeError, LookupError, AttributeError):
        raise UnfitData("manifest-description", "The manifest's description of the file cannot be read.") from None
    put_bytes(to_send, written(load_sealer(data_folder()).seal(made.document)))

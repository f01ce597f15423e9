"""Several releases in one folder: all of them get their names, or none.

Each is made, verified and sealed in a draft folder first. Where the folder is new or empty, the draft becomes it by one rename.
Where it holds other files, each release is renamed into it, its manifest before it, and taken away again if one cannot be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import masked
from ndoo.evidence.earlier_outputs import earlier_file
from ndoo.evidence.manifest import manifest_path
from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.publication.folder_publication import FolderPublication
from ndoo.upholding.publication.output_paths import same
from ndoo.upholding.publication.publish import OutputTerms, Publication

_DRAFTS = ".ndoo-several"
"""Stands for the draft folder inside a folder that holds other files; nothing is ever called so."""


@contextmanager
def drafted_together(folder: Path, names: Sequence[str], inputs: Sequence[Path], terms: OutputTerms) -> Iterator[Path]:
    """The folder in which the releases are made; they appear under `folder` at the end of the block.

    Args:
        names: of the releases; their manifests go with them.
        inputs: what must not be written over.

    Raises:
        UsageFault: two releases have one name, one would overwrite an input, or something else than an older release.
        NotPermitted, Fault: the machine refused.
    """
    if len({name.casefold() for name in names}) != len(names):
        raise UsageFault(
            "outputs-same",
            "Two inputs have the same name, so that their releases would too. Rename one, or name it once if it is the same file.",
        )
    outputs = [folder / name for name in names]
    for output in outputs:
        if any(same(place, path) for path in inputs for place in (output, manifest_path(output))):
            raise UsageFault("output-is-input", f"{masked(str(output))} is an input. Name another folder.")
    pairs = [(manifest_path(output), output) for output in outputs]
    every = [path for pair in pairs for path in pair]
    if not (folder.is_dir() and any(folder.iterdir())):
        with FolderPublication(folder, terms=terms) as publication:
            draft = publication.draft(folder)
            yield draft.path
            draft.files = dict.fromkeys(path.name for path in (every if not terms.dry_run else ()))
            draft.named = draft.files
            if not terms.dry_run:
                publication.publish()
        return
    with (
        Publication(*every, replaceable=earlier_file(ReleaseKind.FILE, ReleaseKind.FHIR), terms=terms) as named,
        FolderPublication(folder / _DRAFTS, terms=terms) as publication,
    ):
        draft = publication.draft(folder / _DRAFTS)
        yield draft.path
        if not terms.dry_run:
            for path in every:
                named.adopt(path, draft.path / path.name)
            named.publish()

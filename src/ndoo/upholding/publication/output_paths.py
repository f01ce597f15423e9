"""Refuses outputs that would take the place of an input or of each other, and names that hold somebody's NHS number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ndoo.domain.errors import UsageFault
from ndoo.domain.machine_faults import refuse_folder
from ndoo.domain.nhs_number import masked, names_somebody
from ndoo.evidence.manifest import manifest_path

if TYPE_CHECKING:
    from ndoo.upholding.request import FileRequest


def judge_names(*paths: Path | None) -> None:
    """Raises UsageFault where a name holds an NHS number."""
    for path in paths:
        if path is not None and names_somebody(path.name):
            raise UsageFault(
                "name-identifies",
                "A file's name holds what is a valid NHS number. Rename it: names travel with the file.",
            )


def judge_paths(request: FileRequest) -> None:
    """Raises UsageFault where an output would take the place of an input or of another output, or a name names somebody."""
    judge_names(request.input, request.output, request.held)
    for path in (request.output, request.held, request.shape):
        if path is not None:
            refuse_folder(path)  # before a manifest is named beside it, which "." has no name for
    outputs = [p for p in (request.output, manifest_path(request.output), request.held, request.shape) if p is not None]
    refuse_overwriting(outputs, [request.input, *request.other_inputs])


def refuse_overwriting(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Raises UsageFault where an output would take the place of an input or of another output."""
    for output in outputs:
        if any(same(output, path) for path in inputs):
            raise UsageFault("output-is-input", f"{masked(str(output))} would overwrite an input. Name another output.")
    if len({p.parent.resolve() / p.name for p in outputs}) != len(outputs):
        raise UsageFault(
            "outputs-same",
            f"Two outputs would be the same file, {masked(str(outputs[-1]))}. Give --held, --shape and -o names of their own.",
        )


def same(one: Path, other: Path) -> bool:
    """Do two paths lead to one file?"""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()


def judge_folders(request: FileRequest) -> None:
    """Raises UsageFault where folders stand in each other, a list in an output, or a name names somebody."""
    judge_names(request.input, request.output, request.held)
    places = [request.input, request.output, *([request.held] if request.held else [])]
    for at, one in enumerate(places):
        for other in places[at + 1 :]:
            mine, theirs = one.resolve(), other.resolve()
            if mine != theirs and mine not in theirs.parents and theirs not in mine.parents:
                continue
            if other is request.held:
                raise UsageFault(
                    "folders-within",
                    "The folder of --held must be neither the input folder nor the output folder, nor inside one of them, nor around it. "
                    "Name a folder beside them.",
                )
            raise UsageFault(
                "folders-within",
                "The output folder must not be the input folder, inside it, or around it. Name a folder beside it.",
            )
    for path in request.other_inputs:
        if any(same(path, place) or place.resolve() in path.resolve().parents for place in places[1:]):
            raise UsageFault("output-is-input", "The output would overwrite an input. Name another output.")
    if request.shape and any(place.resolve() in request.shape.resolve().parents for place in places):
        raise UsageFault("shape-within", "The pinned shape stands beside the folders, not in one of them.")

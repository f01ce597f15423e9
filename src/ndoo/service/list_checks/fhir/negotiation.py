"""What a FHIR client wants besides the resource: the format, how strict to be, and how much: `Accept`, `Prefer`, `_count`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.http import HttpRequest

from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.list_checks.fhir.bundles import PAGE
from ndoo.service.list_checks.fhir.words import FhirRelease

JSON = "application/fhir+json"
KINDS = (JSON, "application/json", "application/json+fhir", "text/json")
_FORMATS = ("json", *KINDS)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def judge_format(request: HttpRequest, release: FhirRelease) -> None:
    """JSON of this release is accepted.

    Raises:
        Problem: it is not (406): XML and Turtle are not served.
    """
    said = request.GET.get("_format")
    if said is not None:
        fits = said.strip().lower().replace(" ", "+") in _FORMATS  # a plus in an address stands for a space
    else:
        accept = request.headers.get("Accept", "*/*")
        fits = not accept.strip() or any(_accepted(one, release) for one in accept.split(","))
    if not fits:
        raise HTTPProblem(406, "fhir-format", f"Resources are served as {JSON} of FHIR {release.version} only.")


def _accepted(one: str, release: FhirRelease) -> bool:
    kind, *parameters = (part.strip().lower() for part in one.split(";"))
    said = dict(part.split("=", 1) for part in parameters if "=" in part)
    version = said.get("fhirversion", "").strip('"')
    if version not in ("", release.version, release.version.rpartition(".")[0]) or _refused(said.get("q", "1")):
        return False
    return kind in (*KINDS, "*/*", "application/*")


def _refused(quality: str) -> bool:
    return bool(re.fullmatch(r"0(\.0*)?", quality, re.ASCII))


def known_only(given: Mapping[str, str], known: tuple[str, ...], request: HttpRequest) -> dict[str, str]:
    """The parameters that are known. Others are ignored with `Prefer: handling=lenient` alone: one that narrows a search
    would be taken for answered.

    Raises:
        Problem: there are others (400).
    """
    lenient = bool(re.search(r"(?:^|[,;\s])handling\s*=\s*\"?lenient\b", request.headers.get("Prefer", ""), re.I))
    if set(given) <= {*known, "_format"} or lenient:
        return {name: value for name, value in given.items() if name in known}
    raise HTTPProblem(400, "search-parameter", "A parameter is not known here. Prefer: handling=lenient leaves it out.")


def whole(given: Mapping[str, str], name: str, default: int) -> int:
    """A parameter that counts something.

    Raises:
        Problem: it is no whole number (400).
    """
    said = given.get(name)
    if said is None:
        return default
    if not _NUMBER.fullmatch(said):
        raise HTTPProblem(400, "search-parameter", f"{name} is a whole number.")
    return int(said)


def page_size(given: Mapping[str, str]) -> int:
    """How many versions a page may have."""
    return min(whole(given, "_count", PAGE), PAGE)

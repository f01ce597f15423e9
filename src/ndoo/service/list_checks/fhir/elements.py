"""The parts of a Consent that say whether it is the national data opt-out: each is judged here, and what is not known is refused.

A Consent about research, treatment or resuscitation has the same type and the same words. Only these elements tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from ndoo.domain.nhs_number import names_somebody
from ndoo.service.api_clients.problems import HTTPProblem

Coding = tuple[str, str]
"""The system and the code."""

SENT_BACK = {"versionId", "lastUpdated", "source", "profile"}
"""What may stand in `meta`. A security label or a tag (HTEST: made up; SUBSETTED: parts left out) is refused."""

_IN_USE = ("usual", "official")
_RELATED = re.compile(r"(?:https://[A-Za-z0-9.:/_-]{1,120}/)?RelatedPerson/[A-Za-z0-9.-]{1,64}", re.ASCII)


def unfit(code: str, sentence: str, element: str) -> HTTPProblem:
    """422: the resource is well-formed, and does not say one choice plainly. `element` is the FHIRPath of what is wrong."""
    return HTTPProblem(422, code, sentence, element=element)


def only(given: Mapping[str, Any], known: Collection[str], element: str) -> None:
    """Raises Problem where something stands there that is not known: it might change the meaning."""
    unknown = sorted(name for name in given if name not in known)
    if unknown:
        name = unknown[0] if re.fullmatch(r"[A-Za-z]{1,40}", unknown[0]) else ""
        raise unfit(
            "consent-more",
            "The Consent says more than one choice: leave out what is not in the description.",
            f"{element}.{name}" if name else element,
        )


def judge_meta(given: Any, profiles: Collection[str], *, needed: bool) -> None:
    """The profile is this one, and no label says that the resource is a test or not whole.

    Raises:
        Problem: it is not.
    """
    if given is None and not needed:
        return
    if not isinstance(given, dict):
        raise unfit("consent-profile", "meta.profile names the profile of the opt-out.", "Consent.meta.profile")
    for name in given:
        if name not in SENT_BACK:
            shown = name if name in ("security", "tag") else "extension"
            raise unfit(
                "consent-label",
                "A label in meta may say that the Consent is a test, or not whole: leave it out.",
                f"Consent.meta.{shown}",
            )
    said = given.get("profile", [])
    if not isinstance(said, list) or (needed and not said) or not all(one in profiles for one in map(str, said)):
        raise unfit(
            "consent-profile", "meta.profile names another profile than that of the opt-out.", "Consent.meta.profile"
        )


def judge_concept(given: Any, accepted: Coding, code: str, sentence: str, element: str) -> None:
    """A CodeableConcept with this coding and no other.

    Raises:
        Problem: it is not one.
    """
    codings = given.get("coding") if isinstance(given, dict) and set(given) <= {"coding", "text", "id"} else None
    if not isinstance(codings, list) or not codings or any(coding_of(one) != accepted for one in codings):
        raise unfit(code, sentence, element)


def coding_of(given: Any) -> Coding | None:
    """The system and code of a Coding; None where it says more, or is none."""
    if not isinstance(given, dict) or not set(given) <= {"system", "code", "display", "version", "userSelected"}:
        return None
    return str(given.get("system")), str(given.get("code"))


def judge_policy(given: Any, uri: str) -> None:
    """One policy, the national opt-out's.

    Raises:
        Problem: none, several, or another.
    """
    if given != [{"uri": uri}]:
        raise unfit("consent-policy", "policy names the national data opt-out, and nothing else.", "Consent.policy")


def judge_identifier(given: Any, system: str, now: datetime, place: str) -> str:
    """The value of an identifier that is in use now.

    Raises:
        Problem: it is of another system, was replaced, or says more.
    """
    if not isinstance(given, dict) or given.get("system") != system:
        raise unfit("consent-patient", "The patient is named by a valid NHS number.", place)
    only(given, {"system", "value", "use", "period"}, place)
    if given.get("use", "official") not in _IN_USE:
        raise unfit("consent-patient", "The identifier's use says that it is not the number in use.", f"{place}.use")
    if "period" in given and not _covers(given["period"], now):
        raise unfit("consent-patient", "The identifier's period does not cover this moment.", f"{place}.period")
    return str(given.get("value"))


def _covers(period: Any, now: datetime) -> bool:
    if not isinstance(period, dict) or not period or not set(period) <= {"start", "end"}:
        return False
    return _order(period.get("start", "0001"), now) in (-1, 0) and _order(period.get("end", "9999"), now) in (0, 1)


def _order(said: Any, now: datetime) -> int | None:
    """-1 where it is past, 1 where it is yet to come, 0 where it is now: a date is a whole day, a year a whole year.
    None where it cannot be read, or has a time without a zone."""
    if isinstance(said, str) and re.fullmatch(r"\d{4}(-\d\d){0,2}", said, re.ASCII):
        today = now.isoformat()[: len(said)]
        return (said > today) - (said < today)
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError):
        return None
    return (at > now) - (at < now) if at.tzinfo else None


def related_person(given: Any) -> str | None:
    """The reference of a RelatedPerson, empty where only its type is said; None where it is somebody or something else.

    A reference that holds an NHS number is none: it would be kept, and shown.
    """
    if not isinstance(given, dict) or not set(given) <= {"reference", "type", "display"}:
        return None
    kind, reference = given.get("type", "RelatedPerson"), given.get("reference", "")
    if kind != "RelatedPerson" or not isinstance(reference, str) or not (reference or "type" in given):
        return None
    if reference and (not _RELATED.fullmatch(reference) or names_somebody(reference)):
        return None
    return reference

"""The decision procedure once more, written out by hand from the policy: the second opinion on the engine.

It shares neither code nor data with ndoo.policy: the exemptions come from the table of cases/exemptions.json, and the bodies
that treat nobody from that of cases/bodies.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"
EXEMPTIONS = {entry["id"]: entry for entry in json.loads((CASES / "exemptions.json").read_text(encoding="utf-8"))}
SET_ASIDE_ORIGINS = ("childrens_social_care", "outside_england", "private_care_private_premises")
Step = tuple[bool | None, str, str]


def by_hand(flow: Mapping[str, Any], day: date) -> tuple[str, str]:
    """Outcome and code for a flow given as dotted fields."""
    aside = set()
    for met, outcome, code in steps(flow, day):
        if met:
            return (outcome, code) if aside <= {outcome} else ("review", "R-MISSING")
        if met is None:
            aside.add(outcome)
    raise AssertionError("the last rule always answers")


def steps(f: Mapping[str, Any], day: date) -> Iterator[Step]:
    """Every rule in order: met, its outcome, its code."""
    get = f.get
    gateway = get("gateway.kind")
    if (get("gateway.valid_from") and day < get("gateway.valid_from")) or (
        get("gateway.valid_to") and day > get("gateway.valid_to")
    ):
        gateway = "none"
    evidence, citation = bool(get("gateway.evidence")), bool(get("gateway.citation"))
    origin = get("origin")
    yield day < date(2018, 5, 25), "review", "R-DATE"
    yield (None if origin is None else origin in SET_ASIDE_ORIGINS), "does_not_apply", "N-ORIGIN"
    yield individual_care(f, gateway, day), "does_not_apply", "N-CARE"
    yield not_cpi(f), "does_not_apply", "N-NOTCPI"
    yield anonymised(f), "does_not_apply", "N-ANON"
    covers = get("gateway.consent_covers_this_use")
    if covers is not False:
        consent = here(gateway, "explicit_consent")
        yield (consent and (True if covers else None) if evidence else False), "does_not_apply", "N-CONSENT"
        yield (consent if not evidence else False), "review", "R-MISSING"
    duty, court = here(gateway, "statutory_duty"), here(gateway, "court_order")
    yield (duty if citation else False), "does_not_apply", "N-LAW"
    yield (court if citation or evidence else False), "does_not_apply", "N-LAW"
    yield (duty if not citation else False), "review", "R-MISSING"
    yield (court if not citation and not evidence else False), "review", "R-MISSING"
    yield ended(f, gateway, day), "review", "R-ENDED"
    yield here(gateway, "regulation_3"), "does_not_apply", "N-REG3"
    interest = here(gateway, "public_interest")
    yield (interest if evidence else False), "does_not_apply", "N-OPI"
    yield (interest if not evidence else False), "review", "R-MISSING"
    yield from named(f, gateway, day)
    supported = None if gateway is None else gateway in ("regulation_2", "regulation_5")
    condition = get("gateway.optout_condition", "standard")
    yield (supported if condition == "does_not_apply" and evidence else False), "does_not_apply", "N-CAG"
    yield (supported if condition == "alternative_optout" and evidence else False), "does_not_apply", "N-CAG"
    number = get("data.nhs_number")
    if number in (None, "absent_disproportionate"):
        yield (supported if number else supported and None), "does_not_apply", "N-NHSNO"
    yield unnamed(f, supported, gateway, day), "review", "R-UNNAMED"
    yield called_care(f, gateway, day), "review", "R-UNNAMED"
    yield supported, "applies", "A-S251"
    yield sought_as_care(f, gateway), "review", "R-NO-GATEWAY"
    yield sent_as_care(f, gateway), "review", "R-NO-GATEWAY"
    yield True, "review", "R-NO-GATEWAY"


def here(gateway: str | None, kind: str) -> bool | None:
    return None if gateway is None else gateway == kind


CARE = ("individual_care", "screening", "research_recruitment", "local_audit", "incident_review", "patient_feedback")
BODIES: dict[str, list[str]] = json.loads((CASES / "bodies.json").read_text(encoding="utf-8"))
CERTAIN = ("boards", "their suppliers", "national bodies", "networks", "councils", "insurers")


def individual_care(f: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    purpose, kind = f.get("purpose"), f.get("kind")
    if purpose is not None and purpose not in CARE:
        return False
    if national(f, gateway, day) or (purpose in ("individual_care", "screening", None) and finds_cases(f)):
        return False
    if gives_no_care(f):
        return False
    if purpose == "individual_care":
        return True
    if purpose is None:
        return None
    implied = here(gateway, "implied_consent")
    if purpose == "screening":
        return implied
    if kind not in (None, "internal_use") or implied is False or treats_nobody(f):
        return False
    return None if kind is None or implied is None else True


def treats_nobody(f: Mapping[str, Any]) -> bool:
    """Is it a board, its supplier, a council or the national body that decides, or that receives more than totals?"""

    def body(text: str) -> bool:
        certain = any(any_of(text, BODIES[kind]) for kind in CERTAIN)
        return certain or any_of(text, BODIES["doubtful"], BODIES["others of that name"])

    controller, recipient = str(f.get("controller", "")), str(f.get("recipient", ""))
    if body(controller) or (body(recipient) and not any_of(recipient, BODIES["totals"])):
        return True
    other = [str(f.get("title", "")), str(f.get("purpose_detail", ""))]
    said_nobody = not controller and not recipient
    return said_nobody and any(map(body, other)) and not any(any_of(text, BODIES["totals"]) for text in other)


def finds_cases(f: Mapping[str, Any]) -> bool:
    """Does such a body look for people at risk?"""
    told = (str(f.get("title", "")), str(f.get("purpose_detail", "")))
    return treats_nobody(f) and any(any_of(text, BODIES["looking for people at risk"]) for text in told)


def gives_no_care(f: Mapping[str, Any]) -> bool:
    """Does it go to somebody who gives nobody care, or to a use that is not exempt, by a name and nothing else?"""
    recipient = rest = words(str(f.get("recipient", "")))
    uses = [name for entry in EXEMPTIONS.values() if entry["effect"] == "not_exempt" for name in entry.get("names", ())]
    for name in sorted((*BODIES["who gives no care"], *uses), key=len, reverse=True):
        rest = pattern((name,)).sub("", rest)
    return rest != recipient and set(rest.split()) <= {*BODIES["small words"]}


def any_of(text: str, phrases: Iterable[str], apart: Iterable[str] = ()) -> bool:
    """Does the text hold one of the phrases, other than inside one that stands apart?"""
    return bool(text) and found(text, tuple(phrases), tuple(apart))


@cache
def found(text: str, phrases: tuple[str, ...], apart: tuple[str, ...]) -> bool:
    left = words(text)
    for phrase in apart:
        left = pattern((phrase,)).sub(" |", left)
    together = tuple(phrase for phrase in phrases if "&" not in phrase)
    if together and pattern(together).search(left):
        return True
    joined = [phrase.split(" & ") for phrase in phrases if "&" in phrase]
    return any(all(pattern((part,)).search(left) for part in parts) for parts in joined)


def everything(f: Mapping[str, Any]) -> list[str]:
    """Every text of a flow."""
    texts = ("id", "title", "controller", "recipient", "purpose_detail", "data.anonymisation_evidence")
    gateway = ("citation", "reference", "evidence", "type_1_citation")
    return [str(f[name]) for name in (*texts, *(f"gateway.{name}" for name in gateway)) if f.get(name)]


def stands_on(entry: Mapping[str, Any], day: date) -> bool:
    first, last = entry["from"], entry["to"]
    return not ((first and day < date.fromisoformat(first)) or (last and day > date.fromisoformat(last)))


def by_name(entry: Mapping[str, Any], texts: Iterable[str]) -> bool:
    return any(any_of(text, entry.get("names", ()), entry.get("apart", ())) for text in texts)


def by_topic(entry: Mapping[str, Any], f: Mapping[str, Any], gateway: str | None) -> bool:
    """Under section 251 support, words for what the entry is about."""
    if gateway not in ("regulation_2", "regulation_5"):
        return False
    own = [str(f[name]) for name in ("recipient", "controller", "title", "purpose_detail") if f.get(name)]
    if any(any_of(text, entry.get("unless", ())) for text in own):
        return False
    return any(any_of(text, entry.get("topics", ()), entry.get("apart", ())) for text in everything(f))


def national(f: Mapping[str, Any], gateway: str | None, day: date) -> bool:
    """Do the words of what is called care name a national use?"""
    if f.get("exemption") == "none":
        return False
    received = [str(f["recipient"])] if f.get("recipient") else everything(f)
    for entry in EXEMPTIONS.values():
        supported = gateway in ("regulation_2", "regulation_5")
        if (
            entry["effect"] == "not_exempt"
            or not stands_on(entry, day)
            or (entry["effect"] == "by_rule" and not supported)
        ):
            continue
        if by_name(entry, everything(f) if supported else received) or by_topic(entry, f, gateway):
            return True
    return False


def not_cpi(f: Mapping[str, Any]) -> bool | None:
    confidential, about = f.get("data.confidential"), f.get("data.about_health_or_care")
    form, identifiable = f.get("data.form"), f.get("data.identifiable")
    if confidential is False or about is False:
        return True
    if form is None and identifiable != "yes":
        return None
    if form == "identifiable" and identifiable == "no":
        return None
    return None if confidential is None or about is None else False


def anonymised(f: Mapping[str, Any]) -> bool | None:
    form, identifiable = f.get("data.form"), f.get("data.identifiable")
    if not f.get("data.anonymisation_evidence") or identifiable == "yes" or form == "identifiable":
        return False
    if form is None:
        return None
    if form in ("anonymised", "aggregate"):
        return True
    return True if identifiable == "no" else None


def fitting(f: Mapping[str, Any], entry: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    """Purpose, gateway, kind and day of an entry."""
    told = {"purposes": f.get("purpose"), "gateway_kinds": gateway, "kinds": f.get("kind")}
    parts: list[bool | None] = [
        None if said is None else said in entry["covers"][key] for key, said in told.items() if entry["covers"][key]
    ]
    parts.append(not entry["from"] or date.fromisoformat(entry["from"]) <= day)
    parts.append(not entry["to"] or day <= date.fromisoformat(entry["to"]))
    return False if False in parts else None if None in parts else True


def named(f: Mapping[str, Any], gateway: str | None, day: date) -> Iterator[Step]:
    entry = EXEMPTIONS.get(str(f.get("exemption")))
    if entry is None or entry["effect"] in ("by_rule", "not_exempt"):
        return
    fit = fitting(f, entry, gateway, day)
    condition = f.get("gateway.optout_condition")
    allowed = entry["covers"]["optout_conditions"]
    proved = (not allowed or (condition or "standard") in allowed) and all(
        f.get(field) for field in entry["evidence_needed"]["fields"]
    )
    texts = [str(f[name]) for name in ("recipient", "controller", "title", "purpose_detail") if f.get(name)]
    if (entry["unproved"] and condition == "standard") or any(
        mentioned(text, phrase) for text in texts for phrase in entry.get("denied", ())
    ):
        proved = False
    yield (fit if proved else False), entry["effect"], entry["id"]
    if entry["unproved"]:
        yield fit, entry["unproved"], entry["id"]
    elif allowed and entry["effect"] == "does_not_apply" and condition is None:
        yield fit, "review", entry["id"]


def words(text: str) -> str:
    """Words and numbers alone: `N.C.P.E.S. 2026` is `ncpes 2026`, and `CAG7-07(a)` is `cag 7 07 a`."""
    joined = re.sub(r"(?<![a-z])(?:[a-z]\.){2,}", lambda initials: initials[0].replace(".", "") + " ", text.lower())
    return " " + " ".join(re.findall(r"[a-z]+|[0-9]+", joined)) + " "


@cache
def pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases between two spaces, the second of which is left."""

    def one(phrase: str) -> str:
        parts = ["ANY" if p == "..." else words(p).strip() + "[a-z0-9]*" * p.endswith("*") for p in phrase.split()]
        return " ".join(parts).replace(" ANY ", " (?:[a-z0-9]+ )*")

    return re.compile(f" (?:{'|'.join(map(one, phrases))})(?= )")


def mentioned(text: str, phrase: str) -> bool:
    return any_of(text, (phrase,))


def numbered(texts: Iterable[str], last: str, parts: str) -> bool:
    """Is CAG 7-0x named by its own number, and not a day of a month?"""
    years = [f"7 {last} {year}" for year in (*range(2014, 2020), "202*", "203*")]
    own = (f"cag 7 {last}", f"cag 07 {last}", f"7 {last} 2013", *(f"7 {last} {part}" for part in parts))
    return any(any_of(text, own, years) for text in texts)


def ended(f: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    if f.get("gateway.valid_to"):
        return False
    reference, citation = str(f.get("gateway.reference", "")), str(f.get("gateway.citation", ""))
    supported = None if gateway is None else gateway in ("regulation_2", "regulation_5")
    told = [text for name, text in f.items() if isinstance(text, str) and name not in ("data.anonymisation_evidence",)]
    newer = re.search(r"\b\d\d/CAG/0\d{3}\b", f"{reference}; {citation}")
    if not newer and day > date(2022, 9, 30) and supported is not False and numbered(told, "04", "a"):
        return supported
    invoices = f.get("exemption") == "X-IV-OTHER" or numbered(told, "07", "abc")
    if not newer and day > date(2027, 9, 30) and supported is not False and invoices:
        return supported
    notice = ("covid notice*", "covid 19 notice*", "copi notice*")
    covid = (
        f.get("exemption") == "X-COPI-COVID"
        or any(mentioned(reference, phrase) for phrase in notice)
        or any(mentioned(citation, phrase) for phrase in notice)
    )
    return here(gateway, "regulation_3") if day > date(2022, 6, 30) and covid else False


def spoken_of(entry: Mapping[str, Any], f: Mapping[str, Any], texts: list[str]) -> bool:
    """Do the flow's words name the entry, or hint at it and not at something else?"""

    def any_of(key: str, said: list[str] = texts) -> bool:
        return any(mentioned(text, phrase) for text in said for phrase in entry.get(key, ()))

    if entry.get("recipient_only"):
        looked_at = [f["recipient"]] if f.get("recipient") else [f.get("title", ""), f.get("purpose_detail", "")]
        return any_of("mentions", looked_at)
    if any_of("mentions") or (any_of("hints") and not any_of("unless")):
        return True
    return "narrower" in entry and not f.get("exemption") and not any_of("narrower")


def unnamed(f: Mapping[str, Any], supported: bool | None, gateway: str | None, day: date) -> bool | None:
    """May it be an exemption that nobody named? Not where somebody looked, or where the letter says standard."""
    if f.get("exemption") == "none" or (f.get("gateway.optout_condition") == "standard" and f.get("gateway.evidence")):
        return False
    fits = may_be_meant(f, gateway, day)
    return False if False in (fits, supported) else None if None in (fits, supported) else True


def called_care(f: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    """Is it care by its purpose, and does it fit an exemption all the same?"""
    purpose = f.get("purpose")
    if f.get("exemption") == "none" or (purpose is not None and purpose not in CARE):
        return False
    consent = None if gateway is None else gateway in ("implied_consent", "none")
    parts = (None if purpose is None else True, consent, may_be_meant(f, gateway, day))
    return False if False in parts else None if None in parts else True


def sought_as_care(f: Mapping[str, Any], gateway: str | None) -> bool | None:
    purpose = f.get("purpose")
    if not finds_cases(f) or purpose not in ("individual_care", "screening", None):
        return False
    consent = None if gateway is None else gateway in ("implied_consent", "none")
    return None if purpose is None and consent is not False else consent


def sent_as_care(f: Mapping[str, Any], gateway: str | None) -> bool | None:
    purpose = f.get("purpose")
    if not gives_no_care(f) or purpose not in (*CARE, None):
        return False
    consent = None if gateway is None else gateway in ("implied_consent", "none")
    return None if purpose is None and consent is not False else consent


def may_be_meant(f: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    found = [may_be(name, entry, f, gateway, day) for name, entry in EXEMPTIONS.items()]
    return True if True in found else None if None in found else False


def may_be(name: str, entry: Mapping[str, Any], f: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    claim = f.get("exemption")
    if entry["effect"] == "not_exempt" or (entry["effect"] == "by_rule" and not entry.get("names")):
        return False
    if f.get("gateway.optout_condition") in (entry["covers"]["optout_conditions"] or ()):
        return False
    texts = [str(f[field]) for field in ("recipient", "controller", "title", "purpose_detail") if f.get(field)]
    ways: list[bool | None] = [False]
    if stands_on(entry, day) and (by_name(entry, everything(f)) or by_topic(entry, f, gateway)):
        ways.append(not (claim == name and fitting(f, entry, gateway, day)))
    if entry["effect"] != "by_rule" and claim != name:
        told = spoken_of(entry, f, texts)
        if told or not entry["mentions"] or (not texts and entry["kind"] == "policy"):
            ways.append(fitting(f, entry, gateway, day))
    answers = [not_exempt(other, o, f, gateway, day) for other, o in EXEMPTIONS.items() if name in o.get("answers", ())]
    fits = True if True in ways else None if None in ways else False
    if fits is False or True in answers:
        return False
    return None if None in (fits, *answers) else True


def not_exempt(
    name: str, entry: Mapping[str, Any], f: Mapping[str, Any], gateway: str | None, day: date
) -> bool | None:
    """Is it an entry that is listed because it is not exempt: by claim, by words in its scope, or by name?"""
    texts = [str(f[field]) for field in ("recipient", "controller", "title", "purpose_detail") if f.get(field)]
    if f.get("exemption") == name or (stands_on(entry, day) and by_name(entry, everything(f))):
        return True
    if not any(any_of(text, entry["mentions"]) for text in texts):
        return False
    return fitting(f, entry, gateway, day)

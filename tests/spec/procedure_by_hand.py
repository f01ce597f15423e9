"""The decision procedure once more, written out by hand from the policy: the second opinion on the engine.

It shares no code and no data with ndoo.policy; the exemptions come from the table of cases/exemptions.json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
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
    yield individual_care(f, gateway), "does_not_apply", "N-CARE"
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
    yield supported, "applies", "A-S251"
    yield True, "review", "R-NO-GATEWAY"


def here(gateway: str | None, kind: str) -> bool | None:
    return None if gateway is None else gateway == kind


def individual_care(f: Mapping[str, Any], gateway: str | None) -> bool | None:
    purpose, kind = f.get("purpose"), f.get("kind")
    if purpose == "individual_care":
        return True
    if purpose is None:
        return None
    implied = here(gateway, "implied_consent")
    if purpose == "screening":
        return implied
    if purpose in ("research_recruitment", "local_audit", "incident_review", "patient_feedback"):
        who = [str(f[name]) for name in ("controller", "recipient") if f.get(name)]
        if kind not in (None, "internal_use") or implied is False or any(map(treats_nobody, who)):
            return False
        return None if kind is None or implied is None else True
    return False


def treats_nobody(name: str) -> bool:
    """Is it a board, its supplier or the national body?"""
    own = ("icb*", "ccg*", "csu*", "integrated care board*", "integrated care system*", "nhs england")
    return any(mentioned(name, phrase) for phrase in (*own, "commissioning support*", "clinical commissioning*"))


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
    return " " + " ".join(re.findall(r"[a-z0-9]+", text.lower())) + " "


def mentioned(text: str, phrase: str) -> bool:
    pattern = phrase.replace(" ... ", " (?:[a-z0-9]+ )*").replace("*", "[a-z0-9]*").replace(")[a-z0-9]*", ")*")
    return re.search(f" {pattern} ", words(text)) is not None


def numbered(reference: str, last: str) -> bool:
    """Is CAG 7-0x the approval's own number, and no day of a month?"""
    return re.search(rf"CAG ?7-{last}(?!-20|/20(?!13))|7-{last}\([a-z]", reference) is not None


def ended(f: Mapping[str, Any], gateway: str | None, day: date) -> bool | None:
    if f.get("gateway.valid_to"):
        return False
    reference, citation = str(f.get("gateway.reference", "")), str(f.get("gateway.citation", ""))
    supported = None if gateway is None else gateway in ("regulation_2", "regulation_5")
    told = "; ".join(
        str(f.get(name, "")) for name in ("gateway.reference", "gateway.citation", "gateway.evidence", "title")
    )
    newer = re.search(r"\b\d\d/CAG/0\d{3}\b", f"{reference}; {citation}")

    def rests_on(purpose: str, its_own: bool) -> bool | None:
        for_it = None if f.get("purpose") is None else f["purpose"] == purpose
        return False if newer or not its_own or for_it is False or supported is False else for_it and supported

    if day > date(2022, 9, 30) and (met := rests_on("risk_stratification", numbered(told, "04"))) is not False:
        return met
    invoices = f.get("exemption") == "X-IV-OTHER" or numbered(told, "07")
    if day > date(2027, 9, 30) and (met := rests_on("invoice_validation", invoices)) is not False:
        return met
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
    claim = f.get("exemption")
    if claim == "none" or (f.get("gateway.optout_condition") == "standard" and f.get("gateway.evidence")):
        return False
    texts = [str(f[name]) for name in ("recipient", "controller", "title", "purpose_detail") if f.get(name)]
    found: list[bool | None] = []
    for name, entry in EXEMPTIONS.items():
        if entry["effect"] in ("by_rule", "not_exempt") or name == claim:
            continue
        if f.get("gateway.optout_condition") in (entry["covers"]["optout_conditions"] or ()):
            continue
        told = spoken_of(entry, f, texts)
        if told or not entry["mentions"] or (not texts and entry["kind"] == "policy"):
            found.append(fitting(f, entry, gateway, day))
    fits = True if True in found else None if None in found else False
    return False if False in (fits, supported) else None if None in (fits, supported) else True

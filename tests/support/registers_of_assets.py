"""Registers of assets and flows for tests: one that is whole, and generated ones that hold whatever a register may."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from ndoo.assets.fields import ASSET, FLOW, ORGANISATION, fields
from ndoo.assets.register import Register, read_register
from ndoo.domain.nhs_number import names_somebody
from ndoo.policy.fields import fields as policy_fields

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACE = "sqlite:///visits.db"
FACTS: dict[str, Any] = {
    "controller": "A trust",
    "recipient": "A university",
    "origin": "england_health_or_adult_social_care",
    "kind": "disclosure",
    "purpose": "research",
    "data": {
        "identifiable": "yes",
        "confidential": True,
        "about_health_or_care": True,
        "form": "identifiable",
        "from_gp_record": False,
        "nhs_number": "present",
    },
    "gateway": {
        "kind": "regulation_5",
        "citation": "COPI 2002, regulation 5",
        "reference": "25/CAG/9102",
        "evidence": "approval letter, section 4",
        "optout_condition": "standard",
        "valid_from": date(2025, 6, 1),
        "valid_to": date(2028, 5, 31),
    },
}


def facts(**changed: Any) -> dict[str, Any]:
    """The facts of a flow to which the opt-out applies, changed by dotted name (with __ for the dot); None leaves out."""
    told = {name: dict(value) if isinstance(value, dict) else value for name, value in FACTS.items()}
    for name, value in changed.items():
        table, _, key = name.rpartition("__")
        target = told[table] if table else told
        if value is None:
            target.pop(key, None)
        else:
            target[key] = value
    return told


def flow(ident: str = "F-1", **changed: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": f"Study {ident}",
        "assets": ["A-1"],
        "status": "live",
        "data_types": "visits",
        "article_6": "6(1)(e)",
        "article_9": "9(2)(j)",
        "last_run": date(2026, 11, 20),
        "facts": facts(),
    } | changed


def asset(ident: str = "A-1", **changed: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "name": f"Visits {ident}",
        "owner": "oscar.owner",
        "patient_information": "yes",
        "risk": "low",
        "location": [PLACE],
        "tables": [{"name": "visits", "columns": ["nhs_number", "icd10"]}],
    } | changed


def document(**changed: Any) -> dict[str, Any]:
    return {
        "organisation": {
            "name": "A trust",
            "email": "ig@example.org",
            "type_1": "Left out.",
            "how_applied": "Checked.",
        },
        "asset": [asset()],
        "flow": [flow()],
    } | changed


def register(**changed: Any) -> Register:
    return read_register(document(**changed))


def scan(*tables: tuple[str, str, str], because: str = "So it is.") -> dict[str, Any]:
    """The JSON of a scan: name, answer, and the columns with spaces between them."""
    return {
        "tables": [
            {
                "name": name,
                "rows": 5,
                "sampled": 5,
                "confidential_patient_information": answer,
                "because": because,
                "columns": [{"name": c, "kind": "none", "share": 0.0, "confidence": 1.0} for c in columns.split()],
            }
            for name, answer, columns in tables
        ]
    }


def _fit(text: str) -> bool:
    return (
        all(letter.isprintable() or letter in "\t\n" for letter in text)
        and not names_somebody(text)
        and not re.search("x[0-9A-Fa-f]{4}_|://", text)
    )


_LETTERS = st.one_of(
    st.sampled_from(list("=+-@'\t\n\",;|%#\\ 01aZéß–’\u4e2d\U0001f600\uff1d[]&<>")),
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn", "Zs")),
)
TEXTS = st.text(_LETTERS, min_size=1, max_size=30).map(str.strip).filter(lambda text: bool(text) and _fit(text))
LINES = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)
_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True).filter(_fit)
_DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))


def _entries(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    by_kind: dict[str, Any] = {
        "text": TEXTS,
        "texts": st.lists(LINES, min_size=1, max_size=3),
        "date": _DAYS,
        "number": st.integers(0, 10**9),
    }
    said = {
        field.name: st.sampled_from(list(field.values)) if field.kind == "choice" else by_kind[field.kind]
        for field in fields(kind).values()
        if field.name not in ("id", "assets", "members")
    }
    required = {name: strategy for name, strategy in said.items() if fields(kind)[name].required}
    optional = {name: strategy for name, strategy in said.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _flat_facts() -> st.SearchStrategy[dict[str, Any]]:
    by_kind: dict[str, Any] = {"text": LINES.filter(lambda t: len(t) > 8), "date": _DAYS, "yes_no": st.booleans()}
    said = {
        f.name: st.sampled_from(list(f.values)) if f.kind == "choice" else by_kind.get(f.kind, st.just("X-ONS"))
        for f in policy_fields().values()
        if f.name not in ("id", "title", "as_of", "gateway.valid_from")
    }
    return st.fixed_dictionaries({}, optional=said)


@st.composite
def registers(draw: st.DrawFn) -> Register:
    """Any register."""
    asset_ids = draw(st.lists(_IDS, max_size=4, unique=True))
    flow_ids = draw(st.lists(_IDS, max_size=4, unique=True))
    tables = st.lists(
        st.fixed_dictionaries({"name": LINES}, optional={"columns": st.lists(LINES, min_size=1, max_size=3)}),
        max_size=3,
        unique_by=lambda table: table["name"],
    )
    assets = [{"id": one, **draw(_entries(ASSET)), "tables": draw(tables)} for one in asset_ids]
    taken = st.lists(st.sampled_from(asset_ids), max_size=2, unique=True) if asset_ids else st.just([])
    flows = [
        {"id": one, **draw(_entries(FLOW)), "assets": draw(taken), "facts": draw(_flat_facts())} for one in flow_ids
    ]
    told: dict[str, Any] = {"asset": assets, "flow": flows}
    if draw(st.booleans()):
        told["organisation"] = draw(_entries(ORGANISATION))
    return read_register(told)

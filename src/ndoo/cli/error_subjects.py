"""What an error is about, by the room that raises it: the subject, and the page that tells more."""

from __future__ import annotations

ROOMS: dict[str, str] = {
    "assets": "the register of assets and flows, and the statement (docs/how-to/govern-assets-and-flows.md)",
    "checking/mesh": "the national service through MESH (docs/how-to/ask-the-national-service.md)",
    "checking": "lists of people (docs/reference/lists.md)",
    "cli/ledger": "the ledger (docs/explanation/ledger.md)",
    "cli/statement": "the register of assets and flows, and the statement (docs/how-to/govern-assets-and-flows.md)",
    "cli/statistics": "published statistics (docs/how-to/publish-statistics.md)",
    "cli/impact": "what an exclusion did to a cohort (docs/how-to/measure-what-an-exclusion-did.md)",
    "cli": "what was typed (docs/reference/commands.md)",
    "columnar": "Parquet and Arrow files (docs/reference/files.md)",
    "domain/settings": "settings (docs/reference/settings.md)",
    "domain": "this machine's files and folders (docs/reference/files.md)",
    "evidence/ledger": "the ledger (docs/explanation/ledger.md)",
    "evidence": "manifests, seals and keys (docs/explanation/verification.md)",
    "impact": "what an exclusion did to a cohort (docs/how-to/measure-what-an-exclusion-did.md)",
    "library": "the library for Python (docs/how-to/uphold-a-data-frame.md)",
    "policy": "whether the opt-out applies to a flow (docs/how-to/decide-if-the-opt-out-applies.md)",
    "scanning": "the search for confidential information (docs/how-to/scan-for-patient-information.md)",
    "service": "the web service and its register (docs/tutorials/run-the-service.md)",
    "statistics": "published statistics (docs/how-to/publish-statistics.md)",
    "type1": "Type 1 opt-outs from coded entries (docs/how-to/leave-out-type-1-opt-outs.md)",
    "upholding/delta": "Delta tables (docs/how-to/uphold-a-delta-table.md)",
    "upholding/fhir": "FHIR exports (docs/how-to/uphold-a-fhir-export.md)",
    "upholding/databases": "databases (docs/how-to/uphold-a-database.md)",
    "upholding/linked_tables": "linked tables (docs/how-to/uphold-linked-tables.md)",
    "upholding/spark": "Spark (docs/how-to/uphold-with-spark.md)",
    "upholding/table_links": "linked tables (docs/how-to/uphold-linked-tables.md)",
    "upholding": "files that are upheld (docs/reference/files.md)",
    "numbers": "NHS numbers as they are read (docs/reference/files.md)",
}


def subject_of(where: str) -> str:
    """What the module is about, which is named as in `pages.RaisedError`."""
    return ROOMS[max((room for room in ROOMS if where.startswith(room)), key=len)]

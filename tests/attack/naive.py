"""What do people do today? The short scripts that ndoo replaces, kept so that each attack is known to bite.

Each lets somebody through in the attack that names it. None of them is used for anything else.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any


def anti_join(extract: str, opted_out: str, column: str = "nhs_number") -> str:
    """Rows whose cell is not on the list of those who opted out, compared as text: `grep -v`, SQL, pandas `isin`."""
    gone = {line.rstrip(",") for line in opted_out.split()}
    reader = csv.DictReader(io.StringIO(extract, newline=""))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, reader.fieldnames or [], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(line for line in reader if line.get(column) not in gone)
    return out.getvalue()


def guessed(cell: str) -> str:
    """A cell as a reader that guesses types gives it back: a number where it looks like one."""
    try:
        return str(int(float(cell)))
    except ValueError:
        return cell


def type_guessing_anti_join(extract: str, opted_out: str, column: str = "nhs_number") -> str:
    """The same, after a reader that takes identifiers for numbers has been at the extract, but not at the list."""
    rows = list(csv.reader(io.StringIO(extract, newline="")))
    at = rows[0].index(column)
    for line in rows[1:]:
        line[at] = guessed(line[at])
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return anti_join(out.getvalue(), opted_out, column)


def any_message_is_a_list(message: str) -> set[str]:
    """Every line of whatever came back is taken for a number that was returned, so allowed; the others opted out."""
    return {line.rstrip(",") for line in message.splitlines() if line.strip()}


def gone_by_difference(requested: list[str], message: str) -> set[str]:
    """Opted out = asked about and not returned: right for a list, and wrong for every other message."""
    return set(requested) - any_message_is_a_list(message)


def half_a_file_is_a_file(extract: bytes, opted_out: str) -> str:
    """Reads as far as there is something to read, and calls that the whole."""
    return anti_join(extract.decode("utf-8", "ignore"), opted_out)


def first_of_the_name(extract: str, opted_out: str, column: str = "nhs_number") -> str:
    """The first column of that name is the person, whatever else is called the same."""
    heading, *rows = csv.reader(io.StringIO(extract, newline=""))
    gone = {line.rstrip(",") for line in opted_out.split()}
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(
        [heading, *(line for line in rows if line and line[heading.index(column)] not in gone)]
    )
    return out.getvalue()


def paths_as_readers_see_them(folder: Path) -> set[str]:
    """What `ls` and most readers show of a folder: files, but for those that begin with a dot or an underscore."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in files if not any(part.startswith((".", "_")) for part in path.parts)}


def codes_by_equality(cell: str) -> str | None:
    """What an entry says: its cell is looked up among the codes as it stands, and whatever is not found there is some other entry."""
    dissent, withdrawn = (
        {"827241000000103", "9Nu0.", "9Nu0", "9Nu0.00", "XaZ89"},
        {"827261000000102", "9Nu1.", "9Nu1", "9Nu1.00", "XaZ8A"},
    )
    return "dissent" if cell.strip(" ") in dissent else "withdrawn" if cell.strip(" ") in withdrawn else None


def people_by_declared_keys(descriptor: dict[str, Any]) -> set[str]:
    """Which tables lead to people: those of which the descriptor says so. The others are nobody's, and are released whole."""
    leads = {"patients"}
    return leads | {
        resource["name"]
        for resource in descriptor["resources"]
        for key in resource.get("schema", {}).get("foreignKeys") or []
        if key["reference"]["resource"] in leads
    }


def fhir_by_subject(export: str, opted_out: str, system: str = "https://fhir.nhs.uk/Id/nhs-number") -> str:
    """FHIR without the patients on the list and what says that it is theirs: `subject` or `patient`, a relative reference."""
    gone = set(opted_out.split())
    resources = [json.loads(line) for line in export.splitlines() if line.strip()]
    theirs = {
        f"Patient/{one['id']}"
        for one in resources
        if any(name.get("system") == system and name.get("value") in gone for name in one.get("identifier", []))
    }

    def is_theirs(one: dict[str, Any]) -> bool:
        return f"{one['resourceType']}/{one.get('id')}" in theirs or any(
            isinstance(one.get(name), dict) and one[name].get("reference") in theirs for name in ("subject", "patient")
        )

    return "".join(json.dumps(one) + "\n" for one in resources if not is_theirs(one))

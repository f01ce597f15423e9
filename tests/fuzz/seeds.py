"""Write the inputs that every fuzzer starts from: `python -m tests.fuzz.seeds`. Those that were found later lie beside them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from ndoo.evidence.manifest import written
from tests.fuzz import manifests
from tests.fuzz.fhir import BETWEEN, SYSTEM
from tests.fuzz.targets import CORPUS
from tests.fuzz.world import GO, PEOPLE, SEALER, STAY

Made = dict[str, bytes]


def _spaced(number: str) -> str:
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def text() -> Made:
    """Each way of writing a table, each list and each option."""
    plain = "nhs_number,visit\n" + "".join(f"{number},{at}\n" for at, number in enumerate(PEOPLE))
    quoted = 'visit;"NHS number";note\r\n' + "".join(
        f'"{at}";"{_spaced(n)}";"a ""b"";\n"\r\n' for at, n in enumerate(PEOPLE)
    )
    damaged = "nhs_number\tmother\tname\n" + "".join(f"{n}\t{GO[0]}\tx\n" for n in STAY) + "\t\ty\n999\t\tz\n\n"
    mentioned = "nhs_number|note\n" + "".join(f"{n}|seen\n" for n in STAY) + f"{STAY[0]}|mother {_spaced(GO[1])}\n"
    turned = plain.replace("visit", f"seen\t{GO[0]}")
    return {
        "turned": b"1" + turned.encode(),
        "appended": b"0" + plain.removesuffix("\n").encode("utf-16") + f"\n{GO[0]},0\n".encode(),
        "plain": b"0" + plain.encode(),
        "asked": b"1" + plain.encode(),
        "bare": b"2" + plain.encode(),
        "quoted": b"0" + quoted.encode(),
        "marked": b"3\xef\xbb\xbf" + plain.encode(),
        "damaged": b"4" + damaged.encode(),
        "mentioned": b"0" + mentioned.encode(),
        "mentions_held": b"6" + mentioned.encode(),
        "utf_16": b"1" + plain.encode("utf-16"),
        "latin": b"0" + plain.replace("visit", "café").encode("cp1252"),
        "packed": b"0" + gzip.compress(plain.encode(), mtime=0),
        "separator": b"0sep=;\n" + plain.replace(",", ";").encode(),
    }


def _tables() -> dict[str, pa.Table]:
    visits = list(range(len(PEOPLE)))
    return {
        "plain": pa.table({"nhs_number": PEOPLE, "visit": visits}),
        "numbers": pa.table(
            {"nhs_number": [int(n) for n in PEOPLE[:-1]] + [None], "name": [f"patient {n}" for n in visits]}
        ),
        "nested": pa.table(
            {
                "notes": [[{"text": f"note {at}", "days": [at]}] for at in visits],
                "nhs_number": pa.array(PEOPLE).dictionary_encode(),
                "seen": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * len(PEOPLE)),
            }
        ),
        "mentioned": pa.table({"nhs_number": STAY, "note": [f"mother {_spaced(GO[0])}", *["seen"] * 7]}),
    }


def parquet() -> Made:
    """Few values, each codec and page version once."""
    made = {}
    for at, (name, table) in enumerate(_tables().items()):
        target = io.BytesIO()
        pq.write_table(
            table,
            target,
            compression=["none", "snappy", "zstd", "gzip"][at],
            data_page_version=f"{at % 2 + 1}.0",
            row_group_size=7,
            store_schema=at == 2,
        )
        made[name] = b"0" + target.getvalue()
    return made


def arrow() -> Made:
    """Files of several batches, packed and not."""
    made = {}
    for at, (name, table) in enumerate(_tables().items()):
        target = io.BytesIO()
        options = ipc.IpcWriteOptions(compression=[None, "lz4", None, "zstd"][at])
        with ipc.new_file(target, table.schema, options=options) as writer:
            writer.write_table(table, max_chunksize=7)
        made[name] = b"0" + target.getvalue()
    return made


def _patient(at: int, number: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]}


def fhir() -> Made:
    """Lines, a bundle, and a folder."""
    patients = [_patient(at, number) for at, number in enumerate(PEOPLE)]
    seen = [
        {"resourceType": "Observation", "id": f"o{at}", "status": "final", "subject": {"reference": f"Patient/p{at}"}}
        for at in range(len(PEOPLE))
    ]
    note = {"resourceType": "Communication", "id": "n", "note": [{"text": f"Mother: {GO[0]}"}]}
    lines = "".join(json.dumps(one) + "\n" for one in (*patients, *seen))
    entries = [
        {"fullUrl": f"http://example.org/{one['resourceType']}/{one['id']}", "resource": one}
        for one in (*patients[:2], *patients[9:], *seen[9:])
    ]
    bundle = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})
    about = {"resourceType": "Device", "id": "d", "patient": {"identifier": {"system": SYSTEM, "value": GO[1]}}}
    folder = BETWEEN.join(
        "".join(json.dumps(one) + "\n" for one in part).encode() for part in (patients, seen, [about])
    )
    return {
        "lines": b"0" + lines.encode(),
        "bundle": b"1" + bundle.encode(),
        "folder": b"0" + folder,
        "note": b"0" + (lines + json.dumps(note)).encode(),
        "bare": b"2\xef\xbb\xbf" + lines.encode(),
    }


def lists() -> Made:
    """As the national service sends it, as people save it, and what is none."""
    listed = "".join(f"{number},\n" for number in STAY)
    return {
        "allowed": b"0" + listed.encode(),
        "opted_out": b"1" + "\r\n".join(GO).encode(),
        "table": b"2nhs_number\n" + listed.encode(),
        "marked": b"1\xef\xbb\xbf" + "\n".join(map(_spaced, GO)).encode(),
        "report": b"0" + json.dumps({"status": "rejected"}).encode(),
    }


def of_manifests() -> Made:
    """Beside each kind of release, and the record of a list."""
    made = {}
    for at, place in enumerate(manifests.places()):
        made[place.output.name.replace(".", "_")] = bytes([ord("6") + at]) + place.manifest.read_bytes()
    listed = "".join(f"{number},\n" for number in STAY).encode()
    record = {
        "ndoo": "0.1.0",
        "kind": "check",
        "checked_at": datetime.now(UTC).isoformat(),
        "output": {"name": "list.dat", "sha256": hashlib.sha256(listed).hexdigest(), "bytes": len(listed)},
    }
    made["record"] = b"5" + written(SEALER.seal(record))
    made["record_sealed_anew"] = b";" + written(record)
    return made


def main() -> None:
    """Writes them all."""
    makers = {"text": text, "parquet": parquet, "arrow": arrow, "fhir": fhir, "lists": lists, "manifests": of_manifests}
    for target, make in makers.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in make().items():
            Path(folder / name).write_bytes(content)


if __name__ == "__main__":
    main()

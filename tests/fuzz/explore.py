"""Look for inputs of one kind that break a check: `python -m tests.fuzz.explore TARGET --seconds 600`. See `make fuzz`."""

from __future__ import annotations

import argparse
import importlib
import sys
from hashlib import sha256
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ndoo"]):
    import ndoo.checking
    import ndoo.domain
    import ndoo.evidence
    import ndoo.numbers
    import ndoo.upholding
    import ndoo.upholding.fhir
    import ndoo.upholding.linked_tables
    from tests.fuzz.targets import CORPUS, TARGETS
    from tests.fuzz.world import PEOPLE

    for room in (
        ndoo.domain,
        ndoo.evidence,
        ndoo.numbers,
        ndoo.checking,
        ndoo.upholding,
        ndoo.upholding.fhir,
        ndoo.upholding.linked_tables,
    ):
        for module in sorted(Path(room.__path__[0]).glob("*.py")):  # what is imported where it is used counts too
            importlib.import_module(f"{room.__name__}.{module.stem}")

PLACE = Path("build/fuzz")
_LONGEST = {"text": 2048, "parquet": 8192, "arrow": 8192, "fhir": 4096, "lists": 512, "manifests": 4096}
_WORDS: dict[str, tuple[str, ...]] = {
    "text": (
        '\\"',
        "\\x00",
        "\\xff\\xfe",
        "\\xef\\xbb\\xbf",
        "\\x0d\\x0a",
        "sep=;\\x0a",
        "\\xc2\\xa0",
        "&#32;",
        "\\x0a\\x0a",
    ),
    "lists": ("\\x0d\\x0a", "\\xef\\xbb\\xbf", "nhs_number\\x0a", ",\\x0a"),
    "fhir": (
        "Patient",
        "Person",
        "RelatedPerson",
        "Bundle",
        "contained",
        "reference",
        "link",
        "fullUrl",
        "urn:uuid:",
        "Binary",
        "data",
        "identifier",
        "value",
        "extension",
        "null",
        "\\\\u0039",
        "Group",
        "member",
        "url",
        "Device",
        "managingOrganization",
    ),
    "manifests": (
        "null",
        "[]",
        "{}",
        "\\\\u0000",
        "ignored",
        "also",
        "held",
        "kept_without_number",
        "keep-missing",
        "type1",
        "applied",
        "true",
        "decision",
        "outcome",
        "does_not_apply",
        "linked tables",
        "fhir",
        "parquet folder",
        "duckdb table",
        "../",
        "1e999",
        "files",
    ),
}


def main() -> None:
    """Ends with a status other than 0 where an input was found, which then lies in build/fuzz/found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("target", choices=TARGETS)
    asked.add_argument("--seconds", type=int, default=600)
    asked.add_argument("--runs", type=int, default=2_000_000)
    said = asked.parse_args()
    grown, found, words = PLACE / said.target, PLACE / "found", PLACE / f"{said.target}.words"
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    numbers = (*PEOPLE, *(f"{number[:3]} {number[3:6]} {number[6:]}" for number in PEOPLE))
    words.write_text("".join(f'"{word}"\n' for word in (*numbers, *_WORDS.get(said.target, ()))))
    check = TARGETS[said.target]

    def once(data: bytes) -> None:
        try:
            check(data)
        except BaseException:  # it is written down here too, lest the fuzzer not get to it
            (found / f"{said.target}-{sha256(data).hexdigest()[:16]}").write_bytes(data)
            raise

    atheris.Setup(
        [
            sys.argv[0],
            str(grown),
            str(CORPUS / said.target),
            f"-dict={words}",
            f"-max_total_time={said.seconds}",
            f"-runs={said.runs}",
            f"-max_len={_LONGEST[said.target]}",
            f"-artifact_prefix={found}/{said.target}-",
            "-timeout=30",
            "-rss_limit_mb=3000",
            "-reload=0",
            "-verbosity=1",
        ],
        once,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()

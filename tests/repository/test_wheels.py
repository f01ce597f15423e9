"""Whoever installs a wheel gets what was tested: every platform of the contract, what it needs, and a bill that names it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from hatch_build import TARGETS
from wheels.bill_of_materials import bill_of_materials

from tests.conftest import ROOT
from tests.repository.test_dependencies import name_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_there_is_a_wheel_for_every_platform_of_the_contract() -> None:
    kinds = {(tag.partition("_")[0], tag.endswith(("x86_64", "amd64"))) for tag in TARGETS}
    unix = {(system, processor) for system in ("manylinux", "musllinux", "macosx") for processor in (True, False)}
    assert kinds == unix | {("win", True)}


def test_a_light_installation_has_what_the_package_needs_and_nothing_else() -> None:
    asked = {name_of(line) for line in (ROOT / "requirements/run.in").read_text("utf-8").splitlines() if ">=" in line}
    assert asked == {name_of(one) for one in PROJECT["dependencies"]}


def test_the_bill_of_materials_names_all_that_is_installed_and_each_file(tmp_path: Path) -> None:
    wheel = tmp_path / "ndoo-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    text = bill_of_materials(ROOT, [wheel])
    bill = json.loads(text)
    named = {one["name"] for one in bill["components"]}
    assert named >= {name_of(one) for one in PROJECT["dependencies"]} | {"nhsuk-frontend", wheel.name, "cffi"}
    assert bill["dependencies"][0]["dependsOn"] == [
        one["bom-ref"] for one in bill["components"] if one["type"] == "library"
    ]
    assert bill_of_materials(ROOT, [wheel]) == text, "the same files give the same bill"
    service = json.loads(bill_of_materials(ROOT, [wheel], "service"))
    assert {"django", "waitress", "psycopg"} <= {one["name"] for one in service["components"]} - named
    assert service["serialNumber"] != bill["serialNumber"]
    wheel.write_bytes(b"another wheel")
    assert bill_of_materials(ROOT, [wheel]) != text

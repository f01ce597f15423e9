"""The description of the HTTP API holds what two linters of other people ask of one, without a single warning."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.conftest import ROOT

PEERS = ROOT / "tests" / "peers" / "openapi"
RULES = ["--ruleset", str(PEERS / "spectral.yaml"), "--format", "json", "--fail-severity", "hint"]
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def _run(name: str, *words: str, at: Path) -> Any:
    command = [str(PEERS / "node_modules" / ".bin" / name), "lint", "openapi.json", *words]
    ended = subprocess.run(command, cwd=at, env=os.environ | QUIET, capture_output=True, text=True, check=False)
    assert ended.stdout.strip(), ended.stderr
    return json.JSONDecoder().raw_decode(ended.stdout[ended.stdout.index("{" if name == "redocly" else "[") :])[0]


def complaints(described: dict[str, Any], at: Path) -> list[str]:
    """What either linter says, of whatever weight."""
    (at / "openapi.json").write_text(json.dumps(described))
    redocly = [f"redocly: {one['ruleId']}" for one in _run("redocly", "--format=json", at=at)["problems"]]
    return redocly + [f"spectral: {one['code']}" for one in _run("spectral", *RULES, at=at)]


@pytest.mark.django_db
def test_the_description_is_clean_and_what_is_not_is_seen(tmp_path: Path) -> None:
    described = Client().get("/api/openapi.json").json()
    assert complaints(described, tmp_path) == []
    del described["paths"]["/api/governance/review"]["get"]["responses"]["200"]
    described["tags"] = []
    found = set(complaints(described, tmp_path))
    assert {"redocly: operation-2xx-response", "spectral: operation-tag-defined"} <= found


@pytest.mark.django_db
def test_each_answer_that_has_a_body_says_what_it_is() -> None:
    """A client that is generated from it threw away what it was told: `201` of a record was said to have no body."""
    paths = Client().get("/api/openapi.json").json()["paths"]
    bare = {
        (path, method, status)
        for path, methods in paths.items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
        if "content" not in response and status not in ("204", "304")
    }
    assert bare == set()

"""Whoever registers a system sees what it may do, and no key is taken that could not be used; all of it is in the audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndoo.cli import callers
from tests.conftest import Ndoo
from tests.support.api_callers import key_pair

ADD = (
    "callers",
    "add",
    "platform",
    "--organisation",
    "Example Trust",
    "--ods",
    "RX9",
    "--asset",
    "Outcomes database",
    "--population",
    "50000",
    "--scope",
    "lists.check",
    "--public-key",
    "key.pem",
)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_bytes(key_pair("RSA").as_pem(private=False))
    return path


def test_a_system_is_registered_listed_and_shut_out(ndoo: Ndoo, key: Path, register: str) -> None:
    said = ndoo(*ADD, "--every", "7", "--json")
    assert said.status == 0, said.told
    [key_id] = said.json["keys"]
    assert f"platform is registered, for Example Trust. In the header of what it signs, kid is {key_id}." in said.told
    listed = ndoo("callers", "list", "--json")
    [row] = listed.json["callers"]
    assert (row["name"], row["population"], row["every_days"], row["keys"]) == ("platform", 50000, 7, [key_id])
    assert "Outcomes database, 50,000 people, asks every 7 days" in listed.told
    assert ndoo(*ADD).status == 2
    second = key.with_name("second.json")
    second.write_text(json.dumps(key_pair("EC").as_dict(private=False)))
    assert ndoo("callers", "key", "platform", "--public-key", "second.json").status == 0
    assert f"Did you mean {key_id!r}?" in ndoo("callers", "revoke", "platform", "--key", key_id[:-1]).err
    assert "Did you mean 'platform'?" in ndoo("callers", "revoke", "platfrom").err
    assert ndoo("callers", "revoke", "platform", "--key", key_id).status == 0
    assert ndoo("callers", "list", "--json").json["callers"][0]["keys"] == ["test-EC"]
    assert ndoo("callers", "revoke", "platform").status == 0
    assert "revoked on" in ndoo("callers", "list").told
    assert ndoo("callers", "revoke", "platform").status == 2
    from ndoo.service.audit.models import AuditEntry

    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["caller.added", "caller.key_added", "caller.key_revoked", "caller.revoked"]


def test_a_system_that_publishes_its_keys_is_registered_by_their_address(ndoo: Ndoo, register: str) -> None:
    where = "https://keys.example.nhs.uk/jwks"
    said = ndoo(*ADD[:-2], "--jwks-uri", where, "--json")
    assert said.status == 0 and f"Its keys are looked at where it publishes them: {where}" in said.told
    assert f"keys: those at {where}" in ndoo("callers", "list").told
    assert ndoo("callers", "key", "platform").status == 2
    other = ndoo("callers", "key", "platform", "--jwks-uri", f"{where}2", "--json")
    assert other.json == {"name": "platform", "keys": [], "jwks_uri": f"{where}2"}
    refused = ndoo("callers", "key", "platform", "--jwks-uri", "http://10.0.0.1/", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "caller-address")
    assert ndoo("callers", "revoke", "platform", "--published").status == 0
    [row] = ndoo("callers", "list", "--json").json["callers"]
    assert (row["jwks_uri"], row["revoked_at"]) == (None, None)


def test_a_command_of_two_acts_does_both_or_none(ndoo: Ndoo, key: Path, register: str) -> None:
    """The key was kept, and the address refused, so that the same command said the next time that the key is known."""
    assert ndoo(*ADD).status == 0
    before = ndoo("callers", "list", "--json").json
    second = key.with_name("second.json")
    second.write_text(json.dumps(key_pair("EC").as_dict(private=False)))
    both = ("callers", "key", "platform", "--public-key", "second.json", "--jwks-uri")
    assert ndoo(*both, "http://10.0.0.1/").status == 2
    assert ndoo("callers", "list", "--json").json == before
    assert ndoo(*both, "https://keys.example.nhs.uk/jwks").status == 0
    assert ndoo("callers", "revoke", "platform", "--key", "unknown", "--published").status == 2
    [row] = ndoo("callers", "list", "--json").json["callers"]
    assert row["jwks_uri"] and "test-EC" in row["keys"]
    from ndoo.service.audit.models import AuditEntry

    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["caller.added", "caller.key_added", "caller.key_address_set"]


def test_a_key_that_cannot_be_used_registers_nobody(ndoo: Ndoo, tmp_path: Path, register: str) -> None:
    (tmp_path / "key.pem").write_bytes(key_pair("RSA").as_pem(private=True))
    said = ndoo(*ADD, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "caller-key-private")
    (tmp_path / "key.pem").unlink()
    assert ndoo(*ADD, "--json").json["error"]["code"] == "caller-key-unreadable"
    assert "No caller is registered." in ndoo("callers", "list").told


def test_the_scopes_in_the_help_are_those_of_the_service() -> None:
    from ndoo.service.api_clients.scopes import Scope

    assert tuple(scope.value for scope in Scope) == callers.SCOPES


def test_a_collection_for_clerks_needs_no_key_and_a_system_does(ndoo: Ndoo, key: Path, register: str) -> None:
    where = ADD.index("--scope")
    said = ndoo(*ADD[:where], "--scope", "cases.check")
    assert said.status == 0 and "Audit clerks may ask about one person at a time" in said.told
    refused = ndoo(*ADD[:where], "--scope", "cases.check", "--scope", "lists.check")
    assert refused.status == 2 and "caller-key-missing" in refused.told

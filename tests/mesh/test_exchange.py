"""The whole exchange, real client to real responder, through NHS England's sandbox with its strictness put back."""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta

import mesh_client
import pytest
import requests

from ndoo.checking.mesh import client
from ndoo.checking.mesh import exchange as exchange_steps
from ndoo.checking.mesh.message import Letter
from tests.conftest import TODAY
from tests.mesh import naive
from tests.mesh.conftest import Exchange, as_process
from tests.mesh.sandbox import NATIONAL, PASSWORDS, SHARED_KEY, TRUST, WORKFLOW, make_certificates
from tests.support.numbers import some

PEOPLE = some(40, seed=11)
STAY, GO = PEOPLE[:36], PEOPLE[36:]
BAD = ["1234567890", "", "not a number", "9999999999"]


def test_one_bad_number_does_not_cost_everybody_their_answer(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", [*PEOPLE[:20], *BAD, *PEOPLE[20:], PEOPLE[3]], ",\n")
    waiting = exchange.asks()
    assert (waiting.status, waiting.json["error"]["code"]) == (4, "mesh-no-answer")
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    said = exchange.asks(timeout=60)
    assert said.status == 6
    assert {key: said.json[key] for key in ("read", "repeated", "requested", "allowed", "withheld")} == {
        "read": 45,
        "repeated": 1,
        "requested": 40,
        "allowed": 36,
        "withheld": 4,
    }
    assert said.json["held"] == {"check_digit": 1, "missing": 1, "malformed": 1, "placeholder": 1}
    assert exchange.cleaned() == STAY
    record = json.loads((exchange.folder / "cleaned.dat.manifest.json").read_bytes())
    assert record == said.json


def test_the_two_sides_run_beside_each_other(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", PEOPLE)
    process = as_process(
        exchange.folder,
        exchange.folder / "a",
        "check",
        "numbers.dat",
        "-o",
        "cleaned.dat",
        "--mesh",
        "trust",
        "--timeout",
        30,
        "--json",
    )
    answering = as_process(
        exchange.folder,
        exchange.folder / "b",
        "mesh",
        "respond",
        "--profile",
        "national",
        "--opted-out",
        "gone.dat",
        "--checked-at",
        TODAY,
        "--json",
    )
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert json.loads(out)["allowed"] == len(STAY)
    assert exchange.cleaned() == STAY
    answering.send_signal(15)
    assert answering.communicate(timeout=300)[0] is not None
    assert answering.returncode == 130
    assert os.path.exists(exchange.folder / "cleaned.dat")


def test_a_lost_answer_is_looked_for_and_nothing_is_sent_twice(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", PEOPLE, ",\n")
    exchange.sandbox.steer(lose={"method": "POST", "path": "/outbox$", "after": True})
    assert exchange.asks().json["error"]["code"] == "mesh-no-answer"
    assert (
        exchange.mesh("collect", "--profile", "trust", "--json").json["requests"][0]["sendings"][0]["state"] == "sent"
    )
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    assert exchange.asks(timeout=60).json["allowed"] == len(STAY)
    calls = exchange.sandbox.steer()["calls"]
    assert sum(call == f"POST /messageexchange/{TRUST}/outbox" for call in calls) == 1


def test_a_request_that_never_arrived_is_sent_under_a_new_name(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", PEOPLE, ",\n")
    exchange.sandbox.steer(lose={"method": "POST", "path": "/outbox$", "after": False})
    exchange.asks()
    time.sleep(1.1)
    exchange.asks()
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    said = exchange.asks(timeout=60)
    assert said.json["allowed"] == len(STAY)
    sendings = exchange.mesh("collect", "--profile", "trust", "--json").json["requests"][0]["sendings"]
    assert [sending["state"] for sending in sendings] == ["absent", "sent"]
    assert len({sending["file_name"] for sending in sendings}) == 2


def test_nobody_collected_it_in_five_days(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE, ",\n")
    exchange.asks()
    exchange.sandbox.steer(expire=True)
    said = exchange.asks()
    assert (said.status, said.json["error"]["code"]) == (4, "mesh-undelivered")
    assert exchange.asks().json["error"]["code"] == "mesh-no-answer", "asked anew"


def test_a_rejection_is_no_answer(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE, ",\n")
    exchange.asks()
    with exchange.mailbox("national") as national:
        id = next(national.waiting(WORKFLOW))
        asked = national.fetch(id, 10_000)
        assert asked is not None
        assert sorted(asked.body.split()) == sorted(f"{number},".encode() for number in PEOPLE)
        for body in (b'{"status": "pending"}', b"The file contains one or more invalid NHS Numbers."):
            national.send(Letter(TRUST, WORKFLOW, asked.local_id, "x", ""), [body])
        national.acknowledge(id)
        assert national.fetch(id, 10) is None, "what was acknowledged is gone"
        national.acknowledge(id)
    said = exchange.asks()
    assert (said.status, said.json["error"]["code"]) == (4, "mesh-rejected")
    assert not (exchange.folder / "cleaned.dat").exists()


def test_when_everybody_opted_out_nobody_is_released_and_a_person_decides(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE[:3], ",\n")
    exchange.put("gone.dat", PEOPLE)
    exchange.asks()
    assert exchange.answers().json["lines"] == {"kept": 0, "removed": 3, "not_covered": 0, "repeated": 0}
    assert exchange.asks().json["error"]["code"] == "mesh-no-answer"
    said = exchange.mesh("doctor", "--profile", "trust", "--json").json
    assert [alarm["code"] for alarm in said["alarms"]] == ["quarantined"]
    assert "everybody may have opted out" in " ".join(said["requests"][0]["reasons"])


def test_a_file_in_many_chunks_comes_back_whole(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    class InSmallPieces(mesh_client.MeshClient):  # type: ignore[misc]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options, max_chunk_size=7_001, transparent_compress=True)

    monkeypatch.setattr(mesh_client, "MeshClient", InSmallPieces)
    people = some(4_000, seed=3)
    exchange.put("numbers.dat", people, "\n")
    exchange.put("gone.dat", people[::20])
    exchange.asks()
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    assert exchange.asks(timeout=60).json["allowed"] == 3_800
    assert exchange.cleaned() == [number for at, number in enumerate(people) if at % 20]
    calls = exchange.sandbox.steer()["calls"]
    assert sum("/outbox/" in call and call.startswith("POST") for call in calls) > 8


def test_a_chunk_that_is_lost_leaves_no_request_behind(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    class InSmallPieces(mesh_client.MeshClient):  # type: ignore[misc]
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options, max_chunk_size=100)

    monkeypatch.setattr(mesh_client, "MeshClient", InSmallPieces)
    monkeypatch.setattr(exchange_steps, "_HALF_IS_LOST_AFTER", timedelta(0))
    exchange.put("numbers.dat", PEOPLE, "\n")
    exchange.put("gone.dat", GO)
    exchange.sandbox.steer(lose={"method": "POST", "path": "/outbox/.*/3$", "after": False})
    exchange.asks()
    exchange.asks()
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    assert exchange.asks(timeout=60).json["allowed"] == len(STAY)


def test_a_wrong_password_is_said_at_once(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    profile = exchange.sandbox.profile("trust", TRUST, NATIONAL, password="wrong")  # noqa: S106  that is the point
    (exchange.folder / "ndoo.toml").write_text(profile)
    said = exchange.asks(timeout=30)
    assert (said.status, said.json["error"]["code"]) == (5, "mesh-login-refused")
    assert "wrong" not in said.told


def test_without_its_certificate_nobody_gets_in(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    profile = exchange.sandbox.profile("trust", TRUST, NATIONAL)
    (exchange.folder / "ndoo.toml").write_text(
        "\n".join(line for line in profile.splitlines() if line[:4] not in ("cert", "key "))
    )
    said = exchange.asks()
    assert (said.status, said.json["error"]["code"]) == (5, "mesh-certificate-refused")
    for command in (("request", "numbers.dat"), ("collect",), ("doctor",)):
        said = exchange.mesh(*command, "--profile", "trust", "--json")
        assert said.status == 5
        assert "certificate" in (
            said.json["error"]["message"] if "error" in said.json else said.json["alarms"][0]["message"]
        )


def test_a_certificate_of_another_authority_is_said_wherever_somebody_looks(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    foreign = exchange.folder / "foreign"
    foreign.mkdir()
    make_certificates(foreign)
    profile = exchange.sandbox.profile(
        "trust", TRUST, NATIONAL, cert=f"{foreign}/client.pem", key=f"{foreign}/client.key"
    )
    (exchange.folder / "ndoo.toml").write_text(profile)
    asked = exchange.mesh("request", "numbers.dat", "--profile", "trust", "--json")
    assert (asked.status, asked.json["state"]) == (5, "open"), "kept"
    assert exchange.mesh("collect", "--profile", "trust", "--json").json["error"]["code"] == "mesh-certificate-refused"
    told = exchange.mesh("doctor", "--profile", "trust", "--json")
    assert (told.status, told.json["alarms"][0]["code"]) == (5, "certificate-refused")
    (exchange.folder / "ndoo.toml").write_text(exchange.sandbox.toml())
    done = exchange.mesh("collect", "--profile", "trust", "--json")
    assert (done.status, done.json["alarms"], done.json["requests"][0]["sendings"][0]["state"]) == (0, [], "sent")


def test_a_recipient_that_does_not_exist_is_said(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE)
    (exchange.folder / "ndoo.toml").write_text(exchange.sandbox.profile("trust", TRUST, "X26NOBODY"))
    said = exchange.asks()
    assert (said.status, said.json["error"]["code"]) == (4, "mesh-undelivered")
    assert "no mailbox of the recipient's name" in said.json["error"]["message"]
    exchange.put("numbers.dat", PEOPLE[:7])
    for command in (("request", "numbers.dat"), ("collect",), ("doctor",)):
        said = exchange.mesh(*command, "--profile", "trust", "--json")
        assert said.status == 5, command
        assert [alarm["code"] for alarm in said.json["alarms"]] == ["refused"]
        assert "code 12" in said.json["alarms"][0]["message"]
    (exchange.folder / "ndoo.toml").write_text(exchange.sandbox.toml())
    assert exchange.mesh("request", "numbers.dat", "--profile", "trust", "--json").status == 0
    assert exchange.mesh("collect", "--profile", "trust", "--json").json["alarms"] == []


def test_an_extract_is_upheld_and_verified_through_mesh(exchange: Exchange) -> None:
    extract = exchange.folder / "extract.csv"
    extract.write_text("nhs_number,stay\n" + "".join(f"{number},{number in STAY}\n" for number in PEOPLE for _ in "12"))
    exchange.put("gone.dat", GO)
    arguments = ("--mesh", "trust", "--timeout", 0, "--json")
    for command in (("uphold", "extract.csv", "-o", "out.csv"), ("verify", "out.csv")):
        assert exchange.trust(*command, *arguments).json["error"]["code"] == "mesh-no-answer"
        exchange.answers()
        said = exchange.trust(*command, *arguments)
        assert said.status == 0, said.told
        assert said.json["list"]["source"] == "mesh"
    assert "False" not in (exchange.folder / "out.csv").read_text()
    exchange.put("gone.dat", [*GO, STAY[0]])
    exchange.trust("verify", "out.csv", *arguments)
    exchange.answers()
    assert exchange.trust("verify", "out.csv", *arguments).status == 3, "somebody has opted out since"


def test_asking_and_collecting_one_step_at_a_time(exchange: Exchange) -> None:
    exchange.put("numbers.dat", [*PEOPLE, "hello"], ",\n")
    exchange.put("gone.dat", GO)
    asked = exchange.mesh("request", "numbers.dat", "--profile", "trust", "--json")
    assert (asked.status, asked.json["requested"], asked.json["held"]) == (6, 40, {"malformed": 1})
    assert (
        exchange.mesh("request", "numbers.dat", "--profile", "trust", "--json").json["request"] == asked.json["request"]
    )
    early = exchange.mesh("collect", "--profile", "trust", "-o", "cleaned.dat", "--json")
    assert (early.status, early.json["error"]["code"]) == (4, "mesh-no-answer-yet")
    exchange.answers()
    said = exchange.mesh("collect", "--profile", "trust", "-o", "cleaned.dat", "--json")
    assert said.json["record"]["withheld"] == len(GO)
    assert exchange.cleaned() == sorted(STAY)
    nothing = exchange.mesh("collect", "--profile", "trust", "-o", "cleaned.dat", "--json")
    assert nothing.json["error"]["code"] == "mesh-nothing-asked"
    again = exchange.mesh("request", "numbers.dat", "--profile", "trust", "--ask-again", "--json")
    assert again.json["request"] != asked.json["request"]


def test_nothing_is_answered_from_a_list_that_is_too_old(exchange: Exchange) -> None:
    exchange.put("numbers.dat", PEOPLE, ",\n")
    exchange.put("gone.dat", GO)
    exchange.asks()
    said = exchange.answers("--checked-at", "2026-01-01")
    assert (said.status, said.json["error"]["code"]) == (4, "list-stale")
    with exchange.mailbox("national") as national:
        assert len(list(national.waiting(WORKFLOW))) == 1, "the request waits"


def test_an_inbox_is_read_past_its_first_page(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "PAGE", 10)
    with exchange.mailbox("trust") as trust, exchange.mailbox("national") as national:
        sent = [trust.send(Letter(NATIONAL, "OTHER", f"a-{at}", "s", "f.dat"), [b"x"]) for at in range(23)]
        assert naive.reads_the_first_page(sent, 10) == national._client.list_messages(max_results=10) != sent
        assert list(national.waiting("OTHER")) == sent


def test_only_those_are_asked_about_of_whom_nothing_is_known(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", PEOPLE[:30])
    exchange.asks()
    exchange.answers()
    first = exchange.asks("--reuse-days", 5, timeout=60).json
    exchange.put("numbers.dat", PEOPLE)
    exchange.put("gone.dat", [*GO, PEOPLE[0]])
    exchange.asks("--reuse-days", 5)
    answered = exchange.answers().json
    assert sum(answered["lines"].values()) == 10, "the thirty are not asked about again"
    said = exchange.asks("--reuse-days", 5, timeout=60).json
    assert (said["requested"], said["allowed"], said["checked_at"]) == (40, len(STAY), first["checked_at"])
    assert exchange.cleaned() == STAY
    again = exchange.asks("--reuse-days", 5)
    assert (again.status, again.json["allowed"]) == (0, len(STAY))
    assert "nothing is sent" in again.told
    fresh = exchange.asks()
    assert fresh.json["error"]["code"] == "mesh-no-answer", "without the option everybody is asked about"


def test_a_client_of_the_older_interface_is_served(exchange: Exchange) -> None:
    """GET handshake, v1 shapes, CRLF and a byte-order mark, with tokens made by hand."""
    exchange.put("gone.dat", GO)
    body = ("\ufeff" + "".join(f"{number}\r\n" for number in PEOPLE)).encode()
    base = f"{exchange.sandbox.url}/messageexchange/{TRUST}"
    certificates = exchange.sandbox.certificates
    token = mesh_client.AuthTokenGenerator(SHARED_KEY.encode(), TRUST, PASSWORDS[TRUST])
    headers = {
        "mex-to": NATIONAL,
        "mex-workflowid": WORKFLOW,
        "mex-subject": "s",
        "mex-localid": "20261122",
        "mex-filename": "x.txt",
    }
    with requests.Session() as v1:
        v1.trust_env, v1.verify, v1.auth = False, str(certificates / "ca.pem"), token
        v1.cert = (str(certificates / "client.pem"), str(certificates / "client.key"))
        v1.headers.update({"mex-clientversion": "x", "mex-osname": "x", "mex-osversion": "x"})
        assert v1.get(base, timeout=10).json() == {"mailboxId": TRUST}
        assert "messageID" in v1.post(f"{base}/outbox", data=body, headers=headers, timeout=10).json()
        said = exchange.answers().json
        assert said["outcomes"] == {"answered": 1}
        assert set(said["notes"]) == {"crlf", "byte_order_mark", "no_comma"}
        ids = v1.get(f"{base}/inbox", timeout=10).json()["messages"]
        bodies = [v1.get(f"{base}/inbox/{id}", timeout=10).content for id in ids]
    assert bodies[0].startswith(b"{")
    assert bodies[1] == "".join(f"{number}\r\n" for number in STAY).encode()

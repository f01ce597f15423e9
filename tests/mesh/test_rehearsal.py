"""The rehearsal as its user runs it, in a mailbox of NHS England's sandbox; so the stand-in's answers are held to the real one's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ndoo.checking.mesh import client
from ndoo.checking.mesh.message import Letter
from ndoo.evidence.seal import check_seal
from tests.conftest import Said
from tests.mesh.conftest import Exchange
from tests.mesh.sandbox import OTHER, TRUST, WORKFLOW


def rehearsed(exchange: Exchange, *more: object, profile: str = "trust", crowd: int = 23) -> Said:
    return exchange.mesh("rehearse", "--profile", profile, "--crowd", crowd, "--json", *more)


def outcomes(said: Said) -> dict[str, str]:
    return {f"{case['case']} {case['place']}": case["outcome"] for case in said.json["cases"]}


def test_a_rehearsal_leaves_a_report_to_hand_over_and_the_mailbox_as_it_was(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE", 10)
    with exchange.mailbox("trust") as trust:
        theirs = trust.send(Letter(TRUST, WORKFLOW, "somebody-elses", "s", "f.dat"), [b"results"])
        first = rehearsed(exchange)
        assert first.status == 6, "the case of five days waits"
        came = outcomes(first)
        assert {key for key, outcome in came.items() if outcome != "passed"} == {"disabled mailbox", "report mailbox"}
        assert len(came) == 17
        assert len(list(trust.waiting(WORKFLOW))) == 2
        exchange.sandbox.steer(expire=True)
        theirs = trust.send(Letter(TRUST, WORKFLOW, "somebody-elses-2", "s", "f.dat"), [b"results"])
        again = rehearsed(exchange, "-o", "again.html")
        assert (again.status, again.json["complete"]) == (0, True)
        assert outcomes(again)["report mailbox"] == "passed"
        left = list(trust.waiting(WORKFLOW))
        assert len(left) == 2, "another's message, and the report on another's"
        assert theirs in left
        for id in left:
            trust.acknowledge(id)
    document = json.loads((exchange.folder / "again.json").read_bytes())
    assert document == again.json
    check_seal(document)
    shown = (exchange.folder / "again.html").read_text()
    assert shown.count("<tr>") == 18
    assert "somebody-elses" not in shown + json.dumps(document)


def test_a_second_mailbox_and_one_that_is_let_in_though_it_should_not_be(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "PAGE", 10)
    second = exchange.sandbox.profile("second", OTHER, None)
    with (exchange.folder / "ndoo.toml").open("a") as toml:
        toml.write(f"\n{second}")
    said = rehearsed(exchange, "--to", "second", "--disabled", "second", "--workflow", "TEST_WORKFLOW")
    assert (said.json["recipient"], said.json["workflow"]) == (OTHER, "TEST_WORKFLOW")
    came = outcomes(said)
    assert {key: outcome for key, outcome in came.items() if outcome != "passed"} == {
        "disabled mailbox": "not_provoked",
        "report mailbox": "waiting",
    }
    with exchange.mailbox("second") as mailbox:
        assert len(list(mailbox.waiting(""))) == 1
        for id in list(mailbox.waiting("")):
            mailbox.acknowledge(id)


def test_what_differs_is_an_exit_status_of_its_own(exchange: Exchange) -> None:
    exchange.sandbox.steer(lose={"method": "POST", "path": "/outbox$", "after": False})
    said = rehearsed(exchange, crowd=2)
    assert said.status == 3
    assert outcomes(said)["send mailbox"] == "differs"


def test_the_live_mesh_is_not_rehearsed_in_by_accident(exchange: Exchange) -> None:
    live = exchange.sandbox.profile("live", TRUST, None, url="https://mesh-sync.spineservices.nhs.uk")
    (exchange.folder / "ndoo.toml").write_text(live)
    said = rehearsed(exchange, profile="live")
    assert (said.status, said.json["error"]["code"]) == (2, "rehearsal-on-live")


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("report.pdf", "rehearsal-output"),
        ("9990000018.html", "name-identifies"),
        ("data-trust/seal.html", None),
    ],
)
def test_a_report_goes_where_it_may(output: str, code: str | None, exchange: Exchange, tmp_path: Path) -> None:
    (exchange.folder / "data-trust").mkdir(exist_ok=True)
    said = rehearsed(exchange, "-o", output, profile="nobody")
    assert (said.status, said.json["error"]["code"]) == (2, code or "mesh-profile-missing")


def test_a_refused_login_is_said_and_no_report_written(exchange: Exchange) -> None:
    (exchange.folder / "ndoo.toml").write_text(exchange.sandbox.profile("trust", TRUST, None, password="wrong"))  # noqa: S106  that is the point
    assert rehearsed(exchange).json["error"]["code"] == "mesh-login-refused"
    assert not (exchange.folder / "rehearsal.html").exists()


@pytest.mark.soak
def test_six_hundred_messages_wait_in_the_sandbox(exchange: Exchange) -> None:
    assert outcomes(rehearsed(exchange, crowd=600))["crowd mailbox"] == "passed"

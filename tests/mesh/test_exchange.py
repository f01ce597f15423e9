"""The whole exchange, real client to real responder, through NHS England's sandbox with its strictness put back."""

from __future__ import annotations

import json
import os

from tests.conftest import TODAY
from tests.mesh.conftest import Exchange, as_process
from tests.numbers import some

PEOPLE = some(40, seed=11)
STAY, GO = PEOPLE[:36], PEOPLE[36:]
BAD = ["1234567890", "", "not a number", "9999999999"]


def test_one_bad_number_does_not_cost_everybody_their_answer(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", [*PEOPLE[:20], *BAD, *PEOPLE[20:], PEOPLE[3]], ",\n")
    waiting = exchange.asks()
    assert (waiting.status, waiting.json["error"]["code"]) == (4, "mesh-no-answer")
    assert exchange.answers().json["outcomes"] == {"answered": 1}
    said = exchange.asks(timeout=10)
    assert said.status == 6
    assert {key: said.json[key] for key in ("read", "repeated", "requested", "allowed", "withheld")} == {
        "read": 45, "repeated": 1, "requested": 40, "allowed": 36, "withheld": 4,
    }  # fmt: skip
    assert said.json["held"] == {"check_digit": 1, "missing": 1, "malformed": 1, "placeholder": 1}
    assert exchange.cleaned() == STAY
    record = json.loads((exchange.folder / "cleaned.dat.manifest.json").read_bytes())
    assert record == said.json


def test_the_two_sides_run_beside_each_other(exchange: Exchange) -> None:
    exchange.put("gone.dat", GO)
    exchange.put("numbers.dat", PEOPLE)
    asking = as_process(exchange.folder, exchange.folder / "a", "check", "numbers.dat", "-o", "cleaned.dat", "--mesh", "trust",
                        "--timeout", 30, "--json")  # fmt: skip
    answering = as_process(exchange.folder, exchange.folder / "b", "mesh", "respond", "--profile", "national",
                           "--opted-out", "gone.dat", "--checked-at", TODAY, "--json")  # fmt: skip
    out, err = asking.communicate(timeout=60)
    assert asking.returncode == 0, err
    assert json.loads(out)["allowed"] == len(STAY)
    assert exchange.cleaned() == STAY
    answering.send_signal(15)
    assert answering.communicate(timeout=20)[0] is not None
    assert answering.returncode == 130
    assert os.path.exists(exchange.folder / "cleaned.dat")

"""A mailbox that cannot be right is refused before anything is sent through it, and no secret is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.checking.mesh.checklist import items
from ndoo.checking.mesh.profile import Profile, read_profile
from ndoo.checking.mesh.service import entries, known
from ndoo.domain.errors import UsageFault
from tests.conftest import Ndoo

GOOD = {"url": "https://mesh.example", "mailbox": "ra9ot001", "password": "hush", "shared_key": "hush2"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NDOO_CONFIG", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(**more: object) -> Profile:
    values = {key: value for key, value in {**GOOD, **more}.items() if value is not None}
    lines = [
        f"{key} = {value!r}" if isinstance(value, str) else f"{key} = {str(value).lower()}"
        for key, value in values.items()
    ]
    Path("ndoo.toml").write_text("[mesh.live]\n" + "\n".join(lines) + "\n")
    return read_profile("live")


def test_what_is_left_out_is_what_is_known_of_the_service() -> None:
    profile = written(recipient="x26hc065")
    assert (profile.mailbox, profile.national) == ("RA9OT001", "X26HC065")
    assert (profile.workflow, profile.poll_seconds) == ("SPINE_NTT_UPHOLDING", 300)
    assert (profile.ca, profile.cert, profile.key) == (None, None, None)
    assert "hush" not in repr(profile)


def test_a_blank_setting_is_one_that_was_left_out() -> None:
    profile = written(ca="", cert="", key="", workflow="", recipient="")
    assert (profile.ca, profile.cert, profile.workflow, profile.recipient) == (None, None, "SPINE_NTT_UPHOLDING", None)


def test_on_this_machine_nobody_waits_five_minutes() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert written(url=f"http://{host}:8700/").poll_seconds == 1
    assert written(url="http://localhost:8700/").url == "http://localhost:8700"
    assert written(poll_seconds=20).poll_seconds == 20


def test_how_many_people_go_into_one_request_is_the_site_s_to_say() -> None:
    assert written().max_numbers == known().max_numbers
    assert written(max_numbers=62_000_000).max_numbers == 62_000_000


def test_a_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "from outside")
    assert written(password="env:WORD").password == "from outside"  # noqa: S106  a test's
    with pytest.raises(UsageFault, match="takes password from an environment variable that is not set"):
        written(password="env:NOWHERE")  # noqa: S106  a test's


def test_files_are_named_as_they_are(here: Path) -> None:
    for name in ("ca.pem", "a.pem", "a.key"):
        (here / name).write_text("x")
    profile = written(ca="ca.pem", cert="a.pem", key="a.key", workflow="OTHER")
    assert (profile.ca, profile.cert, profile.key, profile.workflow) == (
        Path("ca.pem"),
        Path("a.pem"),
        Path("a.key"),
        "OTHER",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": None}, "lacks password"),
        ({"url": ""}, "lacks url"),
        ({"mailbox": 5}, "needs mailbox as a text"),
        ({"colour": "blue"}, "settings that nothing reads: colour"),
        ({"url": "ftp://mesh.example"}, "no address of a web service"),
        ({"url": "http://mesh.example"}, "over plain HTTP"),
        ({"cert": "a.pem"}, "needs both cert and key"),
        ({"ca": "nowhere.pem"}, "a file for ca that is not there"),
        ({"mailbox": "a b"}, "names a mailbox that cannot be one"),
        ({"recipient": "X26HC036"}, "names a mailbox that was switched off"),
        ({"poll_seconds": 0}, "needs poll_seconds as a number of seconds"),
        ({"poll_seconds": True}, "needs poll_seconds as a number of seconds"),
        ({"max_numbers": 0}, "needs max_numbers as a whole number"),
        ({"max_numbers": True}, "needs max_numbers"),
        ({"max_numbers": 1.5}, "needs max_numbers"),
        ({"poll_seconds": "soon"}, "needs poll_seconds as a number of seconds"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_right_is_said(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageFault, match=said) as refused:
        written(**change)
    assert "hush" not in refused.value.sentence


def test_a_profile_that_is_not_there_is_said() -> None:
    with pytest.raises(UsageFault, match="no MESH profile 'live'"):
        read_profile("live")
    Path("ndoo.toml").write_text("mesh = 5\n")
    with pytest.raises(UsageFault, match="mesh must be a table"):
        read_profile("live")
    Path("ndoo.toml").write_text("[mesh]\nlive = 5\n")
    with pytest.raises(UsageFault, match="no MESH profile 'live'"):
        read_profile("live")


def test_whoever_asks_needs_somebody_to_ask() -> None:
    with pytest.raises(UsageFault, match="names no recipient"):
        assert written().national


def test_every_value_of_the_service_has_a_source_and_a_day() -> None:
    for name, entry in entries().items():
        assert len(entry["source"]) > 10, name
        assert entry["read_on"].year >= 2026
        assert "confirmed_by" in entry
    confirmed = {name for name, entry in entries().items() if entry["confirmed_by"]}
    assert confirmed == {"workflow", "recipients", "environments", "retired", "rejection"}
    assert known().rejection.startswith("The file contains")


def test_what_comes_before_the_first_request_is_named_with_who_says_so(ndoo: Ndoo) -> None:
    told = ndoo("mesh", "checklist")
    assert told.status == 0
    for words in (
        "2. Send a roll-out plan to NHS England",
        "the permission of your data protection officer",
        "you are the data controller for the service data",
    ):
        assert words in told.out
    assert told.out.count("; read 2026-11-29]") == len(items())
    assert [one["id"] for one in ndoo("mesh", "checklist", "--json").json["items"]] == [item.id for item in items()]

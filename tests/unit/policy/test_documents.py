"""Flows and decisions in files: read whole or refused, written whole or not at all."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import Fault, NotPermitted, UnfitData, UsageFault
from ndoo.policy import Flow, decide, load_pack, read_flow
from ndoo.policy.decision_record import read_record, record, replay
from ndoo.policy.documents import documents, files_of, parsed_json, text_of
from ndoo.policy.write_flow import as_toml, put
from tests.spec.flows import TODAY, plain

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def held(path: Path) -> list[tuple[str, dict[str, Any]]]:
    return [(document.name, dict(document.content)) for document in documents(path)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_toml_json_and_tables_hold_flows(tmp_path: Path) -> None:
    one = written(tmp_path, "a.toml", 'purpose = "research"\n')
    two = written(tmp_path, "b.json", '\ufeff{"purpose": "planning"}')
    three = written(tmp_path, "c.JSON", '[{"purpose": "planning"}, {}]')
    four = written(
        tmp_path, "d.csv", " purpose ,data.confidential,as_of\r\nresearch,Yes,\r\n\r\nplanning,maybe,2026-01-01\r\n"
    )
    assert held(one) == [("a.toml", {"purpose": "research"})]
    assert held(two) == [("b.json", {"purpose": "planning"})]
    assert held(three) == [("c.JSON, flow 1", {"purpose": "planning"}), ("c.JSON, flow 2", {})]
    assert held(four) == [
        ("d.csv, row 1", {"purpose": "research", "data.confidential": True, "as_of": ""}),
        ("d.csv, row 3", {"purpose": "planning", "data.confidential": "maybe", "as_of": "2026-01-01"}),
    ]
    written(tmp_path, "notes.txt", "no flow")
    (tmp_path / "folder.toml").mkdir()
    assert files_of(tmp_path) == [one, two, three, four]
    assert files_of(one) == [one]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.toml", "a = = 3", "a.toml is not valid TOML (line 1, column 5)."),
        ("a.toml", 'a = "1', "a.toml is not valid TOML"),
        ("a.toml", 'purpose = "a"\npurpose = "b"\n', "a.toml is not valid TOML"),
        ("a.toml", b'a = "\xff"', "a.toml is not UTF-8 text."),
        ("a.json", '{"a": }', "a.json is not valid JSON (line 1, column 7)."),
        ("a.json", '{"a": 1, "a": 2}', "a.json is not valid JSON: a field stands twice, or it is too deep."),
        ("a.json", "[" * 100_000, "a.json is not valid JSON: a field stands twice, or it is too deep."),
        ("a.json", "3", "a.json is not a JSON object."),
        ("a.json", "[{}, 3]", "a.json, flow 2 is not a JSON object."),
        ("a.csv", "purpose,purpose\n1,2\n", "The heading of a.csv has a column without a name, or one name twice."),
        ("a.csv", "purpose,\n1,2\n", "The heading of a.csv has a column without a name, or one name twice."),
        ("a.csv", "purpose\nresearch\n1,2\n", "Row 2 of a.csv has 2 cells and the heading 1."),
        ("a.csv", 'purpose\n"a"b\n', "a.csv is not valid CSV."),
        ("a.csv", "", "There is no flow in a.csv, so nothing was decided."),
        ("a.csv", "purpose,gateway.kind\n", "There is no flow in a.csv, so nothing was decided."),
        ("a.json", "[]", "There is no flow in a.json, so nothing was decided."),
    ],
)
def test_a_file_that_holds_no_flow_is_refused(name: str, content: str | bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitData) as error:
        held(written(tmp_path, name, content))
    assert sentence in error.value.sentence


def test_a_toml_error_without_a_place_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> None:
        raise tomllib.TOMLDecodeError("whatever was written")

    monkeypatch.setattr("ndoo.policy.documents.tomllib.loads", broken)
    with pytest.raises(UnfitData) as error:
        held(written(tmp_path, "a.toml", ""))
    assert error.value.sentence == "a.toml is not valid TOML."


def test_no_file_no_folder_of_flows_and_no_right_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageFault, match=r"none.toml does not exist"):
        text_of(tmp_path / "none.toml")
    with pytest.raises(UsageFault, match="holds no flow"):
        files_of(tmp_path)

    def forbidden(self: Path) -> bytes:
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(NotPermitted, match=r"a\.toml cannot be read"):
        text_of(tmp_path / "a.toml")


def test_a_flow_is_written_as_toml_that_people_read() -> None:
    flow = Flow(
        {
            "exemption": "X-ONS",
            "as_of": date(2026, 1, 2),
            "gateway.kind": "none",
            "data.confidential": True,
            "title": 'a "b"\n',
            "data.form": "aggregate",
        }
    )
    assert as_toml(flow) == (
        "# A data flow, for `ndoo applies`. A field left out is not known.\n"
        'title = "a \\"b\\"\\n"\nas_of = 2026-01-02\nexemption = "X-ONS"\n\n'
        '[data]\nconfidential = true\nform = "aggregate"\n\n[gateway]\nkind = "none"\n'
    )
    assert read_flow(tomllib.loads(as_toml(flow))) == flow
    assert tomllib.loads(as_toml(Flow({"title": "\x7f"}))) == {"title": "\x7f"}


def test_a_file_named_after_a_person_is_not_named(tmp_path: Path) -> None:
    assert held(written(tmp_path, "9990000018.toml", ""))[0][0] == "**********.toml"
    with pytest.raises(UnfitData, match=r"^\*{10}\.json is not valid JSON"):
        held(written(tmp_path, "9990000018.json", ""))


def test_a_file_is_put_in_place_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "f.toml", "é\n")
    assert (tmp_path / "f.toml").read_text(encoding="utf-8") == "é\n"
    with pytest.raises(UsageFault, match=r"none' of the output does not exist"):
        put(tmp_path / "none" / "f.toml", "x")

    def full(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Fault, match="could not read or write the output"):
        put(tmp_path / "f.toml", "other")
    assert [path.name for path in tmp_path.iterdir()] == ["f.toml"]
    assert (tmp_path / "f.toml").read_text(encoding="utf-8") == "é\n"


def kept(**changes: Any) -> dict[str, Any]:
    """A kept decision, as its file says it."""
    document: dict[str, Any] = json.loads(record(decide(plain(**changes), load_pack(), TODAY), NOON))
    return document


def test_a_record_holds_the_flow_with_its_day_the_answer_and_the_pack() -> None:
    document = kept(as_of=None)
    assert document["kind"] == "ndoo decision"
    assert document["kept_at"] == "2026-11-22T12:00:00+00:00"
    assert document["flow"]["as_of"] == "2026-11-22"
    assert document["answer"]["policy"]["digest"] == load_pack().digest


def test_the_same_pack_gives_the_same_answer() -> None:
    again = replay(read_record(kept()), load_pack())
    assert (again.same_pack, again.same_answer, again.differences) == (True, True, ())
    assert again.to_dict()["then"] == json.loads(json.dumps(again.to_dict()["now"]))


@pytest.mark.parametrize("key", ["outcome", "reason", "family", "obligations", "missing", "because"])
def test_an_altered_answer_is_found_out(key: str) -> None:
    document = kept()
    document["answer"][key] = (
        [] if key == "because" else ["x"] if key == "obligations" else [{"fact": "x"}] if key == "missing" else "x"
    )
    with pytest.raises(UnfitData, match="the file was altered"):
        replay(read_record(document), load_pack())


def test_an_altered_flow_is_found_out() -> None:
    document = kept()
    document["flow"]["origin"] = "outside_england"
    with pytest.raises(UnfitData, match="the file was altered"):
        replay(read_record(document), load_pack())


def test_under_another_pack_the_difference_is_explained() -> None:
    again = replay(
        read_record(kept(purpose="planning", data__from_gp_record=True, data__nhs_number=None)),
        load_pack("proposal-2026"),
    )
    assert (again.same_pack, again.same_answer) == (False, False)
    assert again.differences == (
        "The outcome was review and is does_not_apply.",
        "The reason was R-MISSING and is P-PLANNING.",
        "The family was missing_facts and is proposal.",
        "The missing facts were data.nhs_number and are none.",
        "Step 11p (P-PLANNING) was not tried then and is met now.",
        "Step 11u (R-UNNAMED) was not met then and is not tried now.",
        "Step 11w (R-UNNAMED) was not met then and is not tried now.",
        "Step 11d (A-S251) was met then and is not tried now.",
    )
    told = again.to_dict()
    assert (told["same_pack"], told["same_answer"], len(told["differences"])) == (False, False, 8)


def test_the_same_answer_by_another_way_is_the_same_answer() -> None:
    again = replay(read_record(kept()), load_pack("proposal-2026"))
    assert (again.same_pack, again.same_answer) == (False, True)
    assert len(again.differences) == 2


def test_what_a_rule_found_then_and_now_is_told() -> None:
    document = kept(data__from_gp_record=True)
    document["answer"]["policy"]["digest"] = "another"
    document["answer"]["obligations"] = []
    next(step for step in document["answer"]["trace"] if step["step"] == "11c")["result"] = "unknown"
    assert replay(read_record(document), load_pack()).differences == (
        "The obligations were none and are apply_type_1.",
        "Step 11c (N-NHSNO) was unknown then and is not met now.",
    )


def breaking(*path: str) -> Callable[[dict[str, Any]], None]:
    def without(document: dict[str, Any]) -> None:
        for key in path[:-1]:
            document = document[key]
        del document[path[-1]]

    return without


@pytest.mark.parametrize(
    "broken",
    [
        breaking("kind"),
        breaking("flow"),
        breaking("answer"),
        breaking("flow", "as_of"),
        breaking("answer", "policy"),
        breaking("answer", "policy", "digest"),
        breaking("answer", "trace"),
        breaking("answer", "because"),
        breaking("answer", "outcome"),
        breaking("answer", "missing"),
        breaking("answer", "obligations"),
        lambda document: document.update(kind="something else"),
        lambda document: document.update(flow=3),
        lambda document: document["answer"]["policy"].update(digest=3),
        lambda document: document["answer"].update(trace=[{"step": "1"}]),
        lambda document: document["answer"].update(missing=["origin"]),
        lambda document: document["answer"].update(trace=[]),
        lambda document: document["answer"].update(title="999 000 0018"),
    ],
)
def test_a_record_that_is_none_is_refused(broken: Callable[[dict[str, Any]], None]) -> None:
    document = kept()
    broken(document)
    with pytest.raises(UnfitData, match="This is no decision that ndoo kept"):
        read_record(document)


def test_a_record_that_is_no_object_is_refused() -> None:
    with pytest.raises(UnfitData):
        read_record(parsed_json("d.json", "[]"))
    with pytest.raises(UnfitData):
        read_record(3)

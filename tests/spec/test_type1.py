"""Type 1 status, rule by rule: each case says who would be wronged, and each wrong model in use fails one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ndoo.type1.code_table import code_table
from ndoo.type1.status import read_status
from tests.conftest import Ndoo
from tests.spec.type1_by_hand import WRONG, Entry, by_hand
from tests.support.numbers import some

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SNOMED, READ2, CTV3 = "827241000000103", "9Nu0.", "XaZ89"
BACK_SNOMED, BACK_READ2, BACK_CTV3 = "827261000000102", "9Nu1.", "XaZ8A"
DIABETES = "C10.."

CASES: dict[str, tuple[list[Entry], str]] = {
    "an objection in SNOMED CT stands": ([(SNOMED, "2021-06-01")], "dissent"),
    "an objection in Read v2 stands": ([(READ2, "2014-02-01")], "dissent"),
    "an objection in CTV3 stands": ([(CTV3, "2016-02-01")], "dissent"),
    "a Read code without its dot is the same code": ([("9Nu0", "2014-02-01")], "dissent"),
    "a Read code with its term number is the same code": ([("9Nu0.00", "2014-02-01")], "dissent"),
    "whoever withdrew is not kept out": ([(READ2, "2014-02-01"), (BACK_READ2, "2020-05-05")], "withdrawn"),
    "whoever withdrew in another terminology is not kept out": (
        [(READ2, "2014-02-01"), (BACK_SNOMED, "2020-05-05")],
        "withdrawn",
    ),
    "whoever objected again is left out": (
        [(READ2, "2014-02-01"), (BACK_READ2, "2020-05-05"), (SNOMED, "2021-06-01")],
        "dissent",
    ),
    "the order of the file is not the order of time": (
        [(SNOMED, "2021-06-01"), (BACK_SNOMED, "2020-05-05")],
        "dissent",
    ),
    "the order of the file is not the order of time, either way": (
        [(BACK_SNOMED, "2021-06-01"), (SNOMED, "2020-05-05")],
        "withdrawn",
    ),
    "on one day dissent wins": ([(SNOMED, "2021-06-01"), (BACK_SNOMED, "2021-06-01")], "dissent"),
    "nothing recorded is not an answer": ([(DIABETES, "2021-06-01")], "not_recorded"),
    "an objection without a date is not passed over": ([(SNOMED, "")], "held"),
    "an objection of 1 January 1900 has no date": ([(SNOMED, "1900-01-01")], "held"),
    "an objection after a dated withdrawal may have come later": ([(BACK_SNOMED, "2020-01-01"), (SNOMED, "")], "held"),
    "an undated withdrawal does not undo a dated objection": ([(SNOMED, "2020-01-01"), (BACK_SNOMED, "")], "dissent"),
    "an undated withdrawal beside a dated one changes nothing": (
        [(BACK_SNOMED, "2020-01-01"), (BACK_SNOMED, "")],
        "withdrawn",
    ),
    "a withdrawal alone without a date is held": ([(BACK_SNOMED, "")], "held"),
    "a date of another form is not guessed at": ([(SNOMED, "01/02/2021")], "held"),
    "a day that does not exist is no date": ([(SNOMED, "2021-02-29")], "held"),
    "a withdrawal in the future does not let anybody through today": (
        [(SNOMED, "2021-06-01"), (BACK_SNOMED, "2027-01-01")],
        "dissent",
    ),
    "an objection in the future is held": ([(SNOMED, "2027-01-01")], "held"),
    "an objection of today counts": ([(SNOMED, "2026-11-22")], "dissent"),
    "a time after the date is no other date": ([(SNOMED, "2021-06-01T23:59:59")], "dissent"),
    "a code that differs in case is another code": ([("9NU0.", "2021-06-01")], "not_recorded"),
    "consent to a local record is no objection": ([("93C1.", "2021-06-01")], "not_recorded"),
    "a Type 2 has no effect": ([("9Nu4.", "2016-01-01")], "not_recorded"),
    "a Type 2 withdrawal withdraws no Type 1": ([(READ2, "2014-02-01"), ("9Nu5.", "2018-01-01")], "dissent"),
}

WHO = some(200, seed=3)


def statuses(folder: Path, people: Sequence[Sequence[Entry]], form: str = "csv", name: str = "codes") -> list[str]:
    """The status that ndoo gives to each of these people, in an extract whose codes have kept their case (`H33zz`)."""
    rows = [(WHO[at], code, day) for at, entries in enumerate(people) for code, day in entries]
    rows.append((WHO[-1], "H33zz", "2020-01-01"))
    path = folder / f"{name}.{form}"
    if form == "csv":
        path.write_text("nhs_number,code,date\n" + "".join(f"{','.join(row)}\n" for row in rows))
    else:
        columns = dict(zip(("nhs_number", "code", "date"), map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns), path)
    told = b"".join(bytes(piece) for piece in read_status([path], NOW).lines()).decode().splitlines()
    found = {line.split(",")[0]: line.split(",")[1] for line in told}
    return [found.get(WHO[at], "not_recorded") for at in range(len(people))]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_case_has_its_status(form: str, tmp_path: Path) -> None:
    found = statuses(tmp_path, [entries for entries, _ in CASES.values()], form)
    assert dict(zip(CASES, found, strict=True)) == {name: status for name, (_, status) in CASES.items()}


def test_the_clerk_agrees() -> None:
    assert {name: by_hand(entries) for name, (entries, _) in CASES.items()} == {n: s for n, (_, s) in CASES.items()}


@pytest.mark.parametrize("wrong", WRONG, ids=[model.__name__ for model in WRONG])
def test_a_wrong_model_in_use_fails(wrong: object) -> None:
    assert callable(wrong)
    assert [name for name, (entries, status) in CASES.items() if wrong(entries) != status]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_no_order_of_entries_changes_anything(form: str, tmp_path: Path) -> None:
    """Six entries of every kind in all 720 orders, 180 people at a time."""
    entries = [
        (SNOMED, "2019-01-01"),
        (BACK_READ2, "2020-01-01"),
        (CTV3, "2020-01-01"),
        (BACK_CTV3, "2021-01-01"),
        (SNOMED, ""),
        (BACK_SNOMED, "2030-01-01"),
    ]
    for chosen in (entries, entries[:3], entries[:4], entries[1:5], [entries[3], entries[4]], entries[4:]):
        every = list(permutations(chosen))
        for at in range(0, len(every), 180):
            group = every[at : at + 180]
            assert set(statuses(tmp_path, group, form)) == {by_hand(chosen)}


entry = st.tuples(
    st.sampled_from([SNOMED, READ2, CTV3, BACK_SNOMED, BACK_READ2, BACK_CTV3, "9Nu0", "9NU1.", "9Nu4.", DIABETES, ""]),
    st.sampled_from(
        ["", "2019-12-31", "2020-01-01", "2020-01-02", "2026-11-22", "2026-11-23", "1899-12-31", "x", "2020-1-1"]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=st.lists(st.lists(entry, min_size=1, max_size=5), min_size=1, max_size=30),
    form=st.sampled_from(["csv", "parquet"]),
)
def test_whatever_the_entries_ndoo_finds_what_the_clerk_finds(
    tmp_path: Path, people: list[list[Entry]], form: str
) -> None:
    assert statuses(tmp_path, people, form) == [by_hand(entries) for entries in people]


def test_the_codes_are_those_of_the_domain_notes_and_say_who_confirmed_them() -> None:
    table = code_table()
    by_meaning = {code.meaning: code for code in reversed(table.codes)}
    assert dict(reversed(by_meaning["dissent"].spellings))["snomed_ct"] == SNOMED
    assert table.unconfirmed == (f"withdrawn {BACK_SNOMED}",)
    texts = [text for code in table.codes for _, text in code.spellings]
    assert len(texts) == len(set(texts)), "one text, one meaning"
    assert all(code.source and code.says for code in table.codes)


def test_the_command_counts_people_and_says_why_entries_are_held(ndoo: Ndoo, tmp_path: Path) -> None:
    a, b, c, d, e, f = WHO[:6]
    bad = a[:-1] + str((int(a[-1]) + 1) % 10)
    lines = [
        f"{a},{SNOMED},2020-01-01",
        f"{b},{READ2},2020-01-01",
        f"{b},{BACK_READ2},2021-01-01",
        f"{c},{DIABETES},2021-01-01",
        f"{d},{SNOMED},",
        f"{e},{SNOMED},2999-01-01",
        f"{f},{CTV3},3/4/20",
        f"{bad},{SNOMED},2020-01-01",
        f",{SNOMED},2020-01-01",
        f"1111111111,{SNOMED},2020-01-01",
        f"x,{BACK_SNOMED},2020-01-01",
        f"{c},9Nu4.,2019-01-01",
        f"{c},9Nu4.,2016-01-01",
        f"{c},9NU0.,2016-01-01",
    ]
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + "\n".join(lines))
    said = ndoo("type1", "status", "codes.csv", "--json", "-o", "status.csv", "--force")
    assert said.status == 6, said.told
    counts = said.json
    assert (counts["people"], counts["dissent"], counts["withdrawn"], counts["not_recorded"]) == (6, 1, 1, 1)
    assert counts["people_held"] == 3
    assert counts["held"] == {
        "missing": 1,
        "malformed": 1,
        "check_digit": 1,
        "placeholder": 1,
        "undated": 1,
        "date_unreadable": 1,
        "future": 1,
    }
    assert counts["entries"] == {"read": 14, "dissent": 2, "withdrawn": 1}
    assert counts["type2"] == {"entries": 2, "people": 1, "after_its_end": 1}
    assert (counts["near_misses"], counts["dissents_of_nobody"]) == (1, 3)
    assert counts["codes"]["unconfirmed"] == [f"withdrawn {BACK_SNOMED}"]
    told = dict(line.split(",", 1) for line in (tmp_path / "status.csv").read_text().splitlines()[1:])
    assert told == {
        a: "dissent,2020-01-01",
        b: "withdrawn,2021-01-01",
        c: "not_recorded,",
        d: "held,",
        e: "held,",
        f: "held,",
    }
    assert (tmp_path / "status.csv").stat().st_mode & 0o777 == 0o600
    for wanted in ("Ask the practice", "capital and small letters are wrong", "no effect", "not confirmed"):
        assert wanted in said.told


def test_a_withdrawal_by_a_code_that_nobody_confirmed_is_held_where_the_reader_says_so(
    ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = WHO[:2]
    (tmp_path / "codes.csv").write_text(
        f"nhs_number,code,date\n{a},{READ2},2014-01-01\n{a},{BACK_READ2},2020-01-01\n{b},{BACK_READ2},2020-01-01\n"
    )
    assert ndoo("type1", "status", "codes.csv", "--json").json["withdrawn"] == 2
    monkeypatch.setenv("NDOO_TYPE1_UNCONFIRMED", "hold")
    said = ndoo("type1", "status", "codes.csv", "--json")
    assert (said.status, said.json["dissent"], said.json["people_held"]) == (6, 1, 1)
    assert said.json["held"] == {"code_unconfirmed": 2}
    monkeypatch.setenv("NDOO_TYPE1_UNCONFIRMED", "perhaps")
    assert ndoo("type1", "status", "codes.csv").status == 2


def test_schemes_are_known_by_their_names_and_a_code_of_another_scheme_is_held(ndoo: Ndoo, tmp_path: Path) -> None:
    a, b, c, d, e = WHO[:5]
    rows = [
        (a, SNOMED, "SNOMED CT"),
        (b, READ2, "http://read.info/readv2"),
        (c, CTV3, ""),
        (d, CTV3, "read2"),
        (e, READ2, "local"),
    ]
    text = "scheme,NHS_Number,practice,Code,Date\n" + "".join(f"{s},{n},A81001,{k},2020-01-01\n" for n, k, s in rows)
    (tmp_path / "codes.csv").write_text(text)
    said = ndoo("type1", "status", "codes.csv", "--json")
    assert (said.json["dissent"], said.json["people_held"], said.json["held"]) == (3, 2, {"scheme": 2})


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_whoever_moved_practice_or_system_keeps_the_objection(
    order: tuple[int, int], ndoo: Ndoo, tmp_path: Path
) -> None:
    """Two systems: an objection known to one of them alone; a disagreement; and one that both know to be withdrawn."""
    moved, torn, free, open_ = WHO[:4]
    texts = [
        f"{moved},{SNOMED},2015-01-01\n{torn},{SNOMED},2015-01-01\n{free},{BACK_SNOMED},2016-01-01\n{open_},{BACK_SNOMED},2016-01-01\n",
        f"{moved},{DIABETES},2020-01-01\n{torn},{BACK_CTV3},2020-01-01\n{free},{READ2},2015-01-01\n{free},{BACK_CTV3},2020-01-01\n"
        f"{open_},{READ2},\n",
    ]
    (tmp_path / "systems").mkdir()
    for name, at in zip("ab", order, strict=True):
        (tmp_path / "systems" / f"{name}.csv").write_text("nhs_number,code,date\n" + texts[at])
    for given_ in (["systems"], ["systems/a.csv", "systems/b.csv"]):
        said = ndoo("type1", "status", *given_, "--json", "-o", "status.csv", "--force")
        assert said.json["disagreements"] == 1
        assert "dissent stands" in said.told
        told = dict(line.split(",", 1) for line in (tmp_path / "status.csv").read_text().splitlines()[1:])
        assert told == {
            moved: "dissent,2015-01-01",
            torn: "dissent,2015-01-01",
            free: "withdrawn,2020-01-01",
            open_: "held,",
        }


def test_in_one_record_a_later_withdrawal_counts_whatever_practice_wrote_it(ndoo: Ndoo, tmp_path: Path) -> None:
    rows = f"{WHO[0]},{SNOMED},2015-01-01,A81001\n{WHO[0]},{BACK_SNOMED},2020-01-01,B81002\n"
    (tmp_path / "codes.csv").write_text("nhs_number,code,date,practice\n" + rows)
    assert ndoo("type1", "status", "codes.csv", "--json").json["withdrawn"] == 1

"""`ndoo impact`: what an exclusion did to a cohort, counted as one would by hand, and with nobody in it."""

from __future__ import annotations

import csv
import gzip
import json
import random
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
import pytest

from tests.conftest import DATA, ROOT, TODAY, Ndoo
from tests.support.numbers import some

OPTIONS = ("--checked-at", TODAY, "--quiet")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def cohort(tmp_path: Path, ndoo: Ndoo) -> Path:
    """The light chain study before and after its opt-outs were upheld."""
    gone = DATA / "flchain.opted_out.txt"
    assert ndoo("uphold", DATA / "flchain.csv", "-o", "after.csv", "--opted-out", gone, *OPTIONS).status == 0
    return tmp_path


def test_counts_are_those_that_one_finds_by_hand(cohort: Path, ndoo: Ndoo) -> None:
    said = ndoo("impact", DATA / "flchain.csv", "after.csv", "--by", "age", "--by", "sex", "--json")
    assert said.status == 0, said.told
    gone = set((DATA / "flchain.opted_out.txt").read_text().split())
    people = list(csv.DictReader((DATA / "flchain.csv").read_text().splitlines()))
    before, lost = Counter(p["sex"] for p in people), Counter(p["sex"] for p in people if p["nhs_number"] in gone)
    told = said.json
    assert (told["unit"], told["before"], told["after"], told["lost"]) == ("people", 7874, 7421, 453)
    age, sex = told["columns"]
    assert {g["group"]: (g["before"], g["after"], g["lost"]) for g in sex["groups"]} == {
        s: (before[s], before[s] - lost[s], lost[s]) for s in ("F", "M")
    }
    assert [g["verdict"] for g in sex["groups"]] == ["more", "less"]
    assert [g["group"] for g in age["groups"]] == ["50-59", "60-69", "70-79"]
    assert (age["groups_not_shown"], age["not_shown_together"]["lost"]) == (2, 39)
    assert sum(g["before"] for g in age["groups"]) + age["not_shown_together"]["before"] == 7874
    assert "Of 7,874 people, 453 (5.8 per cent" in told["paragraph"]
    assert told["paragraph"] in said.told
    assert "F lost more than the others and M lost less" in said.told


def test_each_person_counts_once_however_many_rows_they_have(ndoo: Ndoo, tmp_path: Path) -> None:
    gone = DATA / "rwm5yr.opted_out.txt"
    assert ndoo("uphold", DATA / "rwm5yr.csv", "-o", "after.csv", "--opted-out", gone, *OPTIONS).status == 0
    of_people = ndoo("impact", DATA / "rwm5yr.csv", "after.csv", "--by", "female", "--json").json
    of_rows = ndoo("impact", DATA / "rwm5yr.csv", "after.csv", "--by", "female", "--json", "--rows").json
    assert (of_people["before"], of_people["lost"]) == (6127, 369)
    assert (of_rows["unit"], of_rows["before"], of_rows["lost"]) == ("rows", 19609, 1199)


def test_a_person_stays_in_one_group_although_the_first_of_their_rows_was_held(ndoo: Ndoo, tmp_path: Path) -> None:
    """A row that names an undecidable mother is held; the person's other rows are released, and they are not lost."""
    people = some(80)
    rows = [
        f"{n},{year},{'x' if at < 20 and year == 2019 else ''}" for at, n in enumerate(people) for year in (2019, 2020)
    ]
    (tmp_path / "in.csv").write_text("\n".join(["child,year,mother", *rows]))
    (tmp_path / "gone.txt").write_text("\n".join(people[60:]))
    columns = ("--nhs-number", "child", "--also", "mother", "--opted-out", "gone.txt")
    assert ndoo("uphold", "in.csv", "-o", "out.csv", *columns, *OPTIONS).status == 6
    told = ndoo("impact", "in.csv", "out.csv", "--by", "year", "--json").json
    assert (told["before"], told["after"], told["lost"]) == (80, 60, 20)
    assert [g["group"] for g in told["columns"][0]["groups"]] == ["2019"]


def test_every_format_gives_the_same(cohort: Path, ndoo: Ndoo) -> None:
    by = ("--by", "age", "--by", "sex", "--by", "chapter", "--by", "sample.yr", "--json", "--nhs-number", "nhs_number")
    wanted = ndoo("impact", DATA / "flchain.csv", "after.csv", *by).json
    text = pyarrow.csv.ConvertOptions(
        column_types={"nhs_number": pa.string(), "sex": pa.dictionary(pa.int32(), pa.string())},
        strings_can_be_null=True,
    )
    for name, source in (("before", DATA / "flchain.csv"), ("after", cohort / "after.csv")):
        table = pyarrow.csv.read_csv(source, convert_options=text)
        pyarrow.parquet.write_table(table, cohort / f"{name}.parquet")
        pyarrow.feather.write_feather(table, str(cohort / f"{name}.arrow"), compression="uncompressed")
        (cohort / f"{name}.csv.gz").write_bytes(gzip.compress(source.read_bytes()))
        (cohort / f"{name}.tsv").write_text(source.read_text().replace(",", "\t"), encoding="utf-16")
    for form in ("parquet", "arrow", "csv.gz", "tsv"):
        assert ndoo("impact", f"before.{form}", f"after.{form}", *by, "--on", wanted["on"]).json == wanted, form


def test_a_date_of_birth_is_an_age_on_the_day_of_the_release(ndoo: Ndoo, tmp_path: Path) -> None:
    people = some(60)
    rows = [f"{n},19{30 + at % 60}-06-15" for at, n in enumerate(people)]
    for name, kept in (("before", rows), ("after", rows[:50])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["nhs_number,birth_date", *kept]) + "\n,2001-01-01\n")
    said = ndoo(
        "impact",
        "before.csv",
        "after.csv",
        "--by",
        "birth_date",
        "--nhs-number",
        "nhs_number",
        "--on",
        "2020-06-14",
        "--json",
    )
    assert said.json["columns"][0]["grouping"] == "age on 2020-06-14, in bands of ten years"
    told = said.json["columns"][0]
    assert [g["group"] for g in told["groups"]] == ["50-59", "60-69", "70-79", "80-89"]
    assert told["groups_not_shown"] == 2, "nobody is left of those of 30 to 39, and another band hides that"
    assert said.json["before"] == 60, "a row of nobody is no person"


def test_a_forged_manifest_beside_the_table_is_refused_as_one(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "\n".join(["nhs_number,sex", *(f"{n},{'MF'[at % 2]}" for at, n in enumerate(some(40)))])
    )
    (tmp_path / "go.txt").write_text(f"{some(1)[0]}\n")
    assert ndoo("uphold", "in.csv", "-o", "out.csv", "--opted-out", "go.txt", *OPTIONS).status == 0
    path = tmp_path / "out.csv.manifest.json"
    told = json.loads(path.read_text())
    for forged in (
        {"columns": told["columns"] | {"also": "x"}},
        {"columns": told["columns"] | {"nhs_number": 7}},
        {"created": "some day"},
        {"created": "2026-11-29T12:00:00"},
        {"created": "0001-01-01T00:00:00+00:00"},
    ):
        path.write_text(json.dumps(told | forged))
        said = ndoo("impact", "in.csv", "out.csv", "--by", "sex", "--json")
        assert (said.status, said.json["error"]["code"]) == (3, "manifest-description"), forged


def test_small_numbers_stay_hidden_from_whoever_subtracts(ndoo: Ndoo, tmp_path: Path) -> None:
    """Practices in areas: three lost of one practice, which its area and the total would give away."""
    dice, people = random.Random(3), iter(some(4000))
    before, after = ["nhs_number,area,practice"], ["nhs_number,area,practice"]
    for practice, lost in enumerate([3, 20, 30, 40, 25, 15, 0, 12]):
        rows = [f"{next(people)},area {practice // 4},p{practice}" for _ in range(dice.randint(150, 300))]
        before += rows
        after += rows[lost:]
    (tmp_path / "before.csv").write_text("\n".join(before))
    (tmp_path / "after.csv").write_text("\n".join(after))
    said = ndoo(
        "impact", "before.csv", "after.csv", "--by", "area", "--by", "practice", "--nhs-number", "nhs_number", "--json"
    )
    area, practice = said.json["columns"]
    assert area["groups_not_shown"] == 0
    shown = {g["group"] for g in practice["groups"]}
    assert "p0" not in shown
    of_area_0 = area["groups"][0]["lost"] - sum(
        g["lost"] for g in practice["groups"] if g["group"] in {"p0", "p1", "p2", "p3"}
    )
    assert of_area_0 in (23, 33, 43), "what can be found is the sum of two practices"
    assert practice["not_shown_together"]["lost"] == of_area_0
    assert "2 groups not shown" in said.told


def test_a_handful_lost_is_not_shown_at_all(ndoo: Ndoo, tmp_path: Path) -> None:
    people = some(300)
    for name, kept in (("before", people), ("after", people[4:])):
        (tmp_path / f"{name}.csv").write_text("nhs_number,sex\n" + "".join(f"{n},F\n" for n in kept))
    for output in ("out.html", "out.svg"):
        said = ndoo(
            "impact", "before.csv", "after.csv", "--by", "sex", "--nhs-number", "nhs_number", "--json", "-o", output
        )
        assert (said.status, said.json["after"], said.json["lost"], said.json["columns"]) == (0, None, None, [])
        assert "296" not in said.out + said.told + (tmp_path / output).read_text()
    assert "Between 1 and 7" in said.json["paragraph"]


def test_a_column_of_which_nothing_may_be_shown_says_so(ndoo: Ndoo, tmp_path: Path) -> None:
    people = some(90)
    rows = [f"{n},w{at % 30},{'ab'[at % 2]}" for at, n in enumerate(people)]
    for name, kept in (("before", rows), ("after", rows[:60])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["nhs_number,ward,arm", *kept]))
    said = ndoo(
        "impact",
        "before.csv",
        "after.csv",
        "--by",
        "ward",
        "--by",
        "arm",
        "--nhs-number",
        "nhs_number",
        "--json",
        "-o",
        "out.html",
    )
    ward, arm = said.json["columns"]
    assert (ward["groups"], ward["groups_not_shown"], ward["not_shown_together"]) == ([], 30, None)
    assert len(arm["groups"]) == 2
    assert "ward: no group may be shown" in said.told
    assert (tmp_path / "out.html").read_text().count("<svg") == 1
    alone = ndoo("impact", "before.csv", "after.csv", "--by", "ward", "--nhs-number", "nhs_number", "--json").json
    assert "standardised" not in alone["paragraph"]


def test_the_page_stands_by_itself_and_says_in_words_what_it_shows(cohort: Path, ndoo: Ndoo) -> None:
    by = ("--by", "age", "--by", "sex", "--by", "chapter")
    said = ndoo(
        "impact", DATA / "flchain.csv", "after.csv", *by, "-o", "out.html", "--title", "Light chains <after>", "--json"
    )
    page = (cohort / "out.html").read_text()
    assert "<script" not in page
    assert 'src="' not in page
    assert "href" not in page
    assert "<h1>Light chains &lt;after&gt;</h1>" in page
    assert said.json["paragraph"] in page
    assert page.count("<svg") == page.count("<table>") == page.count("<caption>") == 3
    for svg in page.split("<svg")[1:]:
        drawn = ET.fromstring("<svg" + svg.split("</svg>")[0] + "</svg>")  # noqa: S314  our own
        named = drawn.attrib["aria-labelledby"].split()
        assert drawn.attrib["role"] == "img"
        assert [drawn.find(f"{SVG}{part}").attrib["id"] for part in ("title", "desc")] == named
        assert all(drawn.find(f"{SVG}{part}").text for part in ("title", "desc"))
    assert ndoo("impact", DATA / "flchain.csv", "after.csv", *by, "-o", "out.svg").status == 0
    both = ET.fromstring((cohort / "out.svg").read_text())  # noqa: S314
    assert len(both.findall(f"{SVG}svg")) == 3


def test_the_pictures_of_many_groups_show_the_largest_and_the_table_all(ndoo: Ndoo, tmp_path: Path) -> None:
    people = iter(some(3000))
    rows = [
        [f"{next(people)},practice number {group:02} of the whole area" for _ in range(40 + group % 9)]
        for group in range(50)
    ]
    (tmp_path / "before.csv").write_text("\n".join(["nhs_number,practice", *(r for of in rows for r in of)]))
    (tmp_path / "after.csv").write_text("\n".join(["nhs_number,practice", *(r for of in rows for r in of[8:])]))
    said = ndoo(
        "impact",
        "before.csv",
        "after.csv",
        "--by",
        "practice",
        "--nhs-number",
        "nhs_number",
        "-o",
        "out.html",
        "--json",
    )
    page = (tmp_path / "out.html").read_text()
    assert len(said.json["columns"][0]["groups"]) == 50
    assert page.count("<tr>") == 51
    assert "Of 50 groups the 40 largest are drawn" in page
    assert page.count("…</text>") == 40


def test_the_paragraph_stays_one_where_many_groups_lost_more(ndoo: Ndoo, tmp_path: Path) -> None:
    people = iter(some(6000))
    rows = [[f"{next(people)},p{group:02}" for _ in range(400)] for group in range(12)]
    (tmp_path / "before.csv").write_text("\n".join(["nhs_number,practice", *(r for of in rows for r in of)]))
    left = [of[100 if at < 8 else 10 :] for at, of in enumerate(rows)]
    (tmp_path / "after.csv").write_text("\n".join(["nhs_number,practice", *(r for of in left for r in of)]))
    said = ndoo("impact", "before.csv", "after.csv", "--by", "practice", "--nhs-number", "nhs_number", "--json")
    assert "practice p05 (25.0 per cent) and 2 more." in said.json["paragraph"]
    assert "p08, p09, p10 and p11 lost less" in said.told


def test_a_line_for_excel_and_a_heading_over_two_lines_are_no_rows(ndoo: Ndoo, tmp_path: Path) -> None:
    people = some(1200)
    for name, kept in (("before.csv", people), ("after.csv", people[100:])):
        rows = "".join(f"{number};{'FM'[at % 2]}\n" for at, number in enumerate(kept))
        (tmp_path / name).write_text(f'sep=;\n"nhs_number";"sex\nas recorded"\n{rows}')
    said = ndoo("impact", "before.csv", "after.csv", "--by", "sex\nas recorded", "--nhs-number", "nhs_number", "--json")
    assert (said.json["before"], said.json["after"], said.json["lost"]) == (1200, 1100, 100)


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("before.csv", "after.csv", "--by", "sex"), 2, "impact-unit"),
        (("before.csv", "after.csv", "--by", "nhs_number", "--nhs-number", "nhs_number"), 2, "impact-by-number"),
        (("before.csv", "after.csv", "--by", "nhs_number", "--rows"), 2, "impact-by-number"),
        (
            ("before.csv", "after.csv", "--by", "number_again", "--rows", "--nhs-number", "nhs_number"),
            3,
            "impact-identifies",
        ),
        (("nobody.csv", "nobody.csv", "--by", "sex", "--rows"), 2, "impact-unit"),
        (("before.csv", "after.csv", "--by", "gender", "--rows"), 2, "column-missing"),
        (("before.csv", "after.csv", "--by", "sex", "--by", "sex", "--rows"), 2, "impact-columns"),
        (("after.csv", "before.csv", "--by", "sex", "--rows"), 3, "impact-not-a-part"),
        (("after.csv", "before.csv", "--by", "sex", "--nhs-number", "nhs_number"), 3, "impact-not-a-part"),
        (("before.csv", "after.csv", "--by", "sex", "--rows", "-o", "out.pdf"), 2, "impact-output"),
        (("before.csv", "after.csv", "--by", "sex", "--rows", "--title", some(1)[0]), 2, "name-identifies"),
        (("page.html", "after.csv", "--by", "sex", "--rows", "-o", "page.html", "--force"), 2, "output-is-input"),
        (("none.csv", "after.csv", "--by", "sex", "--rows"), 2, "no-such-file"),
        (("empty.csv", "empty.csv", "--by", "sex", "--rows", "--nhs-number", "nhs_number"), 3, "impact-nobody"),
        (("before.csv", "ragged.csv", "--by", "sex", "--rows"), 3, "input-damaged"),
        (("section.csv", "section.csv", "--by", "sex", "--rows"), 3, "delimiter-not-ascii"),
        (("before.csv", "after.csv", "--by", "day", "--rows"), 3, "impact-groups"),
        (("floats.parquet", "floats.parquet", "--by", "sex", "--nhs-number", "nhs_number"), 3, "numbers-type"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    arguments: tuple[str, ...], status: int, code: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    people = some(1200)
    rows = [f"{n},F,word {at},{n if at == 1100 else ''}" for at, n in enumerate(people)]
    for name, kept in (
        ("before.csv", rows),
        ("after.csv", rows[100:]),
        ("empty.csv", []),
        ("page.html", rows),
        ("ragged.csv", [*rows[100:], "a,b"]),
    ):
        (tmp_path / name).write_text("\n".join(["nhs_number,sex,day,number_again", *kept]) + "\n")
    (tmp_path / "nobody.csv").write_text("code,sex\n" + "a,F\n" * 40)
    (tmp_path / "section.csv").write_text("nhs_number§sex\n" + "".join(f"{n}§F\n" for n in people))
    floats = pa.table({"nhs_number": [float(people[0])], "sex": ["F"]})
    pyarrow.parquet.write_table(floats, tmp_path / "floats.parquet")
    said = ndoo("impact", *arguments, "--json")
    assert (said.status, said.json["error"]["code"]) == (status, code), said.told
    assert "word" not in said.told


def test_the_picture_of_the_page_is_the_one_that_is_made(cohort: Path, ndoo: Ndoo) -> None:
    assert ndoo("impact", DATA / "flchain.csv", "after.csv", "--by", "age", "--by", "sex", "-o", "out.svg").status == 0
    assert (ROOT / "docs" / "pictures" / "impact.svg").read_text() == (cohort / "out.svg").read_text(), (
        "stale: make it again"
    )

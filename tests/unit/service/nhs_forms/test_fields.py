"""Nobody is turned away for how they write their name, number or birthday, and every mistake is told in its own words."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.forms import Field

from ndoo.domain.nhs_number import NHSNumber
from ndoo.service.nhs_forms.dates import DayField
from ndoo.service.nhs_forms.fields import Radios, Select, Text, Textarea, WholeNumber
from ndoo.service.nhs_forms.people_fields import Name, NHSNumberField, Postcode, SecurityCodeField
from ndoo.service.nhs_forms.question import QuestionForm
from tests.support.patients import number

TODAY = date(2026, 11, 22)


class Everything(QuestionForm):
    name = Name(label="Name", missing="Enter a name", unlike="Check the name")
    nickname = Name(label="Nickname", unlike="Check the nickname")
    number = NHSNumberField(missing="Enter a number")
    second = NHSNumberField(label="Second number")
    postcode = Postcode(label="Postcode", missing="Enter a postcode", unlike="Check the postcode", size="s")
    code = SecurityCodeField(label="Code", missing="Enter the code")
    born = DayField(
        label="Born", named="Date of birth", missing="Enter a date of birth", birthday=True, hint="Like 1 2 1990"
    )
    left = DayField(label="Left", named="Day")
    notes = Textarea(label="Notes")
    age = WholeNumber(label="Age", missing="Enter an age")
    way = Radios(label="Way", choices=[("a", "A way"), ("b", "Another")], hints={"a": "A hint"}, missing="Select a way")
    place = Select(label="Place", choices=[("", "Choose one"), ("x", "Here")], missing="Select a place")
    link = Text(label="Link", heading=True)


def error(field: str, /, **typed: str) -> str:
    """What is said of that field with these texts in the form; empty where nothing is wrong."""
    form = Everything(typed, today=TODAY)
    return str(form.errors.get(field, [""])[0])


def cleaned(field: str, /, **typed: str) -> Any:
    form = Everything(typed, today=TODAY)
    assert field not in form.errors, form.errors[field]
    return form.cleaned_data[field]


def day(text: str, name: str = "born") -> dict[str, str]:
    return dict(zip((f"{name}_day", f"{name}_month", f"{name}_year"), text.split("/"), strict=True))


@pytest.mark.parametrize(
    "name",
    [
        "Zoë",
        "O’Neill",
        "O'Neill",
        "Oʻzbek",
        "Anne-Marie",
        "St. John",
        "محمد",
        "陈",
        "நடராஜன்",
        "Ольга",
        "Nguyễn Thị",
        "Ng",
        "می‌خواهم",
        "d´Arcy",
        "Ю",
        "Łukasz",
        "İnan",
        "Martín-Gil",
    ],
)
def test_no_name_is_refused_for_its_letters(name: str) -> None:
    assert cleaned("name", name=f"  {name} ") == name


@pytest.mark.parametrize("name", ["<b>", "Ann3", "a@b.org", "-", "’", "Ann\x00", "Ann​x", "Ann; drop", "a" * 101])
def test_what_cannot_be_a_name_is_told_of(name: str) -> None:
    assert error("name", name=name) in ("Check the name", "Null characters are not allowed.")


def test_a_name_may_be_left_out_where_it_may_be_missing() -> None:
    assert cleaned("nickname") == ""
    assert error("name", name="  ") == "Enter a name"


@pytest.mark.parametrize("between", ["", " ", "-", " - ", "  ", " ", "–"])
def test_an_nhs_number_may_have_spaces_and_dashes(between: str) -> None:
    digits = number().reveal()
    found = cleaned("number", number=between.join((digits[:3], digits[3:6], digits[6:])) + " ")
    assert isinstance(found, NHSNumber)
    assert found.reveal() == digits


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter a number"),
        ("QQ 12 34 56 C", "looks like a National Insurance number"),
        ("ab123456d", "looks like a National Insurance number"),
        ("999 200 00A3", "digits only"),
        ("٩٩٩٢٠٠٠٠٠٣", "digits only"),
        ("999200", "too short"),
        ("99920000031", "too long"),
        ("9992000000", "is not an NHS number"),
        ("1111111111", "is not an NHS number"),
    ],
)
def test_what_is_wrong_with_an_nhs_number_is_said_before_anybody_is_looked_for(typed: str, said: str) -> None:
    assert said in error("number", number=typed)
    assert typed not in error("number", number=typed) or not typed
    assert cleaned("second") is None


@pytest.mark.parametrize("typed", ["ls14ap", "LS1 4AP", " ls 1 4 ap "])
def test_a_postcode_is_taken_as_it_is_typed(typed: str) -> None:
    assert cleaned("postcode", postcode=typed) == "LS1 4AP"


@pytest.mark.parametrize("typed", ["LS1", "1234", "LS1 4APX", "ＬＳ１ 4AP"])
def test_a_half_postcode_is_told_of(typed: str) -> None:
    assert error("postcode", postcode=typed) == "Check the postcode"


def test_a_code_may_be_pasted_and_is_never_shown_again() -> None:
    assert cleaned("code", code=" 123 456 ") == "123456"
    assert "6 digits" in error("code", code="12345")
    assert "6 digits" in error("code", code="١٢٣٤٥٦")
    form = Everything({"code": "98765"}, today=TODAY)
    assert "98765" not in form["code"].as_field_group()
    assert 'autocomplete="one-time-code"' in form["code"].as_field_group()


@pytest.mark.parametrize("typed", ["5/7/1985", "05/07/1985", "5/July/1985", " 5 /jul/ 1985 "])
def test_a_birthday_is_taken_as_it_is_typed(typed: str) -> None:
    assert cleaned("born", **day(typed)) == date(1985, 7, 5)


@pytest.mark.parametrize(
    ("typed", "said", "boxes"),
    [
        ("//", "Enter a date of birth", "day month year"),
        ("/7/1985", "Date of birth must include a day", "day"),
        ("5//1985", "Date of birth must include a month", "month"),
        ("5/7/", "Date of birth must include a year", "year"),
        ("//1985", "Date of birth must include a day and a month", "day month"),
        ("/7/", "Date of birth must include a day and a year", "day year"),
        ("5//", "Date of birth must include a month and a year", "month year"),
        ("31/2/1985", "Date of birth must be a real date", "day month year"),
        ("x/7/1985", "Date of birth must be a real date", "day month year"),
        ("٥/7/1985", "Date of birth must be a real date", "day month year"),
        ("5/7/85", "Date of birth must have a year with 4 numbers", "year"),
        ("23/11/2026", "Date of birth must be in the past", "day month year"),
    ],
)
def test_each_mistake_in_a_birthday_has_its_sentence_and_marks_its_boxes(typed: str, said: str, boxes: str) -> None:
    form = Everything(day(typed), today=TODAY)
    assert form.errors["born"] == [said]
    html = form["born"].as_field_group()
    items = Everything.base_fields["born"].parameters(form["born"])["items"]  # type: ignore[attr-defined]
    marked = [part for part, item in zip(("day", "month", "year"), items, strict=True) if item["error"]]
    assert marked == boxes.split()
    link = next(problem["href"] for problem in form.problems() if problem["text"] == said)
    assert link == f"#id_born_{boxes.split()[0]}"
    assert f'id="{link[1:]}"' in html


def test_a_day_that_need_not_be_given_may_be_left_out_and_today_is_no_future() -> None:
    assert cleaned("left") is None
    assert cleaned("left", **day("22/11/2026", "left")) == TODAY


def test_every_link_of_the_error_summary_leads_to_a_box() -> None:
    form = Everything({}, today=TODAY)
    html = "".join(field.as_field_group() for field in form)
    assert len(form.problems()) == 8
    for problem in form.problems():
        assert html.count(f'id="{problem["href"][1:]}"') == 1, problem
    form.add_error(None, "All of it")
    assert {"text": "All of it", "href": "#id_name"} in form.problems()


def test_no_field_asks_the_browser_to_judge_and_hints_are_read_out() -> None:
    html = "".join(field.as_field_group() for field in Everything(today=TODAY))
    assert " required" not in html
    assert 'aria-describedby="id_born-hint"' in html
    assert 'id="id_way-item-hint"' in html
    assert "checked" not in html
    assert 'inputmode="numeric"' in Everything(today=TODAY)["age"].as_field_group()


def test_what_was_typed_before_is_there_again() -> None:
    form = Everything(
        initial={"way": "b", "place": "x", "born": date(1985, 7, 5), "notes": "<i>", "age": 7}, today=TODAY
    )
    assert 'value="b" checked' in form["way"].as_field_group()
    assert 'value="x" selected' in form["place"].as_field_group()
    assert 'value="1985"' in form["born"].as_field_group()
    assert "&lt;i&gt;</textarea>" in form["notes"].as_field_group()
    assert 'value="7"' in form["age"].as_field_group()


def test_a_label_can_be_the_heading_of_the_page() -> None:
    assert "<h1" in Everything(today=TODAY)["link"].as_field_group()
    assert isinstance(Everything.base_fields["link"], Field)
    assert "nhsuk-label--s" in Everything(today=TODAY)["postcode"].as_field_group()

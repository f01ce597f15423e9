"""Makes `examples/data/statistics`: a made-up town, whose people opt out as often as NHS Digital published for 2 March 2022."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from ndoo.domain.nhs_number import check_digit

FOLDER = Path(__file__).parent / "data" / "statistics"
DAYS = (date(2026, 10, 1), date(2026, 11, 1))
RATES = {0: 1.70, 10: 3.08, 20: 5.90, 30: 6.92, 40: 6.69, 50: 6.40, 60: 6.30, 70: 5.90, 80: 4.50, 90: 2.98}
"""Per cent, by age from which a band of ten years begins."""
FEMALE, MALE = 6.02 / 5.41, 4.80 / 5.41
PRACTICES = (
    ("Y99001", "Harbour Street Surgery", "AB1 2CD", 9_800),
    ("Y99002", "Mill Lane Practice", "AB1 3EF", 7_400),
    ("Y99003", "Station Road Surgery", "AB2 4GH", 6_100),
    ("Y99004", "The Orchard Practice", "AB2 5JK", 3_200),
    ("Y99005", "Hilltop Surgery", "AB3 6LM", 900),
    ("Y99006", "Quayside Health Centre", "AB3 7NP", 140),
)
AREAS = tuple((f"E0190000{n}", f"Exampleton 00{n}A") for n in range(1, 9))
SUB_ICB = ("99X", "E38999999", "NHS Exampleshire - 99X")


def main() -> None:
    draw = random.Random(20261101)  # noqa: S311  made-up people need no secrets
    numbers = _numbers(draw)
    people, sizes = [], {}
    opted: dict[date, list[str]] = {day: [] for day in DAYS}
    for code, _, _, size in PRACTICES:
        for _ in range(size):
            band = draw.choices(list(RATES), weights=(11, 11, 13, 14, 13, 13, 11, 8, 4, 1))[0]
            sex = draw.choice("12")
            sizes[code, sex, band] = sizes.get((code, sex, band), 0) + 1
            rate = RATES[band] / 100 * (FEMALE if sex == "2" else MALE)
            if draw.random() < rate:
                people.append(_person(draw, numbers.pop(), band, sex, code))
    for many, practice, death in ((11, "", ""), (23, "", "2026-03-09"), (4, "Y98765", "")):
        for _ in range(many):
            sex = draw.choice("120")
            people.append({**_person(draw, numbers.pop(), 70, sex, practice), "date_of_death": death})
    for person in people:
        opted[DAYS[1]].append(person["nhs_number"])
        if draw.random() > 0.02:
            opted[DAYS[0]].append(person["nhs_number"])
    FOLDER.mkdir(exist_ok=True)
    draw.shuffle(people)
    _write("people.csv", list(people[0]), (list(person.values()) for person in people))
    for day, listed in opted.items():
        (FOLDER / f"opted_out.{day}.txt").write_text("\n".join(sorted(listed)) + "\n", encoding="ascii")
    _write(
        "list_sizes.csv",
        ("gp_practice", "sex", "age_band", "list_size"),
        (
            (code, sex, f"{band}-{band + 9}" if band < 90 else "90+", size)
            for (code, sex, band), size in sorted(sizes.items())
        ),
    )
    _write(
        "practices.csv",
        (
            "gp_practice",
            "postcode",
            "practice_name",
            "sub_icb_location_code",
            "ons_sub_icb_location_code",
            "sub_icb_location_name",
            "ons_icb_code",
            "icb_code",
            "icb_name",
            "comm_region_code",
            "ons_comm_region_code",
            "comm_region_name",
        ),
        (
            (
                code,
                post,
                name,
                *SUB_ICB,
                "E54999999",
                "Q9X",
                "NHS Exampleshire ICB",
                "Y9X",
                "E40999999",
                "Example region",
            )
            for code, name, post, _ in PRACTICES
        ),
    )
    _write(
        "areas.csv",
        (
            "lsoa_code",
            "lsoa_name",
            "sub_icb_location_code",
            "ons_sub_icb_location_code",
            "sub_icb_location_name",
            "la_code",
            "la_name",
        ),
        ((code, name, *SUB_ICB, "E06999999", "Exampleton") for code, name in AREAS),
    )


def _person(draw: random.Random, number: str, band: int, sex: str, practice: str) -> dict[str, str]:
    """One who opted out; now and then something about them is not known."""
    born = date(2026 - band - draw.randrange(10), 1, 1) + timedelta(days=draw.randrange(270))
    return {
        "nhs_number": number,
        "date_of_birth": born.isoformat() if draw.random() > 0.002 else "",
        "sex": sex if draw.random() > 0.004 else "9",
        "date_of_death": "",
        "gp_practice": practice,
        "lsoa": draw.choices([code for code, _ in AREAS] + ["W01999999"], weights=(30, 22, 16, 12, 9, 6, 4, 0.5, 0.5))[
            0
        ],
    }


def _numbers(draw: random.Random) -> list[str]:
    """Test numbers, never issued."""
    nines = draw.sample(range(999_300_000, 999_400_000), 3_000)
    return [f"{nine}{digit}" for nine in nines if (digit := check_digit(str(nine))) is not None]


def _write(name: str, heading: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(heading)
        out.writerows(rows)


if __name__ == "__main__":
    main()

"""What is in a column: its NHS numbers from every cell, everything else from a sample, its heading as a hint."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ndoo.numbers.chance import CHANCE, by_chance
from ndoo.numbers.positions import holds_numbers
from ndoo.numbers.sight import Sight
from ndoo.scanning import forms
from ndoo.scanning.code_letters import better_code
from ndoo.scanning.headings import is_called, shown, words
from ndoo.scanning.kinds import ColumnKind, Detector, detectors
from ndoo.scanning.scan_result import ColumnFinding

_LIKELY = 0.02737
"""How many of random ten-digit texts pass the check digit and lie in a range that is issued, or in 999."""
_BLANKS = frozenset(("null", "none", "nan", "na", "n/a", "\\n", "-", ".", "nil", "unknown", "not known"))
_LABELLED = 24
"""Letters and digits around a number that may still be its label, as in `NHS No: …`."""
_AGES_APART = 45
"""Years between the 5th and the 95th of a hundred dates of birth, at the least."""
_DIFFERENT_DATES = 20
_FEW, _PERHAPS = 2, 0.05
"""More numbers than that, at one position inside longer ones, and so improbable by chance: there may be NHS numbers."""
_BARE_NAME = ("name",)
_NAMED_SHARE, _NAMED_ALONE, _DIFFERENT_NAMES = 0.08, 0.3, 6
"""Common names among the cells of a column that is headed `name`, and of one whose heading says nothing: there, names of two
words, or so many different ones. Green is a name, and a colour."""


def judged(name: str, sight: Sight, values: Sequence[str]) -> ColumnFinding:
    """The finding on one column; `values` are its cells in the sample that are not blank."""
    number = _numbered(name, sight)
    cells = Counter(value for value in values if value.lower() not in _BLANKS)
    if number is not None and number.kind is not ColumnKind.FREE_TEXT:
        return number
    inside = _inside(cells)
    if number is not None:
        texts = sum(count for value, count in cells.items() if forms.sentence(value)) / max(cells.total(), 1)
        return ColumnFinding(
            number.name,
            ColumnKind.FREE_TEXT,
            max(number.share, texts),
            number.confidence,
            number.because,
            tuple(sorted({*number.holds, *inside})),
        )
    suspected = _suspected(name, sight)
    found = _by_form(name, cells)
    if found is None:
        return ColumnFinding(shown(name), ColumnKind.NONE, 0.0, _sure(cells), _nothing(sight, cells), inside, suspected)
    kind, share, confidence, because = found
    others = tuple(other for other in inside if other is not kind)
    keeps = kind in (ColumnKind.FREE_TEXT, ColumnKind.ADDRESS, ColumnKind.NAME)
    return ColumnFinding(shown(name), kind, share, confidence, because, others if keeps else (), suspected)


def _numbered(name: str, sight: Sight) -> ColumnFinding | None:
    """NHS and CHI numbers, where there are more than chance gives; None where there are not."""
    called = shown(name)
    filled = max(sight.filled, 1)
    nine_share = sight.nine_chi / max(sight.nine, 1)
    chi = sight.whole_chi + sight.nine_chi
    if (
        chi >= 3
        and chi >= 0.9 * (sight.whole_valid + sight.nine_chi)
        and (sight.whole_chi > 0.5 * sight.whole or (nine_share > 0.5 and is_called(name, ("chi",))))
    ):
        return ColumnFinding(
            called, ColumnKind.CHI_NUMBER, chi / filled, 0.98, "ten digits that begin with a date of birth"
        )
    seen = sight.distinct
    foreign = sight.whole_english < 0.5 * sight.whole_valid and not _hinted(name)
    if sight.whole >= sight.inside and seen.convinces(name) and not foreign:
        sure = 1 - max(by_chance(seen.shaped, seen.valid), 0.001)
        said = "the check digit is right far more often than chance has it"
        said = f"{said}, in forms that plain readers miss" if sight.disguised > 0.5 * sight.whole_valid else said
        share = (sight.whole_valid + sight.holding) / filled
        return ColumnFinding(called, ColumnKind.NHS_NUMBER, share, max(sure, 0.9), said)
    if not _stands_inside(sight, seen.convinces(name) and not foreign):
        return _inside_longer(name, sight)
    share = (sight.holding + sight.whole_valid) / filled
    if share > 0.5 and sight.around <= _LABELLED * max(sight.holding, 1):
        return ColumnFinding(
            called, ColumnKind.NHS_NUMBER, share, 0.97, "NHS numbers with a label or marks around them"
        )
    holding = (ColumnKind.NHS_NUMBER,)
    return ColumnFinding(called, ColumnKind.FREE_TEXT, share, 0.95, "NHS numbers stand inside other text", holding)


def _inside_longer(name: str, sight: Sight) -> ColumnFinding | None:
    """NHS numbers at one position inside longer numbers, as in records of fixed width."""
    found = [position for position in sight.positions if holds_numbers(position, len(sight.positions))]
    if not found:
        return None
    share = max(position.valid for position in found) / max(sight.filled, 1)
    return ColumnFinding(
        shown(name),
        ColumnKind.NHS_NUMBER,
        min(share, 1.0),
        0.95,
        "NHS numbers stand at one place inside longer numbers",
    )


def _stands_inside(sight: Sight, convinces: bool) -> bool:
    """Do NHS numbers stand among other text, more than chance would put there?"""
    if sight.named_valid or (sight.inside_valid and convinces):
        return True
    tried, likely = sight.inside + sight.whole, sight.inside_likely + sight.whole_likely
    return bool(sight.inside_likely) and _tail(tried, likely, _LIKELY) <= _alarm(tried)


def _suspected(name: str, sight: Sight) -> tuple[ColumnKind, ...]:
    """What may stand here and was not proved: numbers too few to tell from chance, or numbers that arithmetic has broken."""
    hinted = _hinted(name)
    tried, valid = sight.whole + sight.inside, sight.whole_valid + sight.inside_valid
    likely = sight.whole_likely + sight.inside_likely
    few = likely and _tail(tried, likely, _LIKELY) <= _alarm(tried)
    some = (tried > 1 and valid == tried) or (
        sight.formed_valid and _tail(sight.formed, sight.formed_valid, CHANCE) < 0.1
    )
    broken = sight.powers and (hinted or sight.powers > 0.9 * sight.filled)
    longer = any(
        position.valid > _FEW and holds_numbers(position, len(sight.positions), _PERHAPS)
        for position in sight.positions
    )
    foreign = sight.distinct.convinces(name)  # valid, and not England's: another country's, or the number of a book
    return (ColumnKind.NHS_NUMBER,) if few or some or broken or longer or foreign or (hinted and sight.filled) else ()


def _hinted(name: str) -> bool:
    return is_called(name, ("nhs number", "nhs no", "nhs", "chi"))


def _alarm(tried: int) -> float:
    """How probable chance may be, at the most, when a column is said to hold numbers all the same. One number alone is
    believed, at the price of the 2.7 per cent; among many tokens a few that pass are no sign of anything."""
    return 0.0275 if tried <= 3 else 0.001


def _tail(tried: int, passed: int, chance: float) -> float:
    """How probable it is that at least so many of so many pass by chance."""
    if passed / tried <= chance:
        return 1.0
    if tried > 500:  # Chernoff's bound, as in numbers/chance.py
        share = passed / tried
        apart = share * math.log(share / chance)
        if passed < tried:
            apart += (1 - share) * math.log((1 - share) / (1 - chance))
        return math.exp(-tried * apart)
    return sum(math.comb(tried, k) * chance**k * (1 - chance) ** (tried - k) for k in range(passed, tried + 1))


def _by_form(name: str, cells: Counter[str]) -> tuple[ColumnKind, float, float, str] | None:
    """The first kind whose form the cells have: those that the heading names before the others."""
    if not cells:
        return None
    by_heading = {d.kind: is_called(name, d.headings) and not d.never_with & set(words(name)) for d in detectors()}
    order = sorted((d for d in detectors() if d.order > 2), key=lambda d: (not by_heading[d.kind], d.order))
    for detector in order:
        share = _share(name, detector, cells, headed=by_heading[detector.kind])
        if share is None:
            continue
        headed = by_heading[detector.kind]
        confidence = min(0.99, 0.55 + 0.3 * share + (0.15 if headed else 0.0))
        kind = detector.kind
        if kind in (ColumnKind.ICD10, ColumnKind.OPCS4) and not headed:
            kind, confidence = better_code(cells), min(confidence, 0.8)
        return kind, share, confidence, "its heading and its form" if headed else "its form"
    return None


def _share(name: str, detector: Detector, cells: Counter[str], *, headed: bool) -> float | None:
    """Which share of the cells has the detector's form; None where that is too few."""
    total = cells.total()
    if detector.check == "date":
        return _dates(name, cells, headed=headed)
    if detector.check == "name":
        return _names(name, detector, cells, headed=headed)
    form, categories = detector.form, detector.categories
    check = forms.CHECKS.get(detector.check, forms.CHECKS[""])
    fitting = [
        (value, count)
        for value, count in cells.items()
        if form and form.fullmatch(value) and check(value) and (not categories or value[:3] in categories)
    ]
    share = sum(count for _, count in fitting) / total
    if share < (detector.share_with_heading if headed else detector.share) or not fitting:
        return None
    if headed:
        return share
    if detector.categories and (
        len({value[0] for value, _ in fitting}) < 3 or not any(len(value) > 3 for value, _ in fitting)
    ):
        return None
    if detector.kind is ColumnKind.READ_CODE and not _like_read(fitting):
        return None
    if detector.kind is ColumnKind.PHONE and all(value.isdigit() and len(value) == 10 for value, _ in fitting):
        return None  # ten bare digits are any identifier
    return share if len(fitting) >= detector.different else None


def _like_read(fitting: Sequence[tuple[str, int]]) -> bool:
    dotted = sum(count for value, count in fitting if "." in value or value[0] == "X")
    return dotted >= 0.3 * sum(count for _, count in fitting)


def _dates(name: str, cells: Counter[str], *, headed: bool) -> float | None:
    years = [(year, count) for value, count in cells.items() if (year := forms.year_of(value)) is not None]
    if headed and not years:
        years = [(year, count) for value, count in cells.items() if (year := forms.a_year(value)) is not None]
    share = sum(count for _, count in years) / cells.total()
    if headed:
        return share if share >= 0.2 else None
    if share < 0.8 or len(years) < _DIFFERENT_DATES:
        return None
    ordered = sorted(year for year, count in years for _ in range(count))
    apart = ordered[int(0.95 * (len(ordered) - 1))] - ordered[int(0.05 * len(ordered))]
    return share if apart >= _AGES_APART else None


def _names(name: str, detector: Detector, cells: Counter[str], *, headed: bool) -> float | None:
    total = cells.total()
    shaped = {value: count for value, count in cells.items() if detector.form and detector.form.fullmatch(value)}
    share = sum(shaped.values()) / total
    if share < detector.share or detector.never_with & set(words(name)):
        return None
    if headed and not is_called_only(name, _BARE_NAME):
        return share
    if headed:
        return (
            share if sum(c for value, c in shaped.items() if forms.known_names(value)) >= _NAMED_SHARE * total else None
        )
    whole = sum(count for value, count in shaped.items() if forms.known_names(value) > 1)
    alone = [count for value, count in shaped.items() if forms.known_names(value)]
    by_one = len(alone) >= _DIFFERENT_NAMES and sum(alone) >= _NAMED_ALONE * total
    return share if by_one or whole >= _NAMED_ALONE * total else None


def is_called_only(name: str, names: tuple[str, ...]) -> bool:
    """Is the name one of these and nothing else?"""
    return " ".join(words(name)) in names


def _inside(cells: Counter[str]) -> tuple[ColumnKind, ...]:
    """Which kinds stand inside longer texts of the sample."""
    longer = [
        value for value in cells if len(value) > 12 and any(c.isalpha() for c in value) and not forms.hashed(value)
    ]
    found = set()
    for detector in detectors():
        if detector.inside is None:
            continue
        check = forms.CHECKS.get(detector.check, forms.CHECKS[""]) if detector.kind is ColumnKind.SNOMED_CT else None
        if any(
            (met := detector.inside.search(value)) and met[0] != value and (check is None or check(met[0]))
            for value in longer
        ):
            found.add(detector.kind)
    return tuple(sorted(found))


def _sure(cells: Counter[str]) -> float:
    """How sure it is that a column without a kind has none: short, alike cells say little that was missed."""
    return 0.9 if cells else 0.5


def _nothing(sight: Sight, cells: Counter[str]) -> str:
    if not sight.filled:
        return "every cell is blank"
    if cells and sum(count for value, count in cells.items() if forms.hashed(value)) > 0.5 * cells.total():
        return "it looks like hashed identifiers"
    return "nothing that is known here"

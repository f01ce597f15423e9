"""Judges whether a table is confidential patient information. The three limbs, each with its reason; all three must hold.

(a) it identifies somebody, or likely does with what a recipient has; (b) it was given where confidence is owed; (c) it says
something about health or care. Names and addresses alone are not, unless the list itself says something. (NHS Act 2006,
section 251(10)-(11), as the operational policy guidance puts it.)
"""

from __future__ import annotations

from collections.abc import Sequence

from ndoo.scanning.headings import found, shown
from ndoo.scanning.kinds import ColumnKind, KindSays, says
from ndoo.scanning.scan_result import ColumnFinding, Limb, ScanVerdict

_NUMBERS = (ColumnKind.NHS_NUMBER, ColumnKind.CHI_NUMBER)
_MENTIONED = 4


def limbs(table: str, columns: Sequence[ColumnFinding], *, named_by_file: bool) -> tuple[Limb, Limb, Limb]:
    """The three limbs of one table: it identifies, in confidence, about health or care.

    Args:
        table: its name, which says something too.
        named_by_file: the name of its file holds an NHS number.
    """
    first = _identifies(columns, named_by_file=named_by_file)
    third = _about_health(table, columns, named_by_file=named_by_file)
    return first, _in_confidence(columns, first, third, named_by_file=named_by_file), third


def together(three: Sequence[Limb], *, whole: bool) -> tuple[ScanVerdict, str]:
    """The table's verdict and its reason. `whole`: all of it could be read; if not, it is never no."""
    answers = {limb.verdict for limb in three}
    if answers == {ScanVerdict.YES}:
        return ScanVerdict.YES, f"{_sentence(three[0])} {_sentence(three[2])}"
    if ScanVerdict.NO in answers and whole:
        return ScanVerdict.NO, next(_sentence(limb) for limb in three if limb.verdict is ScanVerdict.NO)
    if ScanVerdict.NO in answers:
        return ScanVerdict.UNSURE, "Not all of it could be read."
    return ScanVerdict.UNSURE, " ".join(_sentence(limb) for limb in (three[0], three[2]))


def _sentence(limb: Limb) -> str:
    return f"{limb.because[:1].upper()}{limb.because[1:]}."


def _identifies(columns: Sequence[ColumnFinding], *, named_by_file: bool) -> Limb:
    if named_by_file:
        return Limb(ScanVerdict.YES, "the name of the file holds an NHS number")
    if named := [c for c in columns if says(c.kind) in (KindSays.IDENTIFIES, KindSays.CONTACT) or _names_inside(c)]:
        return Limb(ScanVerdict.YES, f"it identifies people ({_listed(named)})")
    narrow = [c for c in columns if says(c.kind) is KindSays.NARROWS]
    if {c.kind for c in narrow} == {ColumnKind.DATE_OF_BIRTH, ColumnKind.POSTCODE}:
        return Limb(ScanVerdict.YES, f"date of birth and postcode together likely identify people ({_listed(narrow)})")
    if suspected := [c for c in columns if c.suspected]:
        return Limb(ScanVerdict.UNSURE, f"there may be NHS numbers in it ({_listed(suspected)})")
    if text := [c for c in columns if c.kind is ColumnKind.FREE_TEXT]:
        return Limb(ScanVerdict.UNSURE, f"free text may name anybody ({_listed(text)})")
    if hashed := [c for c in columns if "hashed" in c.because]:
        return Limb(
            ScanVerdict.UNSURE, f"hashed identifiers are found again by whoever can hash them all ({_listed(hashed)})"
        )
    if pointing := [c for c in columns if c in narrow or found(c.name, "narrows")]:
        return Limb(ScanVerdict.UNSURE, f"with other things it may identify people ({_listed(pointing)})")
    if rows := [c for c in columns if found(c.name, "identity")]:
        return Limb(ScanVerdict.UNSURE, f"an identifier in it may stand for a person ({_listed(rows)})")
    return Limb(ScanVerdict.NO, "nothing in it identifies anybody")


def _names_inside(column: ColumnFinding) -> bool:
    return any(says(kind) in (KindSays.IDENTIFIES, KindSays.CONTACT) for kind in column.holds)


def _about_health(table: str, columns: Sequence[ColumnFinding], *, named_by_file: bool) -> Limb:
    coded = [c for c in columns if KindSays.HEALTH in {says(kind) for kind in (c.kind, *c.holds)}]
    if coded:
        return Limb(ScanVerdict.YES, f"it holds clinical codes ({_listed(coded)})")
    of_patients = named_by_file or any(kind in _NUMBERS for c in columns for kind in (c.kind, *c.holds, *c.suspected))
    of_staff = not of_patients and any(found(name, "staff") for name in (table, *(c.name for c in columns)))
    said = [c for c in columns if _about(c.name, of_staff=of_staff) and c.kind not in _NUMBERS]
    if said:
        return Limb(ScanVerdict.YES, f"its headings say something about health or care ({_listed(said, kinds=False)})")
    if _about(table, of_staff=of_staff):
        return Limb(ScanVerdict.YES, f"its name {shown(table)!r} says something about health or care")
    if text := [c for c in columns if c.kind is ColumnKind.FREE_TEXT]:
        return Limb(ScanVerdict.UNSURE, f"free text may say anything about health ({_listed(text)})")
    if of_patients:
        return Limb(ScanVerdict.UNSURE, "nothing in it is known to be about health, but NHS numbers come from care")
    strange = [c for c in columns if c.kind is ColumnKind.NONE and not _ordinary(c.name) and "blank" not in c.because]
    if strange:
        return Limb(ScanVerdict.UNSURE, f"what some columns say is not known ({_listed(strange, kinds=False)})")
    return Limb(ScanVerdict.NO, "nothing in it is about health or care")


def _about(name: str, *, of_staff: bool) -> bool:
    words = found(name, "health")
    return any(word not in found(name, "places") for word in words) if of_staff else bool(words)


def _ordinary(name: str) -> bool:
    return any(found(name, table) for table in ("ordinary", "narrows", "identity", "staff", "places"))


def _in_confidence(columns: Sequence[ColumnFinding], first: Limb, third: Limb, *, named_by_file: bool) -> Limb:
    if named_by_file or any(kind in _NUMBERS for c in columns for kind in (c.kind, *c.holds)):
        return Limb(ScanVerdict.YES, "NHS and CHI numbers are given in care, where confidence is owed")
    if third.verdict is ScanVerdict.YES:
        return Limb(ScanVerdict.YES, "what is said of health was given where confidence is owed")
    if ScanVerdict.NO in (first.verdict, third.verdict):
        return Limb(ScanVerdict.NO, "nothing in it shows that confidence is owed")
    return Limb(ScanVerdict.UNSURE, "whether confidence is owed does not show")


def _listed(columns: Sequence[ColumnFinding], *, kinds: bool = True) -> str:
    names = [f"{c.name!r}: {_kinds(c)}" if kinds and _kinds(c) else f"{c.name!r}" for c in columns[:_MENTIONED]]
    more = len(columns) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _kinds(column: ColumnFinding) -> str:
    held = [kind for kind in (column.kind, *column.holds) if kind is not ColumnKind.NONE]
    return " with ".join(str(kind).replace("_", " ") for kind in held[:2])

"""Columns beside the code are known by their names in every way of writing them, and a value that nobody knows is never one that counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.type1.beside_code import BesideReader, BesideReading, EntryStanding, kinds_of
from ndoo.type1.code_cell import CodeSays

NAMED = {
    "struck_out": "removed data, deleted, is deleted, deleted flag, deleted at, date deleted, obsolete, removed, cancelled, voided, void, "
    "entered in error, error, invalid, not valid, inactive, superseded by, retracted, revoked, withdrawn, archived, negated, rejected",
    "counts": "active, is active, active flag, valid, is current, is current record, live, verified, confirmed, latest, in force, included",
    "status": "status, entry status, record status, verification status, clinical status, status code, state, certainty, problem status, "
    "entry status description, update status, patient entry status",
    "change": "op, operation, change type, action, row action, update type, update indicator, header change oper, cdc operation, amend type",
    "ended": "end date, valid to, valid until, date ended, effective to, end at, row end date",
    "confidential": "confidential, is confidential, confidential flag, restricted, sensitive entry",
    "opt_out": "type 1 opt out, type 1, t1 dissent, type 1 objection, t1oo, type one opt out, type 1 opt out flag, opt out status, opted out, "
    "dissent, objection, objects, type i opt out, secondary use dissent, 827241000000103, 9Nu0, XaZ89, gp type 1, type 1 status, t1, "
    "type 1 opt out date, type 1 refused, has type 1, type 1 and type 2 opt out, opt out type 1, current type 1, practice type 1, dissent secondary uses, dissent noted, "
    "opt out description, entry type 1 opt out, code type 1 dissent",
    "agreement": "type 1 consent, consent to secondary use",
    "turned": "no type 1 opt out, not opted out, type 1 consent refused, dissent withdrawn, opt out removed, disagrees with type 1",
    "said_twice": "not deleted, is not removed, undeleted",
}
SAID = [(kind, name.strip()) for kind, names in NAMED.items() for name in names.split(",")]
OF_OTHERS = (
    "Observation Guid, Patient Guid, Effective Date Precision, Entered Date, Code Id, Problem Guid, Associated Text, Processing Id, Value, "
    "Row Identifier, ID Organisation Visible To, Date Event Recorded, Numeric Comparator, Episode Type, ID Template, SNOMED Text, patid, "
    "medcodeid, numunitid, obstypeid, GP system supplier, processed timestamp, reporting period end date, year of birth, record date, "
    "sensitive code, episode condition, cluster id, Surname, Postcode, Notes, Dosage, Smoking Status, Marital Status, Patient Status, "
    "Registration Status, NHS Number Trace Status, Status Date, Type, Type Id, Code Type 1, Entry Type 1, Type 1 Diabetes, Type 1 DM, T1D, "
    "National Data Opt Out, Type 2 Opt Out, SCR opt out, Email opt out, NDOO, Activity, Radioactive, Cancer, Sensitivity, Statement, Estate, "
    "Objective, Object Id, Laterality, Report 1, batch id, condition start date"
)


def written(name: str) -> Iterator[str]:
    """The name as databases, spreadsheets and programs write it."""
    words = name.split(" ")
    yield from (name, name.upper(), "_".join(words), "-".join(words), "".join(words), "_" + "".join(words))
    yield "".join(word.capitalize() for word in words) + "?"


def plain(name: str) -> str:
    return re.sub("[^0-9a-z]", "", name.casefold())


@pytest.mark.parametrize(("kind", "name"), SAID)
def test_a_heading_says_what_its_column_is_however_it_is_written(kind: str, name: str) -> None:
    assert all(kind in kinds_of(plain(heading)) for heading in written(name))


def test_what_an_extract_has_besides_says_nothing_of_an_entry() -> None:
    names = [name.strip() for name in OF_OTHERS.split(",")]
    assert {
        name: kinds_of(plain(heading)) for name in names for heading in written(name) if kinds_of(plain(heading))
    } == {}


YES, NO = (
    ("1", "Y", "yes", "TRUE", "t", "1.0", " true ", '"Yes"', "\1", "ｙｅｓ", "-1"),
    ("0", "N", "no", "False", "f", "0.0", "\0"),
)
BLANK = ("", " ", "\u00a0", "NULL", "N/A", "-", "nan")
COUNTS, STRUCK, UNCLEAR = EntryStanding.COUNTS, EntryStanding.STRUCK_OUT, EntryStanding.UNCLEAR


@pytest.mark.parametrize(
    ("kind", "standing", "cells"),
    [
        ("struck_out", STRUCK, (*YES, "Deleted", "removed", "entered-in-error")),
        ("struck_out", COUNTS, (*NO, *BLANK, "Not deleted", "active", "9999-12-31", "31/12/9999")),
        ("struck_out", UNCLEAR, ("2021-07-01", "maybe", "2", "unknown", "\u200b", "✓", "Dr A")),
        ("counts", COUNTS, (*YES, "Active", "valid")),
        ("counts", STRUCK, (*NO, "Inactive", "not valid")),
        ("counts", UNCLEAR, (*BLANK, "2", "perhaps")),
        ("status", COUNTS, (*BLANK, "Active", "final", "AMENDED", "confirmed", "Not opted out")),
        (
            "status",
            STRUCK,
            ("entered-in-error", "Entered in error", "Deleted", "inactive", "cancelled", "REFUTED", "superseded"),
        ),
        ("status", UNCLEAR, ("1", "0", "Y", "A", "preliminary", "unconfirmed", "x", "not known")),
        ("change", COUNTS, ("I", "U", "insert", "Update", "add", "update_postimage", *BLANK)),
        ("change", STRUCK, ("D", "delete", "DELETED", "update_preimage")),
        ("change", UNCLEAR, ("1", "hip replacement")),
        ("ended", COUNTS, (*BLANK, "9999-12-31", "9999-12-31 00:00:00", "no")),
        ("ended", UNCLEAR, ("2021-07-01", "2999-01-01", "yes")),
        ("confidential", COUNTS, (*NO, *BLANK)),
        ("confidential", UNCLEAR, (*YES, "very")),
        ("said_twice", UNCLEAR, (*YES, *NO, *BLANK)),
    ],
)
def test_a_value_counts_where_it_is_known_to_and_only_there(
    kind: str, standing: EntryStanding, cells: tuple[str, ...]
) -> None:
    reader = BesideReader(kind)
    assert {cell: reader.read(cell) for cell in cells} == {cell: BesideReading(standing=standing) for cell in cells}


@pytest.mark.parametrize(
    ("kind", "says", "cells"),
    [
        ("opt_out", CodeSays.NOTHING, (*NO, *BLANK, "Not recorded", "Opted in", "no dissent", "Consented")),
        (
            "opt_out",
            CodeSays.DISSENT,
            (*YES, "Dissent", "opted out", "2021-06-01", "x", "unknown", "✓", "XaZ89", "38341003", "3"),
        ),
        ("opt_out", CodeSays.WITHDRAWN, ("Withdrawn", "Dissent withdrawn", "9Nu1.", "827261000000102")),
        ("agreement", CodeSays.NOTHING, (*YES, *BLANK, "consented")),
        ("agreement", CodeSays.DISSENT, (*NO, "refused", "dissent")),
        ("turned", CodeSays.NOTHING, BLANK),
        ("turned", CodeSays.DISSENT, (*YES, *NO, "consented", "opted in", "x")),
        ("status", CodeSays.DISSENT, ("Dissent", "Opted-out", "T1OO", "Type 1 opt-out", "objected")),
        ("status", CodeSays.WITHDRAWN, ("Dissent withdrawn",)),
    ],
)
def test_a_heading_that_speaks_of_an_opt_out_makes_an_objection_of_what_is_not_known_to_be_none(
    kind: str, says: CodeSays, cells: tuple[str, ...]
) -> None:
    reader = BesideReader(kind)
    assert {cell: reader.read(cell) for cell in cells} == {cell: BesideReading(says=says) for cell in cells}


LONG = st.text("abcdefghijklmnopqrstuvwxyz0123456789 /", min_size=12, max_size=40).filter(
    lambda cell: len(plain(cell)) > 11
)


@given(kind=st.sampled_from(sorted(NAMED)), cell=LONG)
def test_no_text_that_nobody_knows_lets_anybody_through(kind: str, cell: str) -> None:
    reading = BesideReader(kind).read(cell)
    assert reading.says or reading.standing

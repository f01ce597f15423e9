"""Narrows and orders a list of assets or flows: mine, overdue, by decision, risk and owner.

What is asked stands in the address, so that a list can be kept as a bookmark; words that are searched for do not, for somebody may type a
name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from ndoo.assets.fields import FLOW, fields
from ndoo.assets.flow_decisions import RecordedDecision
from ndoo.assets.record import Record
from ndoo.assets.register import Register
from ndoo.assets.review_rules import ReviewStanding
from ndoo.policy.pack import APPLIES, DOES_NOT_APPLY, REVIEW
from ndoo.service.asset_register import sign_review
from ndoo.service.asset_register.overview import Picture
from ndoo.service.nhs_forms.fields import Select
from ndoo.service.nhs_forms.question import QuestionForm

MINE, OVERDUE, UNDECIDED, UNJUDGED = "mine", "overdue", "none", "none"
DECISIONS = {APPLIES: _("Applies"), DOES_NOT_APPLY: _("Does not apply"), REVIEW: _("Somebody must decide")}
"""Each answer of the policy, as the lists say it."""
RISKS = {"high": _("High"), "medium": _("Medium"), "low": _("Low")}
_ANY = ("", _("All"))


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """One line of the list."""

    record: Record
    decision: RecordedDecision | None
    review: ReviewStanding | None
    """None of what is not in use any more."""
    owners: tuple[str, ...]
    """As they are written, each once."""
    is_mine: bool
    """The reader owns it, or its review waits for them."""
    is_due: bool


class FilterForm(QuestionForm):
    """Which of them, and in which order?"""

    show = Select(
        label=_("Show"),
        choices=[_ANY, (MINE, _("Mine: I own it, or it waits for me")), (OVERDUE, _("Overdue for review"))],
    )
    decision = Select(label=_("Decision"), choices=[_ANY, *DECISIONS.items(), (UNDECIDED, _("Not decided"))])
    risk = Select(label=_("Risk"), choices=[_ANY, *RISKS.items(), (UNJUDGED, _("Not judged"))])
    owner = Select(label=_("Owner"))
    sort = Select(
        label=_("Sort by"),
        choices=[
            ("", _("Reference")),
            ("name", _("Name")),
            ("due", _("Next review, the earliest first")),
            ("risk", _("Risk, the highest first")),
            ("owner", _("Owner")),
        ],
    )

    def __init__(self, *arguments: Any, kind: str, owners: Iterable[str], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["owner"].choices = [_ANY, *((one, one) for one in owners)]  # type: ignore[attr-defined]
        if kind != FLOW:
            del self.fields["decision"]


def listed(records: Iterable[Record], seen: Picture, user: User, today: date) -> list[ListedRecord]:
    """A line for each record, as this member of staff sees it."""
    return [_line(record, seen, user, today) for record in records]


def _line(record: Record, seen: Picture, user: User, today: date) -> ListedRecord:
    register = seen.known.register
    review = (seen.known.standings or {}).get((record.kind, record.id))
    names = {user.get_username().casefold(), user.get_full_name().strip().casefold()} - {""}
    waits = review is not None and review.is_due(today)
    waits = waits and sign_review.may_sign(user, record, review.waiting_for, register) if review else False
    return ListedRecord(
        record,
        seen.read.kept.get(record.id) if record.kind == FLOW else None,
        review,
        owners_of(record, register),
        waits or bool(names & sign_review.owners(record, register)),
        review is not None and review.is_due(today),
    )


def owners_of(record: Record, register: Register) -> tuple[str, ...]:
    """Who owns it, as it is written."""
    assets = [register.assets[one] for one in record.texts("assets")] if record.kind == FLOW else [record]
    return tuple(dict.fromkeys(name for asset in assets if (name := asset.text("owner").strip())))


def narrowed(lines: Iterable[ListedRecord], said: Mapping[str, str]) -> list[ListedRecord]:
    """Those that are asked for, in the order that is asked for."""
    fitting = [line for line in lines if _fits(line, said)]
    return sorted(fitting, key=_ORDER[said.get("sort", "")])


def _fits(line: ListedRecord, said: Mapping[str, str]) -> bool:
    outcome = line.decision.outcome if line.decision else UNDECIDED
    risk = line.record.text("risk") or UNJUDGED
    return (
        (said.get("show") != MINE or line.is_mine)
        and (said.get("show") != OVERDUE or line.is_due)
        and said.get("decision", "") in ("", outcome)
        and said.get("risk", "") in ("", risk)
        and (not said.get("owner") or said["owner"] in line.owners)
    )


def _risk(line: ListedRecord) -> int:
    """What nobody has judged counts as high, as its review does."""
    return [*fields(line.record.kind)["risk"].values].index(line.record.text("risk") or "high")


_ORDER: dict[str, Callable[[ListedRecord], Any]] = {
    "": lambda line: 0,
    "name": lambda line: line.record.text("name").casefold(),
    "due": lambda line: (line.review is None, line.review.due if line.review else date.max),
    "risk": lambda line: -_risk(line),
    "owner": lambda line: (not line.owners, [one.casefold() for one in line.owners]),
}

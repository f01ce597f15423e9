"""What is asked before an extract is upheld, and of whoever searches the evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ndoo.domain.errors import NdooError, NoUsableList, UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.service.nhs_forms.dates import DayField
from ndoo.service.nhs_forms.fields import Asking, Radios, Text
from ndoo.service.nhs_forms.question import QuestionForm
from ndoo.service.uphold_jobs.flows import decision_on
from ndoo.service.uphold_jobs.request_job import judge_at_once, names_a_person

REGISTER, CLEANED = "register", "cleaned"
FLOW, TRIAL = "flow", "trial"
_NAMED = _("The file’s name holds an NHS number. Rename it: names travel with the file")


class Upload(Asking, forms.FileField):
    """A file."""

    macro = "file-upload"

    def parameters(self, bound: BoundField) -> dict[str, Any]:
        """The parameters of `fileUpload`."""
        return self.shared(bound) | {"label": self.title(bound)}


class ExtractForm(QuestionForm):
    """The extract, the list, and what is to become of rows that nobody can decide on."""

    extract = Upload(
        label=_("The extract"),
        missing=_("Choose the extract"),
        size="m",
        allow_empty_file=False,
        hint=_(
            "CSV or other delimited text, plain or packed (.gz, .zst), Parquet or Arrow. One row for each record, with a column of NHS numbers."
        ),
    )
    released_for = Radios(
        label=_("What is it released for?"),
        missing=_("Select what the extract is released for"),
        size="m",
        choices=[(FLOW, _("A data flow in the register")), (TRIAL, _("No flow: a private trial"))],
        hints={TRIAL: _("You get the file and its certificate. They never count as evidence that a flow was upheld.")},
    )
    flow = Text(
        label=_("Reference of the flow"),
        max_length=60,
        width=10,
        autocomplete="off",
        hint=_(
            "Only if it is for a flow. For example, F-001. It stands in the list of flows, and on the flow’s own page."
        ),
    )
    against = Radios(
        label=_("Who has opted out?"),
        missing=_("Select where to look up who has opted out"),
        size="m",
        choices=[
            (REGISTER, _("Ask this service’s register")),
            (CLEANED, _("I have a cleaned list of people who may stay")),
        ],
    )
    listed = Upload(
        label=_("The cleaned list"),
        hint=_("Only if you have one. The file that came back from the check: one NHS number on each line."),
    )
    checked = DayField(label=_("When was that list checked?"), named=_("The day of the check"))
    column = Text(
        label=_("Name of the column with the NHS number"),
        max_length=200,
        width=20,
        autocomplete="off",
        hint=_("You can leave this empty. We then find the column, and say which one it is."),
    )
    undecided = Radios(
        label=_("Rows whose NHS number is missing or wrong"),
        missing=_("Select what to do with rows whose NHS number is missing or wrong"),
        size="m",
        choices=[("hold", _("Leave them out, and tell me how many")), ("stop", _("Release nothing if there are any"))],
    )

    def clean_extract(self) -> Any:
        """A table, named after nobody."""
        upload = self.cleaned_data["extract"]
        if names_a_person(upload):
            raise ValidationError(_NAMED)
        try:
            judge_at_once(upload)
        except NdooError as refused:
            raise ValidationError(refused.sentence) from None
        return upload

    def clean_column(self) -> str:
        """A column's name, and nobody's number."""
        column: str = self.cleaned_data["column"]
        if names_somebody(column):
            raise ValidationError(_("Do not write an NHS number here"))
        return column

    def clean(self) -> dict[str, Any]:
        """A list goes with its date, and a flow is one that can be upheld here."""
        said = super().clean() or {}
        if said.get("released_for") == FLOW and "flow" in said:
            self._judge_flow(said["flow"])
        if said.get("against") == CLEANED and "listed" in said and "checked" in said:
            if not said["listed"]:
                self.add_error("listed", _("Choose the cleaned list"))
            elif names_a_person(said["listed"]):
                self.add_error("listed", _NAMED)
            if not said["checked"]:
                self.add_error("checked", _("Enter the day on which the list was checked"))
        return said

    def _judge_flow(self, ident: str) -> None:
        if not ident:
            self.add_error("flow", _("Enter the reference of the flow, or choose a private trial"))
            return
        try:
            decision_on(ident, timezone.now())
        except NoUsableList:
            self.add_error(
                "flow",
                _(
                    "This flow takes data from the GP record, so Type 1 opt-outs must be applied too. This page cannot: use “ndoo uphold” with --flow and --type1"
                ),
            )
        except UnfitData as refused:
            self.add_error("flow", refused.sentence)


class EvidenceSearchForm(QuestionForm):
    """Which manifests?"""

    flow = Text(label=_("Reference of the flow"), max_length=60, width=10, autocomplete="off")
    name = Text(label=_("Part of the file’s name"), max_length=100, width=20, autocomplete="off")
    digest = Text(
        label=_("SHA-256 of the released file"),
        max_length=64,
        autocomplete="off",
        hint=_("All 64 characters, or the first few. A file that was changed since has another one."),
    )
    first = DayField(label=_("From"), named=_("The first day"))
    last = DayField(label=_("To"), named=_("The last day"))

    def clean_name(self) -> str:
        """No number of anybody in what the audit keeps."""
        name: str = self.cleaned_data["name"]
        if names_somebody(name):
            raise ValidationError(_("Do not write an NHS number here"))
        return name

    def clean_digest(self) -> str:
        """Hexadecimal digits."""
        digest: str = self.cleaned_data["digest"].strip().lower()
        if set(digest) - set("0123456789abcdef"):
            raise ValidationError(_("A SHA-256 has the digits 0 to 9 and the letters a to f only"))
        return digest

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        said = super().clean() or {}
        if said.get("first") and said.get("last") and said["first"] > said["last"]:
            self.add_error("last", _("The last day must not be before the first"))
        return said

"""Every input that a fuzzer starts from, or once stumbled over, is refused or released rightly; and each check can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.fhir import verdicts
from ndoo.upholding.verify import dataset_findings
from tests.attack.test_drafts_faulty import gathers_everything, masks_nothing
from tests.fuzz.targets import CORPUS, TARGETS, corpus


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_that_is_kept_is_refused_or_released_rightly(target: str) -> None:
    outcomes = {path.name: TARGETS[target](path.read_bytes()) for path in corpus(target)}
    assert any(outcomes.values()), "nothing was released, so nothing was looked at"


def keeps_every_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    """In FHIR, every level is one that stays."""
    judged = verdicts.levels_of

    def all_of_them(*about: object) -> tuple[bytes, bytes]:
        levels, leading = judged(*about)  # type: ignore[arg-type]
        return bytes(len(levels)), leading

    monkeypatch.setattr(verdicts, "levels_of", all_of_them)


def takes_lists_the_wrong_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opted out is taken for those who may stay, and they for those who opted out."""
    right = CleanedList.names_allowed.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(CleanedList, "names_allowed", property(lambda self: not right(self)))


def asks_about_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verifier believes the manifest and looks at nobody."""
    monkeypatch.setattr(dataset_findings, "on_people", lambda *about, **more: ())


BROKEN: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = {
    "text": ("plain", gathers_everything, "somebody who opted out was released"),
    "parquet": ("numbers", masks_nothing, "other rows than the reference keeps"),
    "arrow": ("plain", masks_nothing, "other rows than the reference keeps"),
    "fhir": ("lines", keeps_every_resource, "somebody who opted out was released"),
    "lists": ("allowed", takes_lists_the_wrong_way_round, "others than the list says"),
    "manifests": ("out_csv", asks_about_nobody, "and it was verified"),
}


@pytest.mark.parametrize("target", TARGETS)
def test_each_check_falls_where_upholding_is_broken(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where the product's own verifier does not see it, which is broken too."""
    name, break_it, why = BROKEN[target]
    content = (CORPUS / target / name).read_bytes()
    assert TARGETS[target](content)
    break_it(monkeypatch)
    monkeypatch.setattr("ndoo.upholding.uphold.judge_draft", lambda found, manifest: None)
    with pytest.raises(AssertionError, match=why):
        TARGETS[target](content)

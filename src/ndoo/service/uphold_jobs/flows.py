"""The flow for which an extract is released, and what that flow asks for: decided as on the day."""

from __future__ import annotations

from datetime import datetime

from ndoo.assets.fields import FLOW
from ndoo.domain.errors import UnfitData
from ndoo.domain.london import london_date
from ndoo.domain.settings import data_folder
from ndoo.evidence.seal import load_sealer
from ndoo.policy import Decision, decide, load_pack
from ndoo.policy.pack import APPLIES, REVIEW
from ndoo.policy.type1_duty import refuse_without_type1
from ndoo.service.asset_register import overview, record_versions


def decision_on(ident: str, now: datetime) -> Decision:
    """The decision by which an extract of this flow is upheld.

    Raises:
        UnfitData: there is no such flow, it must be reviewed first, the opt-out does not apply to it, or the
            organisation does not trust the key with which this service would seal the proof.
        NoUsableList: Type 1 opt-outs must be applied too.
    """
    row = record_versions.latest(FLOW, ident)
    if row is None or row.content is None:
        raise UnfitData("job-flow-unknown", "The register holds no flow with this reference.")
    decision = decide(record_versions.record_of(row).facts, load_pack(), london_date(now))
    if decision.outcome == REVIEW:
        raise UnfitData(
            "job-flow-review", "Whether the opt-out applies to this flow must be reviewed first. Nothing is released."
        )
    if decision.outcome != APPLIES:
        raise UnfitData("job-flow-free", "The opt-out does not apply to this flow, so no one has to be left out.")
    refuse_without_type1(decision)
    if load_sealer(data_folder()).public_key not in overview.trusted(record_versions.register()):
        raise UnfitData(
            "job-key-foreign",
            "The organisation's register does not name the key of this service, so what is upheld here would prove "
            "nothing. Add the key to it first.",
        )
    return decision

"""The whole register: the organisation, its assets and its flows, each flow from assets that are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ndoo.assets.fields import ASSET, FLOW, KINDS, ORGANISATION
from ndoo.assets.record import Record, read_record
from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import masked

NAMES = {ORGANISATION: "The organisation", ASSET: "Asset", FLOW: "Flow"}


@dataclass(frozen=True, slots=True)
class Register:
    """Assets and flows by their references, in the order in which they were said."""

    organisation: Record | None = None
    assets: Mapping[str, Record] = field(default_factory=dict)
    flows: Mapping[str, Record] = field(default_factory=dict)

    def records(self) -> Iterator[Record]:
        """All of it, the organisation first."""
        if self.organisation:
            yield self.organisation
        yield from self.assets.values()
        yield from self.flows.values()

    @property
    def live(self) -> list[Record]:
        """The flows in use."""
        return [flow for flow in self.flows.values() if flow.is_live]

    def of(self, member: str) -> Register:
        """The register as one of the organisations that share it has it: its name, and the flows that are its own.

        Raises:
            UnfitData: no such organisation shares the register.
        """
        if self.organisation is None or member not in self.organisation.texts("members"):
            raise UnfitData(
                "register-member", f"No organisation named {masked(member)!r} shares the register (members)."
            )
        organisation = Record(ORGANISATION, {**self.organisation.said, "name": member})
        own = {name: flow for name, flow in self.flows.items() if member in (flow.texts("members") or (member,))}
        return replace(self, organisation=organisation, flows=own)

    def document(self) -> dict[str, Any]:
        """The register as a document: `organisation`, and lists `asset` and `flow`."""
        told: dict[str, Any] = {ORGANISATION: self.organisation.document()} if self.organisation else {}
        for kind, records in ((ASSET, self.assets), (FLOW, self.flows)):
            if records:
                told[kind] = [record.document() for record in records.values()]
        return told


def read_register(document: Any) -> Register:
    """A register out of a document.

    Raises:
        UnfitData: its shape is another one, a reference stands twice, or a flow takes from an asset that is not there.
    """
    if not isinstance(document, Mapping) or not set(document) <= set(KINDS):
        raise UnfitData("register-shape", f"A register holds {', '.join(KINDS)}, and nothing else.")
    organisation = None
    if ORGANISATION in document:
        organisation = read_record(ORGANISATION, document[ORGANISATION], NAMES[ORGANISATION])
    return built(organisation, *(list(_read(kind, document.get(kind, []))) for kind in (ASSET, FLOW)))


def built(organisation: Record | None, assets: list[Record], flows: list[Record]) -> Register:
    """A register of these records.

    Raises:
        UnfitData: a reference stands twice, or a flow takes from an asset that is not there.
    """
    by_id = _once(assets), _once(flows)
    known = frozenset(by_id[0])
    for at, flow in enumerate(flows, 1):
        if not known.issuperset(flow.texts("assets")):
            raise UnfitData("register-reference", f"Flow {at} takes from an asset that is not in the register.")
    sharing = organisation.texts("members") if organisation else ()
    for at, flow in enumerate(flows, 1):
        if not set(flow.texts("members")) <= set(sharing):
            raise UnfitData("register-reference", f"Flow {at} is of an organisation that does not share the register.")
    return Register(organisation, *by_id)


def _read(kind: str, entries: Any) -> Iterator[Record]:
    if not isinstance(entries, list):
        raise UnfitData("register-shape", f"{kind} must be a list: write [[{kind}]] before each.")
    for at, entry in enumerate(entries, 1):
        yield read_record(kind, entry, f"{NAMES[kind]} {at}")


def _once(records: list[Record]) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for at, record in enumerate(records, 1):
        if record.id in found:
            raise UnfitData("register-twice", f"{NAMES[record.kind]} {at} has the reference of an earlier one.")
        found[record.id] = record
    return found

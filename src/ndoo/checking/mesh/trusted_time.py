"""The time that is written into the journal: never later than MESH itself says, and never by this machine alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

MAY_DIFFER = timedelta(minutes=5)
"""What a machine's clock is set back by now and then, and two machines differ."""


class ServiceTime:
    """The time that MESH gives with its answers. `elapsed`: seconds since some moment, from a clock that nobody sets."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._said: tuple[datetime, float] | None = None
        self.last: datetime | None = None
        """The date on the last answer of any kind, also one that is not believed."""

    def vouch(self, date: datetime | None) -> None:
        """An answer that is MESH's own came with this date."""
        if date is not None:
            self._said = (date, self._elapsed())

    def now(self) -> datetime | None:
        """What MESH's clock shows now; None where it has said nothing yet."""
        if self._said is None:
            return None
        date, at = self._said
        return date + timedelta(seconds=self._elapsed() - at)

    def bound(self, clock: Callable[[], datetime]) -> Callable[[], datetime]:
        """This machine's clock, for as long as it is not ahead of MESH; then MESH's."""

        def bounded() -> datetime:
            machine, service = clock(), self.now()
            return service if service is not None and machine > service + MAY_DIFFER else machine

        return bounded

    def ahead(self, machine: datetime) -> timedelta:
        """By how much this machine's clock is ahead of MESH's (negative: behind); zero where they agree or nobody knows."""
        service = self.now()
        return machine - service if service is not None and abs(machine - service) > MAY_DIFFER else timedelta(0)

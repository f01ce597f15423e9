"""What does every fuzzer start from? Twelve people, one list of them, and a folder that is gone afterwards."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NdooError
from ndoo.evidence.release import ReleaseKind, release_at
from ndoo.evidence.seal import Sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.columns import WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.request import Request
from ndoo.upholding.text import delimited, text_lanes
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.engines.worlds import cleaned_list
from tests.support.numbers import some

PEOPLE = some(12, seed=20)
STAY, GO = PEOPLE[:8], PEOPLE[8:]
SEALER = Sealer(bytes(range(32)))
LISTS = (
    cleaned_list(Polarity.OPTED_OUT, GO, None),
    cleaned_list(Polarity.ALLOWED, STAY, PEOPLE),
    cleaned_list(Polarity.ALLOWED, STAY, None),
)
_MEMORY = Path("/dev/shm")  # noqa: S108  folders in it are made by tempfile
_AS_WRITTEN = re.compile(rb"(?:^|(?<=[\s,;|\"]))(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?=[\s,;|\"]|$)")


@dataclass(frozen=True)
class Options:
    """How one input is upheld: said by its first byte, so that the rest of it is a file."""

    cleaned: CleanedList
    undecided: Undecidable
    mentions: WhenMentioned

    @property
    def names_who_goes(self) -> bool:
        """Is it known of somebody that they opted out? By a bare list of the allowed it is of nobody."""
        return self.cleaned is not LISTS[2]


def taken_apart(data: bytes) -> tuple[Options, bytes]:
    """The options, and the file."""
    said = (data[0] - ord("0")) % 12 if data else 0
    return (
        Options(
            LISTS[said % 3],
            Undecidable.KEEP_MISSING if said // 3 % 2 else Undecidable.HOLD,
            WhenMentioned.HOLD if said // 6 else WhenMentioned.STOP,
        ),
        data[1:],
    )


@contextmanager
def folder() -> Iterator[Path]:
    """In memory, where the machine has such a place. Blocks are small meanwhile, so that rows cross their edges."""
    with (
        patch.object(delimited, "BLOCK", 1 << 10),
        patch.object(text_lanes, "MAX_ROWS", 1 << 7),
        patch.object(text_lanes, "cores", lambda: 3),
        tempfile.TemporaryDirectory(prefix="ndoo-fuzz-", dir=_MEMORY if _MEMORY.is_dir() else None) as name,
    ):
        yield Path(name)


def released(engine: ReleaseKind, source: Path, output: Path, options: Options) -> dict[str, Any] | None:
    """The manifest; None where the run was refused, and then nothing is there."""
    request = Request(
        engine=engine,
        input=source,
        output=output,
        cleaned=options.cleaned,
        now=datetime.now(UTC),
        undecided=options.undecided,
        mentions=options.mentions,
        expected_share=(0, 100),
        justification="nobody is known by it" if options.undecided is Undecidable.KEEP_MISSING else None,
    )
    before = set(source.parent.iterdir())
    try:
        return {**uphold(request, SEALER).manifest.document}
    except NdooError as refusal:
        assert refusal.code not in ("draft-not-verified", "machine-fault"), refusal.code
        assert refusal.sentence.endswith("."), "a refusal is a sentence"
        assert set(source.parent.iterdir()) == before, "a refused run left something"
        return None


def refuse_people_who_go(content: bytes, options: Options) -> None:
    """Whoever opted out stands nowhere, as a number is written."""
    plain = content.replace(b"\0", b"")
    if not options.names_who_goes:
        return
    found = {b"".join(groups).decode() for groups in _AS_WRITTEN.findall(plain)}
    assert not found & set(GO), "somebody who opted out was released"


def refuse_unverified(output: Path, options: Options) -> None:
    """`ndoo verify` passes what was released, by the same list."""
    found = verify_release(release_at(output), ReleaseQuestion(options.cleaned, signed_by=SEALER.public_key))
    assert found.verified, [promise.because for promise in found.promises if not promise.kept]

"""Frames in memory without the people who opted out: by the same code, and with the same refusals, as `ndoo uphold` on a file.

The frame is written to a private folder as an Arrow file, upheld there and read back, and the folder is gone before the answer
is given: so there is one way of upholding, and a draft that does not pass the verifier is not given back.

A frame of Spark is another matter: no draft of it is made, and no verifier reads what is given back. See `spark_frames`.
"""

from __future__ import annotations

import hashlib
import html
import tempfile
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from ndoo.domain.errors import UsageFault
from ndoo.domain.plurals import counted
from ndoo.domain.settings import data_folder, doubt
from ndoo.evidence.earlier_outputs import earlier_file
from ndoo.evidence.manifest import ReleaseManifest, manifest_path
from ndoo.evidence.release import Release, ReleaseKind
from ndoo.evidence.release_record import Counts, PeopleCounts
from ndoo.evidence.seal import load_sealer
from ndoo.library.frames import kind_of, read_frame, write_frame
from ndoo.library.lists import Listed, Lists, When
from ndoo.library.spark_frames import FrameWish, is_spark_frame, upheld_in_spark
from ndoo.upholding.columns import ColumnChoice, WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.publication.output_paths import judge_names
from ndoo.upholding.publication.publish import Publication, write_whole
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold as upheld_release
from ndoo.upholding.verify.verification import ReleaseQuestion, judge_draft
from ndoo.upholding.verify_release import verify_release

Frame = TypeVar("Frame")
Choice = TypeVar("Choice", bound=StrEnum)

_STORED = ".arrow", ".feather", ".ipc"


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Rows, and distinct people: read = kept + removed + held, exactly."""

    rows: Counts
    people: PeopleCounts


@dataclass(frozen=True, slots=True, repr=False)
class Upheld(Generic[Frame]):
    """What a frame came to.

    Args:
        kept: the rows of those who may stay, as a frame of the same kind, in the same order.
        held: the rows of which nobody can say whose they are, or what that person chose.
        manifest: as beside a release, of the frame's Arrow bytes; `release` seals it.
    """

    kept: Frame
    held: Frame
    counts: FrameCounts
    manifest: dict[str, Any]
    _stored: bytes | None
    """None of a frame of Spark, whose rows are not here."""
    _question: ReleaseQuestion

    def release(self, path: str | Path) -> Path:
        """Write what was kept, as it was when it was upheld, and its sealed manifest beside it; both, or neither.

        Args:
            path: a name that ends with .parquet, or with .arrow, .feather or .ipc.

        Returns:
            The path of the manifest.

        Raises:
            UsageFault: the name says another format or holds an NHS number, or a file that is no release of ndoo stands there.
            NotPermitted, Fault: the machine refused.
        """
        if self._stored is None:
            raise UsageFault(
                "frame-in-spark",
                "A frame of Spark is not released from here: write .kept with Spark, or run `ndoo uphold --engine spark` for a sealed "
                "release.",
            )
        target = Path(path)
        judge_names(target)
        suffix = target.suffix.lower()
        if suffix not in (*_STORED, ".parquet"):
            raise UsageFault(
                "output-format", "A frame is released as .parquet, .arrow, .feather or .ipc. Name such a file."
            )
        if target.exists() and not manifest_path(target).exists():
            raise UsageFault(
                "output-exists",
                f"{target.name!r} already exists, and is not a release made by ndoo. Give another name.",
            )
        stored = self._stored if suffix in _STORED else _as_parquet(self._stored)
        output = _recorded(self.manifest["output"], target, stored)
        manifest = ReleaseManifest(load_sealer(data_folder()).seal({**self.manifest, "output": output}))
        with Publication(manifest_path(target), target, replaceable=earlier_file(ReleaseKind.FILE)) as publication:
            draft = publication.draft(target)
            write_whole(draft.handle, stored)
            publication.draft_whole(manifest_path(target), manifest.written())
            judge_draft(verify_release(Release(draft.path, manifest), self._question), manifest)
            publication.publish()
        return manifest_path(target)

    def __repr__(self) -> str:
        rows = self.counts.rows
        return f"<Upheld: {counted(rows.read, 'row')} read, {rows.kept:,} kept, {rows.removed:,} removed, {sum(rows.held.values()):,} held>"

    def _repr_html_(self) -> str:
        """The table of counts, for a notebook."""
        rows, people = self.counts.rows, self.counts.people
        held = sum(rows.held.values())
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in rows.held.items())
        return (
            "<table><caption>National data opt-out upheld</caption>"
            "<thead><tr><th></th><th>Read</th><th>Kept</th><th>Removed</th><th>Held back</th></tr></thead><tbody>"
            f"{_line('Rows', rows.read, rows.kept, rows.removed, held)}"
            f"{_line('People', people.read, people.kept, people.removed, people.held)}</tbody></table>"
            f"{'<p>Held back: ' + html.escape(reasons) + '</p>' if reasons else ''}"
        )


def uphold(
    frame: Frame,
    *,
    nhs_number: str | None = None,
    allowed: Listed | None = None,
    opted_out: Listed | None = None,
    checked_at: When = None,
    also: tuple[str, ...] | list[str] = (),
    ignore: tuple[str, ...] | list[str] = (),
    undecided: str = "hold",
    justification: str | None = None,
    mentions: str = "stop",
    expect_removed: tuple[float, float] | None = None,
) -> Upheld[Frame]:
    """The frame without the people who opted out.

    Args:
        frame: of pandas or polars (eager or lazy); a table, batch, reader or dataset of PyArrow; a relation of DuckDB; of Spark,
            classic or Connect, which stays where it is and is filtered when it is used. What was counted, and searched for people
            named in other cells, are its rows at the time of the call: this holds of later use only if its source has not changed
            and gives the same rows each time. Where it may not, write it down first, or run `ndoo uphold --engine spark`.
        nhs_number: the column of the patient's NHS number; left out, it is found, or the run is refused with the candidates.
        allowed: the cleaned list: only these people may stay. A path, several paths, or NHS numbers.
        opted_out: the other polarity: these people must go. One of the two is given, never both.
        checked_at: when the list was taken; needed unless the sealed record of `ndoo check` stands beside its file.
        also: further columns of NHS numbers by which a row is decided on, such as the mother's.
        ignore: columns of NHS numbers that are nobody's in this extract; what is found in them is said by `ndoo verify`.
        undecided: what becomes of rows that cannot be decided on: "hold", "exclude", "stop" or "keep-missing", which needs
            `justification`.
        mentions: "stop" where another cell names somebody withheld, or "hold" such rows.
        expect_removed: the share of people in per cent, lowest and highest, that may be removed.

    Raises:
        UsageFault: the frame's kind is not known, or the columns or options cannot be meant.
        UnfitData: the frame is ambiguous, or rows cannot be decided on and these must stop the run.
        NoUsableList: the list is missing, stale or damaged, or the share removed says that it is the wrong one.
        Fault: what was made did not pass the verifier.
    """
    now, in_spark = datetime.now(UTC), is_spark_frame(frame)
    if not in_spark:
        kind_of(frame)
    if (justification is None) == (undecided == Undecidable.KEEP_MISSING):
        raise UsageFault(
            "justification", "A justification is needed for undecided='keep-missing', and nothing else takes one."
        )
    wish = FrameWish(
        Lists(allowed, opted_out, checked_at).chosen(now),
        ColumnChoice(nhs_number, tuple(also), tuple(ignore)),
        _chosen(Undecidable, "undecided", undecided),
        justification,
        expect_removed,
        _chosen(WhenMentioned, "mentions", mentions),
    )
    upheld = (_upheld_there if in_spark else _upheld_here)(frame, wish, now)
    for message in (*(warned["message"] for warned in upheld.manifest["warnings"]), *filter(None, [doubt()])):
        warnings.warn(message, stacklevel=2)
    return upheld


def _upheld_there(frame: Frame, wish: FrameWish, now: datetime) -> Upheld[Frame]:
    """A frame of Spark, where its rows lie."""
    found, manifest = upheld_in_spark(frame, wish, now)
    counts = FrameCounts(found.tally.rows, found.tally.people)
    return Upheld(
        found.kept,
        found.held,
        counts,
        dict(manifest.document),
        None,
        ReleaseQuestion(wish.cleaned, by_what_is_named=True),
    )


def _upheld_here(frame: Frame, wish: FrameWish, now: datetime) -> Upheld[Frame]:
    """A frame of any other kind, by way of a private file."""
    kind = kind_of(frame)
    with tempfile.TemporaryDirectory(prefix="ndoo-") as folder:
        given, kept, held = (Path(folder) / name for name in ("frame.arrow", "kept.arrow", "held.arrow"))
        write_frame(kind.to_arrow(frame), given)
        request = Request(
            input=given,
            output=kept,
            held=held,
            cleaned=wish.cleaned,
            now=now,
            columns=wish.columns,
            undecided=wish.undecided,
            mentions=wish.mentions,
            justification=wish.justification,
            expected_share=wish.expected_share,
        )
        outcome = upheld_release(request, load_sealer(data_folder()))
        stored, aside = kept.read_bytes(), held.read_bytes()
    return Upheld(
        kind.back(read_frame(stored), frame),
        kind.back(read_frame(aside), frame),
        FrameCounts(outcome.rows, outcome.people),
        {name: value for name, value in outcome.manifest.document.items() if name != "seal"},
        stored,
        ReleaseQuestion(wish.cleaned, by_what_is_named=True),
    )


def _chosen(kind: type[Choice], name: str, said: str) -> Choice:
    """Raises UsageFault where nothing is called so."""
    try:
        return kind(said)
    except ValueError:
        raise UsageFault("option-value", f"{name} is one of {', '.join(kind)}.") from None


def _as_parquet(stored: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(read_frame(stored), sink, compression="zstd")
    return bytes(sink.getvalue())


def _recorded(output: dict[str, Any], target: Path, stored: bytes) -> dict[str, Any]:
    """The manifest's record of the file that is released."""
    format_ = "arrow" if target.suffix.lower() in _STORED else "parquet"
    return {
        **output,
        "name": target.name,
        "sha256": hashlib.sha256(stored).hexdigest(),
        "bytes": len(stored),
        "format": format_,
    }


def _line(what: str, *counts: int) -> str:
    return f"<tr><th>{what}</th>{''.join(f'<td>{count:,}</td>' for count in counts)}</tr>"

"""One case after the other: each to its end, and whatever MESH does to it is what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ndoo.checking.mesh.message import LostAnswerError, NotAcceptedError, UnreachableError
from ndoo.checking.mesh.rehearsal.case import Case, CaseOutcome, CasePlace, CaseResult, CaseSeen, Step, cases


def rehearse(
    steps: Mapping[CasePlace, Mapping[str, Step]],
    clock: Callable[[], datetime],
    elapsed: Callable[[], float],
    told: Callable[[CaseResult], object],
) -> list[CaseResult]:
    """Run each case in each of its places that has steps; `told` hears of each result as it is there."""
    results = []
    for case in cases():
        for place in case.places:
            if place in steps:
                began, start = clock(), elapsed()
                came = _seen(steps[place][case.key], case)
                results.append(CaseResult(case, place, came, began, elapsed() - start))
                told(results[-1])
    return results


def _seen(step: Step, case: Case) -> CaseSeen:
    try:
        return step()
    except NotAcceptedError as error:
        seen = f"MESH did not take the message, and gave {f'code {error.code}' if error.code else 'no code'}."
    except LostAnswerError:
        seen = "Nobody can say whether the message was taken: the answer of MESH was lost."
    except UnreachableError as error:
        seen = f"The mailbox could not be used: {error.reason}."
    return CaseSeen(f"Begun: {case.title[:1].lower()}{case.title[1:]}.", seen, CaseOutcome.DIFFERS)


def complete(results: list[CaseResult]) -> bool:
    """Did each case come to an end somewhere, in the mailbox or against the stand-in, and does none wait?"""
    ended = {result.case.key for result in results if result.came.outcome in (CaseOutcome.PASSED, CaseOutcome.DIFFERS)}
    waits = any(result.came.outcome is CaseOutcome.WAITING for result in results)
    return not waits and ended >= {case.key for case in cases()}

"""A list that is sent again because its answer was lost, under the same `Idempotency-Key`: it is one list, counted once.

Neither key nor list is kept: a keyed digest of each, from which nobody can be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from ndoo.service.api_clients.models import Caller
from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.list_checks.check_list import StayingPeople
from ndoo.service.list_checks.models import CheckedList, ListState

HEADER = "Idempotency-Key"
_SHAPE = re.compile(r"[!-~]{1,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a list the same one: the caller's key, and what was sent; each as a digest. Empty: no key was given."""

    key: str = ""
    likeness: str = ""

    def earlier(self, who: Caller) -> CheckedList | None:
        """The list that this caller sent under that key.

        Raises:
            Problem: it was another list (422).
        """
        row = (
            CheckedList.objects.select_related("caller").filter(caller=who, key=self.key).first() if self.key else None
        )
        if row and row.likeness != self.likeness:
            raise HTTPProblem(422, "idempotency-key-reused", "Another list was sent under that Idempotency-Key.")
        return row


def once(request: HttpRequest, raw: bytes, kind: str) -> Once:
    """What the request says of itself.

    Raises:
        Problem: the key is none (400).
    """
    said = request.headers.get(HEADER)
    if said is None:
        return Once()
    if not _SHAPE.fullmatch(said):
        raise HTTPProblem(400, "idempotency-key", f"{HEADER} is 1 to 200 characters without spaces.")
    sent = kind.encode("utf-8", "replace") + b"\n" + raw
    return Once(_digest("key of a list", said.encode()), _digest("likeness of a list", sent))


def is_kept_nowhere(row: CheckedList) -> bool:
    """Was the list answered at once, or about to be: its answer has to be made again?"""
    return row.people is None and row.allowed is None and row.state in (ListState.WAITING, ListState.ANSWERED)


def judge_same(row: CheckedList, found: StayingPeople) -> None:
    """The same list has the same answer, or none: whoever could send it again and again would see one person change.

    Raises:
        Problem: somebody on it has chosen since (409).
    """
    if row.state == ListState.ANSWERED and row.counts != found.counts:
        raise HTTPProblem(
            409, "list-changed", "The register has changed since that list was answered. Send it with a new key."
        )


def _digest(salt: str, said: bytes) -> str:
    return salted_hmac(salt, said, algorithm="sha256").hexdigest()

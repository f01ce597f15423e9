"""Tells a caller how much of its allowance is left: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).

What is counted is people who were asked about, not requests, and by the brake itself: whatever is told here is what refuses.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase

FIELDS = {
    "RateLimit-Policy": "The allowance: q, the people who may be asked about within w seconds.",
    "RateLimit": "About how many people are left of it (r), and in how many seconds some come back (t).",
}
"""What each header says."""
_NOTED = "ndoo.rate_limit"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """An allowance as it stands after a request."""

    quota: int
    window: int
    """In seconds."""
    left: int
    more_in: int
    """Seconds until more people may be asked about."""

    def said(self) -> dict[str, str]:
        """The two headers."""
        return {
            "RateLimit-Policy": f'"people";q={self.quota};qu="people";w={self.window}',
            "RateLimit": f'"people";r={self.left};t={self.more_in}',
        }


def note(request: HttpRequest, limit: RateLimit) -> None:
    """The answer to this request is to tell it, whatever the answer is."""
    request.META[_NOTED] = limit


def tell(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer, with what was noted of its request; 429 also says when to ask again."""
    limit = request.META.get(_NOTED)
    if isinstance(limit, RateLimit):
        for name, value in limit.said().items():
            response.headers[name] = value
        if response.status_code == 429:
            response.headers["Retry-After"] = str(limit.more_in)
    return response

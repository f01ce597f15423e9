"""The shape of a refusal, as the description of the API has it; what fills it is `problems`."""

from __future__ import annotations

from ninja import Schema


class ProblemDetails(Schema):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str

"""A session lasts on with each page that is opened; a page that needs none of it is shown where it cannot be lengthened."""

from __future__ import annotations

from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse


class PageSession(SessionMiddleware):
    """Django's own, but for a database that is down: a page that never asked the session does not fail for it."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """What a page did with its session is kept or fails; only the mere lengthening is let go."""
        asked = request.session.accessed or request.session.modified
        try:
            return super().process_response(request, response)
        except DatabaseError:
            if asked:
                raise
            return response

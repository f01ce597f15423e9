"""A session lasts on with each page that is opened; a page that needs none of it is shown where it cannot be lengthened."""

from __future__ import annotations

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse

_READS = ("GET", "HEAD", "OPTIONS")


class PageSession(SessionMiddleware):
    """Django's own, but for a database that is down or whose disk is full: a page that never asked the session does not fail for it."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """What a page did with its session is kept or fails; only the mere lengthening is let go.

        Django takes a session that cannot be written for one that somebody ended, and answers that nothing was saved. Whether
        something was, nobody can say: a choice may have been. So it is the service's fault.
        """
        asked = request.session.accessed or request.session.modified
        try:
            return super().process_response(request, response)
        except DatabaseError:
            if asked:
                raise
            return response
        except SessionInterrupted as ended:
            fault = ended.__context__ and ended.__context__.__context__
            if not asked and isinstance(fault, OperationalError):
                return response
            if isinstance(fault, OperationalError) or request.method not in _READS:
                raise _NotKept from ended
            raise


class _NotKept(Exception):
    """What a page did with its session could not be kept."""

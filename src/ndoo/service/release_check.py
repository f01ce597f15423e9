"""The page with which a recipient checks a release, served as it is written to a file: nothing is sent back to the service."""

from __future__ import annotations

from csp.decorators import csp_exempt
from django.http import HttpRequest, HttpResponse

from ndoo.evidence.check_page import check_page


@csp_exempt()  # the page has a stricter policy of its own, which names its one script by its digest
def release_check(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody."""
    page = check_page()
    policy = f"{page.policy}; frame-ancestors 'none'"
    return HttpResponse(page.html, headers={"Content-Security-Policy": policy})

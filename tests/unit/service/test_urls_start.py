"""Nobody is stuck on the first page: it leads to the choice, and to NHS login only where there is one."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from ndoo.service import urls
from tests.unit.service.pages_read import read


def elsewhere(request: HttpRequest) -> HttpResponse:
    """Stands for a page of another room."""
    return HttpResponse("elsewhere")


urlpatterns = [  # of two addresses of one name the last is the one
    path("", include(urls.urlpatterns)),
    path("begin", elsewhere, name="journey-start"),
    path("nhs-login", elsewhere, name="nhs-login-start"),
]


@pytest.mark.urls("tests.unit.service.test_urls_start")
def test_the_first_page_leads_to_the_choice_and_to_nhs_login() -> None:
    links = {link.text: link.href for link in read(Client().get("/").content.decode()).links}
    assert links["Start now"] == "/begin"
    assert links["Continue with NHS login"] == "/nhs-login"


def test_a_service_without_nhs_login_does_not_offer_it() -> None:
    assert "NHS login" not in Client().get("/").content.decode()

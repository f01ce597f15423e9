"""Nobody opens a page of the staff's side that is not for them; a page that was forgotten is shut to all."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path, reverse

from ndoo.service import urls
from ndoo.service.staff.access import ACCESS, Gate, may_open
from ndoo.service.staff.guard import PREFIX
from ndoo.service.staff.roles import Role
from tests.support.staff_accounts import account, password_given, signed_in

pytestmark = pytest.mark.django_db

ROLES: list[Role | None] = [*Role, None]


def staff_addresses(patterns: Any = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Name and address of every page under `staff/`, whatever room it is from."""
    for one in patterns if patterns is not None else get_resolver(urls.__name__).url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from staff_addresses(one.url_patterns, route)
        elif isinstance(one, URLPattern) and route.startswith(PREFIX):
            wanted = {
                name: uuid.uuid4() if kind.__class__.__name__ == "UUIDConverter" else 4711
                for name, kind in one.pattern.converters.items()
            }
            yield str(one.name), reverse(str(one.name), kwargs=wanted)


ADDRESSES = dict(staff_addresses())
SHUT = {name: address for name, address in ADDRESSES.items() if ACCESS[name] is not Gate.ANYBODY}


def test_every_staff_page_stands_in_the_table_and_the_table_names_no_other() -> None:
    assert set(ADDRESSES) == set(ACCESS)


def test_every_staff_page_has_an_address_of_its_own() -> None:
    assert len(set(ADDRESSES.values())) == len(ADDRESSES)
    for name, address in ADDRESSES.items():
        assert get_resolver(urls.__name__).resolve(address).view_name == name


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_own_pages_and_no_others(role: Role | None) -> None:
    client = signed_in(account(role))
    for name, address in SHUT.items():
        for answer in (client.get(address), client.post(address)):
            if ACCESS[name] is Gate.PASSWORD_GIVEN:
                assert answer["Location"] == "/staff/", name  # whoever is in has no business there
            elif may_open(role, name):
                assert answer.status_code != 403, name
            else:
                assert answer.status_code == 403, name
                assert "Your role does not include it" in answer.content.decode()


def test_whoever_is_not_signed_in_is_led_to_sign_in_from_every_page() -> None:
    for name, address in SHUT.items():
        for answer in (Client().get(address), Client().post(address)):
            assert answer.status_code == 302 and answer["Location"].startswith("/staff/sign-in"), name


@pytest.mark.parametrize("enrolled", [True, False])
def test_a_password_alone_opens_nothing_but_the_second_factor(enrolled: bool) -> None:
    client = password_given(account(Role.ADMINISTRATOR, enrolled=enrolled))
    for name, address in SHUT.items():
        if ACCESS[name] is not Gate.PASSWORD_GIVEN:
            for answer in (client.get(address), client.post(address)):
                assert answer["Location"] == "/staff/second-factor", name


def forgotten(request: HttpRequest) -> HttpResponse:
    """A page whose maker did not think of who may open it."""
    return HttpResponse("everybody's secrets")


urlpatterns = [path("staff/forgotten", forgotten, name="forgotten"), path("", include(urls.urlpatterns))]


@pytest.mark.urls("tests.unit.service.staff.test_access")
@pytest.mark.parametrize("role", ROLES)
def test_a_page_that_nobody_thought_of_is_shut_to_all(role: Role | None) -> None:
    assert Client().get("/staff/forgotten").status_code == 302
    assert signed_in(account(role)).get("/staff/forgotten").status_code == 403


def test_somebody_with_two_roles_has_none() -> None:
    user = account(Role.OPERATOR)
    client = signed_in(user)
    other = account(Role.APPROVER)
    user.groups.add(*other.groups.all())
    assert client.get("/staff/find").status_code == 403
    assert client.get("/staff/").status_code == 403


def test_the_menu_shows_only_what_opens() -> None:
    for role in Role:
        client = signed_in(account(role))
        page = client.get("/staff/").content.decode()
        for name in ("desk-find", "desk-forms", "staff-audit", "staff-accounts"):
            assert (f'href="{reverse(name)}"' in page) == may_open(role, name), (role, name)

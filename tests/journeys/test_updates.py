"""Somebody asks for updates, confirms from their mailbox, and stops in one step."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ndoo.service.messages.models import DemonstrationMessage
from tests.support.patients import work

pytestmark = pytest.mark.django_db(transaction=True)


def test_updates_are_asked_for_confirmed_and_stopped(
    watched: Page, accessible: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.service.messages.demonstration import DemonstrationSender
    from ndoo.service.news import subscriptions

    monkeypatch.setattr(subscriptions, "sender", DemonstrationSender)

    def heading(words: str) -> None:
        expect(watched.get_by_role("heading", level=1)).to_have_text(words)
        accessible(watched)

    # given somebody on the first page
    watched.goto("/")
    watched.get_by_role("link", name="Updates", exact=True).click()
    heading("Updates")
    watched.get_by_role("button", name="Get updates by email").click()
    # when they leave the box empty, they are told so
    watched.get_by_role("button", name="Continue").click()
    heading("Get updates by email")
    expect(watched.get_by_role("alert")).to_contain_text("Enter your email address")
    # and when they give their address
    watched.get_by_label("What is your email address?").fill("ada@mail.example.org")
    watched.get_by_role("button", name="Continue").click()
    heading("Check your email")
    work()
    mail = DemonstrationMessage.objects.get().text
    confirming, stopping = (re.search(rf"http\S+/updates/{step}/\S+", mail) for step in ("confirm", "stop"))
    assert confirming
    assert stopping
    # then one press confirms
    watched.goto(confirming[0])
    heading("Do you want updates by email?")
    watched.get_by_role("button", name="Yes, send me updates").click()
    heading("You will get updates")
    # and one press stops
    watched.goto(stopping[0])
    heading("Stop updates by email")
    watched.get_by_role("button", name="Stop my updates").click()
    heading("You will get no more updates")

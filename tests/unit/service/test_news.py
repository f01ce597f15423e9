"""Nobody gets mail that they did not ask for twice, nobody misses news, and no page says who subscribed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.service.audit.entries import Entry
from ndoo.service.audit.models import AuditEntry
from ndoo.service.messages.message import Message, NotSentError
from ndoo.service.messages.message_text import written
from ndoo.service.news import publish_update, subscriptions
from ndoo.service.news.models import Sent, Subscription, Update
from tests.support.patients import work

pytestmark = pytest.mark.django_db(transaction=True)

ADA, ZOE = "ada@mail.example.org", "zoe@mail.example.org"
AUDIT = Entry("staff:ig", "statement.published")


class Post:
    """Everything that was sent; an address in `refused` is not taken."""

    ways = frozenset({"email"})

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.refused: set[str] = set()

    def send(self, message: Message) -> None:
        if message.to.address in self.refused:
            raise NotSentError
        self.sent.append(message)

    def to(self, address: str) -> list[str]:
        return [written(message).text for message in self.sent if message.to.address == address]


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    for room in (subscriptions, publish_update):
        monkeypatch.setattr(room, "sender", lambda: made)
    return made


def asks(address: str) -> Any:
    answer = Client().post("/updates/subscribe", {"address": address}, follow=True)
    work()
    return answer


def without_nonce(answer: Any) -> str:
    return re.sub(r'nonce="[^"]+"', "", answer.content.decode())


def link(text: str, step: str) -> str:
    found = re.search(rf"http://testserver(/updates/{step}/\S+)", text)
    assert found, text
    return found[1]


def subscribed(address: str, post: Post) -> str:
    """The text of the mail that asked."""
    asks(address)
    text = post.to(address)[-1]
    assert Client().post(link(text, "confirm")).status_code == 200
    return text


def published(title: str = "We use data for one more study", **more: Any) -> Update:
    made = publish_update.publish(title, "First part.\n\nSecond <part>.", timezone.now(), AUDIT, **more)
    work()
    return made


def test_an_address_that_was_only_typed_gets_no_updates(post: Post) -> None:
    asks(ADA)
    published()
    assert len(post.to(ADA)) == 1
    assert "Confirm" in written(post.sent[0]).subject


def test_looking_at_the_link_confirms_nothing_and_the_button_does(post: Post) -> None:
    asks(ADA)
    confirming = link(post.to(ADA)[0], "confirm")
    assert Client().get(confirming).status_code == 200
    assert Subscription.objects.get().confirmed_at is None
    assert "You will get updates" in Client().post(confirming).content.decode()
    published()
    assert "First part." in post.to(ADA)[-1]
    assert "Second <part>." in post.to(ADA)[-1], "plain text is not written as HTML"


def test_one_press_stops_it_and_the_address_is_forgotten(post: Post) -> None:
    subscribed(ADA, post)
    published()
    stopping = link(post.to(ADA)[-1], "stop")
    assert post.sent[-1].stop.endswith(stopping), "a mail program has its own button"
    Client().get(stopping)
    assert Subscription.objects.count() == 1, "a program that looks at links stops nothing"
    assert Client(enforce_csrf_checks=True).post(stopping, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscription.objects.count() == 0
    assert Client().post(stopping).status_code == 200, "twice is no mistake"
    published("More news")
    assert len(post.to(ADA)) == 2


def test_the_pages_do_not_tell_whether_somebody_subscribed(post: Post) -> None:
    subscribed(ADA, post)
    known, unknown = asks(ADA), asks(ZOE)
    assert without_nonce(known) == without_nonce(unknown)
    assert known.redirect_chain == unknown.redirect_chain
    assert "You already get updates" in written(post.sent[-2]).subject
    assert "/updates/confirm/" not in post.to(ADA)[-1]


def test_somebody_elses_typing_fills_no_mailbox(post: Post) -> None:
    for _ in range(10):
        asks(ADA.upper())
    assert len(post.to(ADA)) == subscriptions.MAILS_A_DAY
    Subscription.objects.update(asked_on=timezone.now().date() - timedelta(days=1))
    asks(ADA)
    assert len(post.to(ADA)) == subscriptions.MAILS_A_DAY + 1


@pytest.mark.parametrize("step", ["confirm", "stop"])
def test_a_link_that_is_not_ours_does_nothing(step: str, post: Post) -> None:
    text = subscribed(ADA, post)
    other = {"confirm": "stop", "stop": "confirm"}[step]
    for token in ("x", link(text, other).rpartition("/")[2], link(text, step).rpartition("/")[2] + "x"):
        answer = Client().post(f"/updates/{step}/{token}")
        assert answer.status_code == 404
        assert "This link does not work" in answer.content.decode()
    assert Subscription.objects.filter(confirmed_at__isnull=False).count() == 1


def test_a_link_that_is_too_old_confirms_nothing_and_the_address_is_forgotten(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks(ADA)
    subscribed(ZOE, post)
    confirming = link(post.to(ADA)[0], "confirm")
    monkeypatch.setattr(subscriptions, "CONFIRM_WITHIN", timedelta(seconds=-1))
    assert Client().get(confirming).status_code == 404
    subscriptions.forget_unconfirmed(timezone.now())
    assert [found.address for found in Subscription.objects.all()] == [ZOE]


def test_what_was_forgotten_before_its_mail_went_gets_none(post: Post) -> None:
    Client().post("/updates/subscribe", {"address": ADA})
    Subscription.objects.all().delete()
    work()
    assert not post.sent


def test_news_reach_everybody_once_though_the_carrier_fails(
    post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publish_update, "_AGAIN", timedelta(0))
    for address in (ADA, ZOE):
        subscribed(address, post)
    post.sent.clear()
    post.refused.add(ZOE)
    news = publish_update.publish("News", "Text.", timezone.now(), AUDIT)
    publish_update.deliver.call(news.pk, 1)
    assert (len(post.to(ADA)), len(post.to(ZOE))) == (1, 0)
    post.refused.clear()
    work()
    assert (len(post.to(ADA)), len(post.to(ZOE))) == (1, 1)
    assert Sent.objects.count() == 2
    assert "did not reach 1" in caplog.text
    assert ZOE not in caplog.text


def test_a_carrier_that_never_works_is_not_tried_for_ever(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_update, "_AGAIN", timedelta(0))
    subscribed(ADA, post)
    post.refused.add(ADA)
    published()
    assert not Sent.objects.exists()
    asks(ZOE)
    post.refused.add("new@mail.example.org")
    asks("new@mail.example.org")
    assert not post.to("new@mail.example.org")


def test_who_comes_later_gets_no_old_news(post: Post) -> None:
    published()
    subscribed(ADA, post)
    publish_update.deliver.call(Update.objects.get().pk, 1)
    assert len(post.to(ADA)) == 1


def test_the_same_thing_is_told_once(post: Post) -> None:
    subscribed(ADA, post)
    first, again = published(about="statement 2"), published(about="statement 2")
    assert first == again
    published(), published()
    assert Update.objects.count() == 3
    assert AuditEntry.objects.filter(action="statement.published").count() == 3
    assert len(post.to(ADA)) == 4


def test_the_archive_keeps_what_was_sent() -> None:
    empty = Client().get("/updates/").content.decode()
    assert "There are no updates yet." in empty
    news = published()
    assert f'href="/updates/{news.pk}"' in Client().get("/updates/").content.decode()
    shown = Client().get(f"/updates/{news.pk}").content.decode()
    assert "<p>First part.</p>" in shown
    assert "<p>Second &lt;part&gt;.</p>" in shown
    assert Client().get(f"/updates/{news.pk + 1}").status_code == 404


@pytest.mark.parametrize(
    ("about", "leads"), [("statement 2", True), ("statement", False), ("another 2", False), ("", False)]
)
def test_an_update_leads_to_what_changed(about: str, leads: bool) -> None:
    shown = Client().get(f"/updates/{published(about=about).pk}").content.decode()
    assert ('href="/statement/versions/2"' in shown) == leads == ('href="/statement/versions"' in shown)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Enter your email address"), ("ada", "in the right form"), ("a" * 250 + "@example.org", "in the right form")],
)
def test_an_address_that_cannot_be_one_is_asked_for_again(typed: str, said: str, post: Post) -> None:
    answer = asks(typed)
    assert said in answer.content.decode()
    assert not Subscription.objects.exists()

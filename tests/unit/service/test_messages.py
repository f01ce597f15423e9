"""A message says what it should, goes where it should, and is seen by nobody else; a carrier that fails is told of."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from django.template import TemplateDoesNotExist
from joserfc import jwt
from joserfc.jwk import OctKey

from ndoo.domain.errors import UsageFault
from ndoo.service.messages import carrier, mail, notify
from ndoo.service.messages.demonstration import DemonstrationSender
from ndoo.service.messages.mail import MailSender
from ndoo.service.messages.message import Message, NotSentError, Recipient, Way
from ndoo.service.messages.message_text import written
from ndoo.service.messages.models import DemonstrationMessage
from ndoo.service.messages.notify import NotifySender
from tests.support.http_peer import peer

EMAIL = Recipient(Way.EMAIL, "zoe@mail.example.org")
MOBILE = Recipient(Way.TEXT, "07700900123")
WORDS = {
    "choice": "opt_out",
    "by": "self",
    "date": "22 November 2026",
    "days": "21",
    "telephone": "0300 & 1",
    "hours": "9 to 5",
}
RECEIPT = Message(EMAIL, "choice_saved", WORDS)
CODE = Message(MOBILE, "code", {"code": "123456", "minutes": "30"})


@pytest.mark.parametrize("choice", ["opt_out", "allow"])
@pytest.mark.parametrize("to", [EMAIL, MOBILE])
def test_a_receipt_says_which_way_the_choice_went(choice: str, to: Recipient) -> None:
    words = written(Message(to, "choice_saved", WORDS | {"choice": choice}))
    assert ("cannot be used" in words.text) == (choice == "opt_out")
    assert ("can be used" in words.text) == (choice == "allow")
    assert "0300 & 1" in words.text, "plain text is not written as HTML"
    assert bool(words.subject) == (to.way is Way.EMAIL)


@pytest.mark.parametrize("choice", ["opt_out", "allow"])
@pytest.mark.parametrize(
    ("by", "who"),
    [
        ("parent", "A parent or guardian made it for you"),
        ("attorney", "Your attorney made it for you"),
        ("deputy", "Your deputy made it for you"),
        ("secure_setting", "Staff where you are staying made it for you"),
        ("not_stated", "Somebody else made it for you"),
    ],
)
def test_nobody_is_told_that_they_chose_what_somebody_chose_for_them(by: str, who: str, choice: str) -> None:
    """A parent's choice for a child was confirmed as "You made this choice"."""
    mail = written(Message(EMAIL, "choice_saved", WORDS | {"by": by, "choice": choice}))
    text = written(Message(MOBILE, "choice_saved", WORDS | {"by": by, "choice": choice}))
    assert who in mail.text
    assert "made for you" in mail.subject
    assert "made for you by somebody else" in text.text
    for words in (mail.text, text.text):
        assert "You made" not in words
        assert "Your choice" not in words
        assert "not you" not in words.lower()
        assert ("cannot be used" in words) == (choice == "opt_out")


@pytest.mark.parametrize("to", [EMAIL, MOBILE])
def test_a_code_comes_with_the_warning_to_keep_it(to: Recipient) -> None:
    words = written(replace(CODE, to=to))
    assert "123456" in words.text
    assert "30 minutes" in words.text
    assert "Never give" in words.text
    assert "123456" not in words.subject, "a locked phone shows the subject"
    assert to.way is Way.EMAIL or len(words.text) <= 160, "one text message"


def test_a_message_that_nobody_wrote_is_not_sent_empty() -> None:
    with pytest.raises(TemplateDoesNotExist):
        written(Message(EMAIL, "nothing"))


def test_an_address_is_shown_to_its_owner_only() -> None:
    assert EMAIL.masked == "z•••@m•••.org"
    assert MOBILE.masked == "••••••••123"
    said = f"{EMAIL!r}{CODE!r}{CODE}{written(CODE)!r}"
    assert "zoe" not in said
    assert "07700" not in said
    assert "123456" not in said


class Kept(MessageHandler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.messages.append(message)


@pytest.fixture
def server() -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Kept(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def test_an_email_reaches_a_real_mail_server(server: Controller) -> None:
    sender = MailSender(f"smtp://127.0.0.1:{server.port}", "no-reply@example.org")
    sender.send(RECEIPT)
    assert sender.ways == {Way.EMAIL}
    (message,) = server.handler.messages
    assert message["To"] == "zoe@mail.example.org"
    assert message["From"] == "no-reply@example.org"
    assert message["Subject"] == "Your choice about your health records"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "cannot be used" in message.get_payload(decode=True).decode()


def test_an_address_with_a_line_in_it_writes_no_heading(server: Controller) -> None:
    forged = replace(RECEIPT, to=Recipient(Way.EMAIL, "zoe@mail.example.org\r\nBcc: eve@mail.example.org"))
    with pytest.raises(NotSentError):
        MailSender(f"smtp://127.0.0.1:{server.port}", "no-reply@example.org").send(forged)
    assert server.handler.messages == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "smtp+starttls"])
def test_a_mail_server_that_fails_says_nothing_of_the_reader(scheme: str, server: Controller) -> None:
    port = 1 if scheme == "smtp" else server.port  # nobody there; there, but without TLS
    with pytest.raises(NotSentError) as caught:
        MailSender(f"{scheme}://user:word@127.0.0.1:{port}", "no-reply@example.org").send(RECEIPT)
    assert str(caught.value) == ""
    assert caught.value.__cause__ is None


def test_where_mail_goes_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail.from_settings() == MailSender("smtp://localhost:25", "no-reply@localhost")
    monkeypatch.setenv("NDOO_MAIL_SERVER", "http://mail")
    with pytest.raises(UsageFault, match="mail_server"):
        mail.from_settings()


SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
TEMPLATES = {Way.EMAIL: "template-e", Way.TEXT: "template-t"}


def test_notify_gets_our_words_signed() -> None:
    with peer(lambda asked: (201, {"id": "1"})) as served:
        sender = NotifySender(f"a-name-{SERVICE}-{SECRET}", TEMPLATES, served.url)
        sender.send(CODE)
        sender.send(RECEIPT)
    text, email = served.asked
    assert (text.path, email.path) == ("/v2/notifications/sms", "/v2/notifications/email")
    claims = jwt.decode(
        text.headers["authorization"].removeprefix("Bearer "), OctKey.import_key(SECRET), algorithms=["HS256"]
    )
    assert claims.claims["iss"] == SERVICE
    said = json.loads(text.body)
    assert (said["phone_number"], said["template_id"]) == ("07700900123", "template-t")
    assert said["personalisation"] == {"text": written(CODE).text}
    said = json.loads(email.body)
    assert (said["email_address"], said["template_id"]) == ("zoe@mail.example.org", "template-e")
    assert said["personalisation"]["subject"] == "Your choice about your health records"


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_a_notify_that_refuses_says_nothing_of_the_reader(status: int) -> None:
    refusal = peer(lambda asked: (status, {"errors": [{"message": asked.body}]}))
    with refusal as served, pytest.raises(NotSentError) as caught:
        NotifySender(f"a-name-{SERVICE}-{SECRET}", TEMPLATES, served.url).send(CODE)
    assert str(caught.value) == ""


def test_notify_is_set_up_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageFault, match="notify_key"):
        notify.from_settings()
    monkeypatch.setenv("NDOO_NOTIFY_KEY", f"a-name-{SERVICE}-{SECRET}")
    monkeypatch.setenv("NDOO_NOTIFY_EMAIL_TEMPLATE", "e")
    with pytest.raises(UsageFault, match="notify_text_template"):
        notify.from_settings()
    monkeypatch.setenv("NDOO_NOTIFY_TEXT_TEMPLATE", "t")
    assert notify.from_settings().ways == {Way.EMAIL, Way.TEXT}
    assert SECRET not in repr(notify.from_settings())


@pytest.mark.django_db
def test_one_setting_says_who_carries(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier._made.cache_clear()
    assert isinstance(carrier.sender(), MailSender), "nothing stays here unless the service is a demonstration"
    settings.NDOO = replace(settings.NDOO, messages="demo")
    sender = carrier.sender()
    assert isinstance(sender, DemonstrationSender)
    sender.send(CODE)
    assert "123456" in DemonstrationMessage.objects.get().text

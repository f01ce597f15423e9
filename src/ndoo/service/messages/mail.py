"""Sends an e-mail, by SMTP, through the owner's mail server.

| setting | meaning |
| --- | --- |
| `mail_server` | `smtp://user:password@host:port` (default `smtp://localhost:25`); `smtps://` for TLS from the start, `smtp+starttls://` for TLS after the greeting |
| `mail_from` | who writes; default `no-reply@localhost` |
"""

from __future__ import annotations

from dataclasses import dataclass
from smtplib import SMTPException
from urllib.parse import unquote, urlsplit

from django.core.mail import EmailMessage, get_connection

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting
from ndoo.service.messages.message import Message, NotSentError, Way
from ndoo.service.messages.message_text import written

_SCHEMES = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, repr=False)
class MailSender:
    """E-mail only; it carries no text messages."""

    server: str
    writer: str
    ways = frozenset({Way.EMAIL})

    def send(self, message: Message) -> None:
        """Hand it to the mail server."""
        words, where = written(message), urlsplit(self.server)
        connection = get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=where.hostname or "localhost",
            port=where.port or _SCHEMES[where.scheme],
            username=unquote(where.username or ""),
            password=unquote(where.password or ""),
            use_ssl=where.scheme == "smtps",
            use_tls=where.scheme == "smtp+starttls",
            timeout=_TIMEOUT,
        )
        headers = {"Auto-Submitted": "auto-generated"}  # nobody's holiday reply comes back
        if message.stop:
            headers |= {"List-Unsubscribe": f"<{message.stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        email = EmailMessage(words.subject, words.text, self.writer, [message.to.address], headers=headers)
        email.connection = connection
        try:
            try:
                email.send()
            finally:
                connection.close()  # Django leaves it open where TLS could not be begun
        except (SMTPException, OSError, ValueError):  # their words quote the address
            raise NotSentError from None


def from_settings() -> MailSender:
    """As the service's owner set it up.

    Raises:
        UsageFault: `mail_server` is no such address.
    """
    server = setting("mail_server") or "smtp://localhost:25"
    if urlsplit(server).scheme not in _SCHEMES:
        raise UsageFault("setting", "The setting mail_server must begin with smtp://, smtps:// or smtp+starttls://.")
    return MailSender(server, setting("mail_from") or "no-reply@localhost")

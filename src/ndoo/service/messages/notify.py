"""Sends a message through GOV.UK Notify. One JSON request, signed with the service's key.

| setting | meaning |
| --- | --- |
| `notify_key` | the API key of the service, as Notify shows it |
| `notify_email_template`, `notify_text_template` | two templates in Notify: `((subject))` and `((text))` for e-mail, `((text))` for text messages. The words stand in our own templates, tested and translated |
| `notify_url` | default: Notify's own |

Documented by GOV.UK Notify, REST API (read on 22 November 2026). Its Python client would bring a second HTTP library for
what is one request here.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx2
from joserfc import jwt
from joserfc.jwk import OctKey

from ndoo.domain.errors import UsageFault
from ndoo.domain.settings import setting
from ndoo.service.messages.message import Message, NotSentError, Way
from ndoo.service.messages.message_text import written

_URL = "https://api.notifications.service.gov.uk"
_UUID = 36


@dataclass(frozen=True, slots=True, repr=False)
class NotifySender:
    """E-mail and text messages."""

    key: str
    templates: dict[Way, str]
    url: str = _URL
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=10))
    ways = frozenset(Way)

    def send(self, message: Message) -> None:
        """Hand it to Notify."""
        words = written(message)
        kind, field_name = ("email", "email_address") if message.to.way is Way.EMAIL else ("sms", "phone_number")
        said = {"text": words.text} | ({"subject": words.subject} if words.subject else {})
        body = {field_name: message.to.address, "template_id": self.templates[message.to.way], "personalisation": said}
        headers = {"Authorization": f"Bearer {self._token()}"}
        try:
            response = self.client.post(f"{self.url}/v2/notifications/{kind}", json=body, headers=headers)
            response.raise_for_status()
        except httpx2.HTTPError:
            raise NotSentError from None

    def _token(self) -> str:
        """The key is its name, the service's id and the secret, with hyphens between; the last two are UUIDs."""
        secret, service = self.key[-_UUID:], self.key[-2 * _UUID - 1 : -_UUID - 1]
        claims = {"iss": service, "iat": int(time.time())}
        return jwt.encode({"alg": "HS256", "typ": "JWT"}, claims, OctKey.import_key(secret), algorithms=["HS256"])


def from_settings() -> NotifySender:
    """As the service's owner set it up.

    Raises:
        UsageFault: the key or a template is missing.
    """
    key = setting("notify_key") or ""
    templates = {Way.EMAIL: setting("notify_email_template"), Way.TEXT: setting("notify_text_template")}
    given = {way: name for way, name in templates.items() if name}
    if len(key) < 2 * _UUID + 1 or len(given) < len(templates):
        raise UsageFault(
            "setting", "Notify needs the settings notify_key, notify_email_template and notify_text_template."
        )
    return NotifySender(key, given, (setting("notify_url") or _URL).rstrip("/"))

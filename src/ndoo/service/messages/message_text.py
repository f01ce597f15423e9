"""What a message says: its templates, filled."""

from __future__ import annotations

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from ndoo.service.messages.message import Message, Way


@dataclass(frozen=True, slots=True, repr=False)
class WrittenMessage:
    """A message as its reader sees it. A text message has no subject."""

    subject: str
    text: str


def written(message: Message) -> WrittenMessage:
    """The message in words.

    Raises:
        TemplateDoesNotExist: nobody wrote that message.
    """
    words = {name: mark_safe(word) for name, word in message.words.items()}  # noqa: S308  plain text is not escaped
    folder = f"messages/{message.template}"
    if message.to.way is Way.TEXT:
        return WrittenMessage("", render_to_string(f"{folder}/text.jinja", words).strip())
    subject = " ".join(render_to_string(f"{folder}/subject.jinja", words).split())
    return WrittenMessage(subject, render_to_string(f"{folder}/email.jinja", words).strip() + "\n")

"""Where a demonstration's messages go: into a table, to be read in the browser at `/demo/messages`."""

from __future__ import annotations

from ndoo.service.messages.message import Message, Way
from ndoo.service.messages.message_text import written
from ndoo.service.messages.models import DemonstrationMessage


class DemonstrationSender:
    """Carries every message, to nobody."""

    ways = frozenset(Way)

    def send(self, message: Message) -> None:
        """Keep it for the browser."""
        words = written(message)
        DemonstrationMessage.objects.create(
            way=message.to.way, address=message.to.address, subject=words.subject, text=words.text
        )

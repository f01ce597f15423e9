"""Tells whoever signed for another person that the choice is set, by a message from the worker that names no patient."""

from __future__ import annotations

import logging

from django_tasks import task

from ndoo.service.choices.choice_reference import choice_with
from ndoo.service.choices.operator.models import PostedForm
from ndoo.service.choices.operator.proxy_contact import proxy_recipient
from ndoo.service.choices.receipts import words_of
from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Message, NotSentError

_log = logging.getLogger(__name__)


@task()
def send_proxy_receipt(form: str) -> None:
    """Write to whoever signed this form (`PostedForm.pk`), where they gave an address that can be written to."""
    posted = PostedForm.objects.get(pk=form)
    to, event = proxy_recipient(posted.proxy_contact), choice_with(posted.choice_reference)
    if to is None or event is None:
        return
    try:
        sender().send(Message(to, "choice_for_another", words_of(event)))
    except NotSentError:
        _log.warning("a proxy's receipt was not sent")

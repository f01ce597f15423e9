"""Publishes an update, and sends it. It is published once, for good, and then sent to each subscriber once."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from ndoo.service.audit.entries import Entry, write
from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Message, NotSentError, Recipient, Way
from ndoo.service.news.models import Sent, Subscription, Update
from ndoo.service.news.subscriptions import link_to_stop

_TRIES = 3
_AGAIN = timedelta(minutes=15)
_log = logging.getLogger(__name__)


def publish(title: str, text: str, now: datetime, audit: Entry, *, about: str = "") -> Update:
    """Put it into the archive, and send it to whoever subscribed, in the transaction of the caller's act, if any.

    `text` is plain, with an empty line between paragraphs. `about` names what it tells of; what was told is not told
    again, and the earlier update is the answer.
    """
    with transaction.atomic():
        if about and (before := Update.objects.filter(about=about).first()):
            return before
        made = Update.objects.create(title=title, text=text, published_at=now, about=about)
        write(audit, now)
        transaction.on_commit(lambda: deliver.enqueue(made.pk, 1))
    return made


@task()
def deliver(update: int, attempt: int) -> None:
    """Send it to everybody who has confirmed and was not sent it yet; those for whom the carrier failed, again later."""
    news = Update.objects.get(pk=update)
    had = Sent.objects.filter(update=news, subscription=OuterRef("pk"))
    waiting = Subscription.objects.filter(confirmed_at__lte=news.published_at).exclude(Exists(had))
    failed = 0
    for subscription in waiting.iterator():
        stop = link_to_stop(subscription)
        page = subscription.site.rstrip("/") + reverse("update", args=[news.pk])
        words = {"title": news.title, "text": news.text, "page": page, "stop": stop}
        try:
            sender().send(Message(Recipient(Way.EMAIL, subscription.address), "update", words, stop))
        except NotSentError:
            failed += 1
            continue
        Sent.objects.get_or_create(update=news, subscription=subscription)
    if not failed:
        return
    _log.warning("an update did not reach %d subscribers", failed)
    if attempt < _TRIES:
        deliver.using(run_after=timezone.now() + _AGAIN).enqueue(update, attempt + 1)

"""Who wants updates. Asked for on a page, confirmed from the mailbox, stopped in one step; the page never says who did.

Whoever types an address sees the same page, whatever is known of it: that an address is subscribed is its owner's affair.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django_tasks import task

from ndoo.domain.london import london_date
from ndoo.service.messages.carrier import sender
from ndoo.service.messages.message import Message, NotSentError, Recipient, Way
from ndoo.service.news.models import Subscription

CONFIRM_WITHIN = timedelta(days=2)
"""Own choice: long enough for a mailbox that is read every other day."""
MAILS_A_DAY = 3
"""Own choice: nobody's mailbox is filled by somebody else's typing."""
_CONFIRM, _STOP = "ndoo.updates.confirm", "ndoo.updates.stop"
_log = logging.getLogger(__name__)


def ask(address: str, site: str, now: datetime) -> None:
    """Somebody typed this address. Its owner is written to, unless they were often enough today.

    `site` is how the service was reached, such as `https://choices.example.org/`; links begin with it.
    """
    today = london_date(now)
    with transaction.atomic():
        found, new = Subscription.objects.select_for_update().get_or_create(
            address=address.casefold(), defaults={"site": site, "asked_at": now, "asked_on": today}
        )
        if not new:
            times = found.asked_times + 1 if found.asked_on == today else 1
            if times > MAILS_A_DAY:
                return
            found.asked_times, found.asked_on = times, today
            if found.confirmed_at is None:
                found.asked_at, found.site = now, site
            found.save()
    write_to.enqueue(found.pk)


@task()
def write_to(subscription: int) -> None:
    """Ask the owner of the address to confirm; or, where they did so before, say that and how to stop."""
    found = Subscription.objects.filter(pk=subscription).first()
    if found is None:
        return
    words = {"stop": link_to_stop(found), "days": str(CONFIRM_WITHIN.days), "confirmed": ""}
    if found.confirmed_at is None:
        words["confirm"] = _link(found, "updates-confirm", signing.dumps(found.key.hex, salt=_CONFIRM))
    else:
        words["confirmed"] = "yes"
    try:
        sender().send(Message(Recipient(Way.EMAIL, found.address), "updates_confirm", words))
    except NotSentError:
        _log.warning("a request to confirm updates was not sent")


def to_confirm(token: str) -> Subscription | None:
    """The subscription of a link to confirm; None where it is too old, was used by somebody who stopped since, or is
    none of ours."""
    try:
        key = signing.loads(token, salt=_CONFIRM, max_age=CONFIRM_WITHIN)
    except signing.BadSignature:
        return None
    return Subscription.objects.filter(key=UUID(key)).first()


def confirm(subscription: Subscription, now: datetime) -> None:
    """From now on updates go there; doing it twice changes nothing."""
    Subscription.objects.filter(pk=subscription.pk, confirmed_at=None).update(confirmed_at=now)


def link_to_stop(subscription: Subscription) -> str:
    """The address of the page that ends the subscription. It works for as long as the subscription lasts."""
    return _link(subscription, "updates-stop", signing.dumps(subscription.key.hex, salt=_STOP))


def stop(token: str) -> bool:
    """End the subscription and forget the address. Is the link one of ours? True also where it was followed before."""
    try:
        key = signing.loads(token, salt=_STOP)
    except signing.BadSignature:
        return False
    Subscription.objects.filter(key=UUID(key)).delete()
    return True


def forget_unconfirmed(now: datetime) -> None:
    """An address whose owner never confirmed is not kept."""
    Subscription.objects.filter(confirmed_at=None, asked_at__lt=now - CONFIRM_WITHIN).delete()


def _link(subscription: Subscription, name: str, token: str) -> str:
    return subscription.site.rstrip("/") + reverse(name, args=[token])

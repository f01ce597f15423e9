"""What is thrown away once an hour:
sessions that are over, old attempts, counts that nobody looks at, addresses that nobody confirmed or whose time
is over, lists that were answered."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from ndoo.domain.london import london_date
from ndoo.service.api_clients import tokens
from ndoo.service.asset_register import statement_note
from ndoo.service.choices.identity.models import Attempt, CodeSent, WrongCode
from ndoo.service.choices.operator.handle_form import forget_contacts
from ndoo.service.list_checks import jobs, list_guessing
from ndoo.service.messages.models import DemonstrationMessage
from ndoo.service.news import subscriptions

_EVERY = timedelta(hours=1)
_KEPT = timedelta(hours=2)
"""Longer than a session can last, and than any limit looks back."""


@task()
def tidy() -> None:
    """Throw away what is old, and come back in an hour."""
    tidy.using(run_after=timezone.now() + _EVERY).enqueue()
    throw_away(timezone.now())


def schedule() -> None:
    """See to it that there is a next time; to be called when the service starts."""
    if not DBTaskResult.objects.filter(task_path=tidy.module_path, status=TaskResultStatus.READY).exists():
        tidy.enqueue()


def throw_away(now: datetime) -> None:
    """Everything that is too old now. Choices and the audit are for ever, and are not touched."""
    before = now - _KEPT
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    Attempt.objects.filter(made_at__lt=before).delete()
    WrongCode.objects.filter(at__lt=before).delete()
    CodeSent.objects.filter(day__lt=london_date(now)).delete()
    forget_contacts(london_date(now))
    subscriptions.forget_unconfirmed(now)
    tokens.throw_away(now)
    jobs.throw_away(now)
    list_guessing.throw_away(now)
    DemonstrationMessage.objects.filter(at__lt=before).delete()
    statement_note.keep_note(now)
    call_command("prune_db_task_results", verbosity=0, min_age_days=1)

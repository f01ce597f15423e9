"""Tasks that wait in the queue are found by where their code is: what an earlier version asked for is still carried out."""

from typing import Any

from django.db import migrations

MOVED = {
    "ndoo.service.jobs.watching.watch": "ndoo.service.jobs.lost_jobs.watch",
    "ndoo.service.jobs.running.run": "ndoo.service.jobs.run_job.run",
    "ndoo.service.updates.publishing.deliver": "ndoo.service.updates.publish_update.deliver",
    "ndoo.service.updates.subscribing.write_to": "ndoo.service.updates.subscriptions.write_to",
    "ndoo.service.tidying.tidy": "ndoo.service.retention.tidy",
    "ndoo.service.choices.identity.searching.search": "ndoo.service.choices.identity.find_person.search",
    "ndoo.service.choices.identity.searching.send_again": "ndoo.service.choices.identity.find_person.send_again",
}


def move(apps: Any, editor: Any) -> None:
    """Give each waiting task the present place of its code."""
    tasks = apps.get_model("django_tasks_database", "DBTaskResult").objects.using(editor.connection.alias)
    for old, new in MOVED.items():
        tasks.filter(task_path=old).update(task_path=new)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_flow"), ("django_tasks_database", "0021_conditional_partial_index_ordering")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]

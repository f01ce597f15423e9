"""Tasks that wait in the queue are found by where their code is: what was asked for before the rooms were named after what people do."""

from typing import Any

from django.db import migrations

MOVED = {
    "ndoo.service.jobs.lost_jobs.watch": "ndoo.service.uphold_jobs.lost_jobs.watch",
    "ndoo.service.jobs.run_job.run": "ndoo.service.uphold_jobs.run_job.run",
    "ndoo.service.checks.jobs.answer_list": "ndoo.service.list_checks.jobs.answer_list",
    "ndoo.service.updates.publish_update.deliver": "ndoo.service.news.publish_update.deliver",
    "ndoo.service.updates.subscriptions.write_to": "ndoo.service.news.subscriptions.write_to",
    "ndoo.service.choices.desk.proxy_receipt.send_proxy_receipt": "ndoo.service.choices.operator.proxy_receipt.send_proxy_receipt",
}


def move(apps: Any, editor: Any) -> None:
    """Give each waiting task the present place of its code."""
    tasks = apps.get_model("django_tasks_database", "DBTaskResult").objects.using(editor.connection.alias)
    for old, new in MOVED.items():
        tasks.filter(task_path=old).update(task_path=new)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_task_names"), ("django_tasks_database", "0021_conditional_partial_index_ordering")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]

"""A notice is told once for each limit: after a larger plan or cap its percents are news again."""

from typing import Any

from django.db import migrations, models


def keep_first(apps: Any, schema_editor: Any) -> None:
    """Back to one notice for each percent, whatever the limit was."""
    notices = apps.get_model("billing", "Notice").objects
    alike = ("organization_id", "period", "subject", "percent")
    firsts = notices.order_by().values(*alike).annotate(first=models.Min("id")).values("first")
    notices.exclude(id__in=list(firsts.values_list("first", flat=True))).delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_addresses")]

    operations = [
        migrations.RemoveConstraint(model_name="notice", name="notice_once"),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("organization", "period", "subject", "percent", "limit"), name="notice_once_for_a_limit"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, keep_first),
    ]

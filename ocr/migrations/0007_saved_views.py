import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import ocr.models.sheets
from ocr import cells


BATCH = 500


def count_unsure(apps, editor):
    """As `ocr.cells` counts them when a row is written."""
    Row = apps.get_model("ocr", "Row")
    columns = dict(apps.get_model("ocr", "Item").objects.filter(kind="sheet").values_list("id", "columns"))
    done, last = Row.objects.filter(status="done").order_by("id"), 0
    while rows := list(done.filter(id__gt=last).only("id", "sheet_id", "name", "values")[:BATCH]):
        for row in rows:
            row.unsure_values = cells.encode(row.name, row.values, columns[row.sheet_id])["unsure_values"]
        Row.objects.bulk_update([row for row in rows if row.unsure_values], ["unsure_values"])
        last = rows[-1].id


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_members_and_keys"),
        ("ocr", "0006_request_log"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(default=ocr.models.sheets.view_key, editable=False, max_length=24, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("where", models.JSONField(default=list, help_text="Conditions, as in `GET /view`.")),
                ("sort", models.JSONField(default=list, help_text="As in `GET /view`.")),
                ("select", models.JSONField(default=list, help_text="Names of columns; none: all.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("created_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to="accounts.organization")),
                ("sheet", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="saved_views", to="ocr.item")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("sheet", "name"), name="saved_view_name_once")],
            },
        ),
        migrations.AddField(
            model_name="row",
            name="unsure_values",
            field=models.PositiveIntegerField(default=0, help_text="Values that somebody should look at."),
        ),
        migrations.RunPython(count_unsure, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="row",
            index=models.Index(condition=models.Q(("unsure_values__gt", 0)), fields=["sheet", "id"], name="row_to_review"),
        ),
    ]

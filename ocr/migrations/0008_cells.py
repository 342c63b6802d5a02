"""The cells of each sheet as columns, kept up by the database (`ocr/cell_columns.py`)."""

import django.db.models.deletion
from django.db import migrations, models

from ocr import cell_columns


def make(apps, editor):
    cell_columns.make(editor.connection)
    cell_columns.keep_up(editor.connection)


def drop(apps, editor):
    cell_columns.drop(editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_members_and_keys"),
        ("ocr", "0007_saved_views"),
    ]

    operations = [
        migrations.CreateModel(
            name="Cells",
            fields=[
                ("pk", models.CompositePrimaryKey("sheet", "place", "row", "line", "part", blank=True, editable=False, primary_key=True, serialize=False)),
                ("place", models.BigIntegerField(help_text="0: the row itself; else the number of an array column.")),
                ("line", models.BigIntegerField(default=0, help_text="Of a line item, counted from 0.")),
                ("part", models.BigIntegerField(default=0, help_text="Rows with more cells than a line holds have several.")),
            ],
            options={"db_table": "ocr_cells", "managed": False},
        ),
        migrations.RunPython(make, drop),
    ]

"""The cells of each sheet as columns, kept up by the database (`ocr/cell_columns.py`)."""

import django.db.models.deletion
from django.db import migrations, models, transaction

from ocr import cell_columns


def make(apps, editor):
    # First the table and its triggers, at once; then the rows of before. The other way round, what is written
    # meanwhile would be missing. Given up half-way it is run again.
    with transaction.atomic(using=editor.connection.alias):
        cell_columns.make(editor.connection)
        cell_columns.keep_up(editor.connection)
    cell_columns.fill(editor.connection)


def drop(apps, editor):
    with transaction.atomic(using=editor.connection.alias):
        cell_columns.drop(editor.connection)


class Migration(migrations.Migration):

    atomic = False  # the rows of before are gone through a few at a time
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

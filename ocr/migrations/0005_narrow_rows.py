"""Rows stay narrow on PostgreSQL: the large `values` lie beside the table, so that a query over a sheet
reads a third of the pages. Nothing to do on SQLite, which reads a row from its front."""

from django.db import migrations

# Bytes that a row may take before its largest values are moved out.
TARGET = 1024


def narrow(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute(f"ALTER TABLE ocr_row SET (toast_tuple_target = {TARGET})")


def as_before(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE ocr_row RESET (toast_tuple_target)")


class Migration(migrations.Migration):

    dependencies = [("ocr", "0004_probes")]

    operations = [migrations.RunPython(narrow, as_before)]

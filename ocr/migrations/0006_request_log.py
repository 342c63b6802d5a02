import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_members_and_keys"),
        ("ocr", "0005_narrow_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="RequestRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("request_id", models.CharField(help_text="As in the header X-Request-Id.", max_length=32, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False, help_text="When it came.")),
                ("method", models.CharField(max_length=8)),
                ("endpoint", models.CharField(help_text="Name of the route; the path may hold ids.", max_length=40)),
                ("status", models.PositiveSmallIntegerField()),
                ("error", models.CharField(blank=True, help_text="Code of the error; empty when all went well.", max_length=40)),
                ("milliseconds", models.PositiveIntegerField(help_text="Until the answer was ready.")),
                ("stages", models.JSONField(default=dict, help_text="Milliseconds of what is known of it.")),
                ("engine", models.PositiveSmallIntegerField(null=True)),
                ("pages", models.PositiveIntegerField(default=0, help_text="Pages read, or accepted for reading.")),
                ("units", models.PositiveIntegerField(default=0, help_text="Charged.")),
                ("usage_id", models.BigIntegerField(help_text="Of the ledger's record, if one pays for it.", null=True)),
                ("key", models.CharField(help_text="Public id of the API key.", max_length=24)),
                ("address", models.GenericIPAddressField(null=True)),
                ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="requests", to="accounts.organization")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organization", "-created_at", "-id"], name="request_of_organization"),
                    models.Index(condition=models.Q(("error", ""), _negated=True), fields=["organization", "-created_at", "-id"], name="request_that_failed"),
                ],
            },
        ),
        migrations.AlterField(
            model_name="webhookevent",
            name="body",
            field=models.TextField(help_text="JSON, sent byte for byte and signed; empty once it is kept no longer."),
        ),
        migrations.AddField(
            model_name="webhookattempt",
            name="excerpt",
            field=models.CharField(blank=True, help_text="How the receiver's answer began.", max_length=500),
        ),
    ]

from django.db import migrations, models


class AddIndexBesideWriters(migrations.AddIndex):
    """On PostgreSQL the index is built while others write: the table grows with every page."""

    def database_forwards(self, app_label, editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(editor.connection.alias, model):
            if editor.connection.vendor != "postgresql":
                editor.add_index(model, self.index)
                return
            # It waits for every transaction that is open; given up, it would leave an index that is of no use.
            editor.execute("SET lock_timeout = 0")
            editor.add_index(model, self.index, concurrently=True)
            editor.execute("RESET lock_timeout")


class Migration(migrations.Migration):

    atomic = False  # PostgreSQL builds an index beside writers only outside of a transaction
    dependencies = [
        ("accounts", "0004_suspension"),
        ("billing", "0003_subscriptions"),
    ]

    operations = [
        AddIndexBesideWriters(
            model_name="usagerecord",
            index=models.Index(
                condition=models.Q(("address__isnull", False)), fields=["created_at"], name="usage_with_address"
            ),
        ),
    ]

"""Each migration can be taken back, and runs beside the release before it without a long lock on a big table."""

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

OURS = ("accounts", "billing", "ocr")
# Tables that grow with every page; what rewrites or scans them under a lock stops the service.
BIG = {
    "row", "job", "storedfile", "usagerecord", "webhookevent", "webhookdelivery", "webhookattempt", "auditevent",
}  # fmt: skip
PROBLEMS: tuple[tuple[tuple[type, ...], str], ...] = (
    ((migrations.AlterField,), "may rewrite a big table"),
    ((migrations.AddIndex,), "writers wait until the index is made"),
    ((migrations.AddConstraint,), "everybody waits until every row has been looked at"),
    ((migrations.RenameField, migrations.RenameModel), "old releases do not know the new name"),
)
# Steps that are known to be harmless, each with its reason.
UNRELEASED = "made before the first release, when no service had rows"
ALLOWED: dict[tuple[str, str, str], str] = {
    ("billing", "0002_usage_subject", "Create constraint usage_subject_once on model usagerecord"): UNRELEASED,
    ("billing", "0003_subscriptions", "Create constraint usage_overage_is_a_part on model usagerecord"): UNRELEASED,
    (
        "billing",
        "0003_subscriptions",
        "Create index usage_not_charged on field(s) organization, -id of model usagerecord",
    ): UNRELEASED,
    ("ocr", "0007_saved_views", "Create index row_to_review on field(s) sheet, id of model row"): UNRELEASED,
}


def steps():
    """Every operation of our migrations, but those of the first, whose tables are empty."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    for (label, name), migration in sorted(loader.disk_migrations.items()):
        if label not in OURS or migration.initial or name.startswith("0001"):
            continue
        state = loader.project_state((label, name), at_end=False)
        made = set()
        for operation in flat(migration.operations):
            made |= {operation.name_lower} if isinstance(operation, migrations.CreateModel) else set()
            is_of_new = getattr(operation, "model_name", "").lower() in made  # a table that is empty
            if not is_of_new and not is_said_only(operation, label, state):
                yield label, name, operation
            operation.state_forwards(label, state)


def is_said_only(operation, label, state) -> bool:
    """A field whose column stays as it is: another help text, other choices."""
    if not isinstance(operation, migrations.AlterField):
        return False
    former = state.models[label, operation.model_name_lower].fields[operation.name]
    return column(former) == column(operation.field)


def column(field):
    _, path, arguments, options = field.deconstruct()
    return path, arguments, {name: value for name, value in options.items() if name not in field.non_db_attrs}


def flat(operations):
    for operation in operations:
        if isinstance(operation, migrations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def is_big(operation) -> bool:
    return getattr(operation, "model_name", "").lower() in BIG


def problem(operation) -> str:
    """Why this step may not run beside the service; "" when it may."""
    if not operation.reversible:
        return "cannot be taken back"
    if not is_big(operation):
        return ""
    if isinstance(operation, migrations.AddField):
        field = operation.field
        is_plain = field.null or field.has_default() or field.db_default is not None or field.many_to_many
        return "" if is_plain else "old releases cannot write rows without the new column"
    if type(operation).__name__.endswith("BesideWriters"):
        return ""
    return next((why for kinds, why in PROBLEMS if isinstance(operation, kinds)), "")


def test_every_step_can_be_taken_back_and_holds_nobody_up():
    found = {
        (label, name, operation.describe()): problem(operation)
        for label, name, operation in steps()
        if problem(operation)
    }

    assert {step: why for step, why in found.items() if step not in ALLOWED} == {}
    assert set(ALLOWED) - set(found) == set(), "no longer needed"


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RunPython(lambda *_: None), "cannot be taken back"),
        (migrations.RunSQL("SELECT 1"), "cannot be taken back"),
        (migrations.AlterField("job", "status", None), "may rewrite a big table"),
        (migrations.RenameField("row", "name", "title"), "old releases do not know the new name"),
        (migrations.AddIndex("row", models.Index("name", name="a")), "writers wait until the index is made"),
        (
            migrations.AddConstraint("row", models.CheckConstraint(condition=models.Q(page__gt=0), name="a")),
            "everybody waits until every row has been looked at",
        ),
        (migrations.RenameField("plan", "name", "title"), ""),
    ],
)
def test_steps_that_would_stop_the_service_are_found(operation, why):
    assert problem(operation) == why


def test_big_tables_are_tables():
    names = {model._meta.model_name for label in OURS for model in apps.get_app_config(label).get_models()}

    assert names >= BIG


def test_the_newest_migration_of_each_package_is_one():
    loader = MigrationLoader(None, ignore_no_migrations=True)

    assert {label: len(loader.graph.leaf_nodes(label)) for label in OURS} == dict.fromkeys(OURS, 1)


def test_another_help_text_touches_no_column():
    short, long = models.CharField(max_length=10, help_text="a"), models.CharField(max_length=20, help_text="a")

    assert column(short) == column(models.CharField(max_length=10, help_text="b"))
    assert column(short) != column(long)

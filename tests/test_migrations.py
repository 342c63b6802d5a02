"""Migrations say what the models say."""

from django.core.management import call_command


def test_no_model_has_changed_without_a_migration(db, capsys):
    call_command("makemigrations", check=True, dry_run=True)

    assert capsys.readouterr().out == "No changes detected\n"

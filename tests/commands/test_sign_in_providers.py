"""Other services to sign in with: on when their settings are there, off without."""

import os
import subprocess
import sys

import pytest

SHOW = "import django; django.setup(); from django.test import Client; print(Client().get('/accounts/login/').text)"
GOOGLE = {"GOOGLE_CLIENT_ID": "an-id", "GOOGLE_CLIENT_SECRET": "a-secret"}
GITHUB = {"GITHUB_CLIENT_ID": "an-id", "GITHUB_CLIENT_SECRET": "a-secret"}
OIDC = {
    "OIDC_CLIENT_ID": "an-id",
    "OIDC_CLIENT_SECRET": "a-secret",
    "OIDC_SERVER_URL": "https://id.example.com",
    "OIDC_NAME": "Example Ltd",
}


def sign_in_page(folder, environment) -> str:
    """As a fresh process with these settings shows it."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GITHUB_", "OIDC_"))}
    known |= {"DJANGO_SETTINGS_MODULE": "config.settings", "SPOCR_DATA_DIR": str(folder), "DEBUG": "true"}
    known |= {"ALLOWED_HOSTS": "testserver", "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "LOG_LEVEL": "ERROR"}
    command = "from django.core.management import call_command as c;import django;django.setup();"
    command += "c('migrate', verbosity=0);c('createcachetable');" + SHOW
    shown = subprocess.run(
        [sys.executable, "-c", command], env={**known, **environment}, capture_output=True, text=True, check=True
    )
    return shown.stdout


@pytest.mark.django_db
def test_without_settings_no_service_is_offered(client):
    page = client.get("/accounts/login/").text

    assert [name for name in ("Google", "GitHub", "OpenID") if name in page] == []


def test_a_service_is_offered_when_it_is_set_up(tmp_path):
    page = sign_in_page(tmp_path, GOOGLE | GITHUB | OIDC)

    assert [name for name in ("Google", "GitHub", "Example Ltd") if name in page] == ["Google", "GitHub", "Example Ltd"]

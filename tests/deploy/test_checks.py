"""Settings that are dangerous together are refused with what to set; the example for production is clean."""

import os
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.checks import run_checks

ROOT = Path(__file__).resolve().parents[2]


def found(settings, *, deploy: bool = False, **changes) -> list[str]:
    for name, value in changes.items():
        setattr(settings, name, value)
    return [message.id for message in run_checks(include_deployment_checks=deploy) if message.id.startswith("spocr.")]


@pytest.mark.parametrize(
    ("changes", "identity"),
    [
        ({"SIGN_IN_MISSING": [("OIDC", "OIDC_SERVER_URL")]}, "spocr.E004"),
        ({"TRUSTED_PROXIES": (ip_network("0.0.0.0/0"),)}, "spocr.E005"),
        ({"SITE_URL": "https://ocr.example.com"}, "spocr.E006"),
        ({"CELERY_BROKER_URL": "redis://x"}, "spocr.W006"),
        ({"CELERY_BROKER_URL": "memory://"}, "spocr.E002"),
    ],
)
def test_a_dangerous_combination_is_named(settings, changes, identity):
    settings.CELERY_BROKER_URL = ""
    assert identity not in found(settings)

    assert identity in found(settings, **changes)


def test_a_broker_beside_sqlite_is_named(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")

    assert "spocr.W005" in found(settings, CELERY_BROKER_URL="redis://x")


@pytest.mark.parametrize(
    ("changes", "identity"),
    [
        ({"BEHIND_HTTPS": True}, "spocr.W007"),
        ({"FETCH_ALLOWED_NETWORKS": (ip_network("169.254.169.254/32"),)}, "spocr.W008"),
        ({"ALLOWED_HOSTS": ["*"]}, "spocr.W009"),
    ],
)
def test_what_is_dangerous_in_production_only_is_named_there(settings, changes, identity):
    assert identity not in found(settings, **changes)

    assert identity in found(settings, deploy=True, **changes)


def test_a_host_that_is_allowed_by_its_domain_is_answered(settings):
    assert "spocr.E006" not in found(settings, SITE_URL="https://a.example.com", ALLOWED_HOSTS=[".example.com"])


def test_sign_in_by_half_names_what_is_missing(monkeypatch):
    from config import sign_in

    monkeypatch.setenv("GITHUB_CLIENT_ID", "x")
    assert sign_in.missing() == [("GITHUB", "GITHUB_CLIENT_SECRET")]

    monkeypatch.setenv("GITHUB_CLIENT_SECRET", "y")
    assert sign_in.missing() == []


def test_the_example_for_production_is_clean(tmp_path):
    lines = (ROOT / "deploy" / "example.env").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, **given, "SPOCR_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    checked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stderr
    assert "no issues (" in checked.stdout

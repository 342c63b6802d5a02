"""docs/settings.md and the configuration name the same settings, with the same defaults."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"`([A-Z][A-Z_0-9]+)`")
# What needs another setting before it is read at all.
SWITCHED_ON = {f"{who}_{what}": "x" for who in ("GOOGLE", "GITHUB", "OIDC") for what in ("CLIENT_ID", "CLIENT_SECRET")}
SWITCHED_ON["OIDC_SERVER_URL"] = "https://id.example.com"
# Defaults that follow from another setting: the page says from which.
DERIVED = {"SPOCR_SITE_URL", "SECURE_HSTS_SECONDS", "SPOCR_TERMS_URL", "SPOCR_PRIVACY_URL"}
ASK = """
import functools, json, sys
from config import env
asked, depth = {}, 0

def noted(name, act):
    @functools.wraps(act)
    def ask(*arguments, **options):
        global depth
        if not depth and isinstance(arguments[0], str):
            default = options.get("default", arguments[1] if len(arguments) > 1 else "")
            asked[arguments[0]] = default[0] if name == "choice" else default
        depth += 1
        try:
            return act(*arguments, **options)
        finally:
            depth -= 1
    return ask

for name, act in list(vars(env).items()):
    if callable(act) and getattr(act, "__module__", "") == "config.env" and not name.startswith("_"):
        setattr(env, name, noted(name, act))
import config.settings
print(json.dumps(asked, default=str))
"""


def rows() -> list[tuple[list[str], str, str]]:
    """Names, default and effect of each row; names in the effect are settings that belong together."""
    lines = (ROOT / "docs" / "settings.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return [(NAME.findall(row[0]), row[1], row[2]) for row in cells if len(row) == 3]


@pytest.fixture(scope="module")
def asked(tmp_path_factory) -> dict[str, object]:
    """Every name that the settings ask the environment for, with its default."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, **SWITCHED_ON, "SPOCR_DATA_DIR": str(tmp_path_factory.mktemp("asked"))}
    ran = subprocess.run([sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_every_setting_stands_on_the_page(asked):
    page = {name for names, _, effect in rows() for name in [*names, *NAME.findall(effect)]}

    assert sorted(set(asked) - page) == []


def test_nothing_stands_on_the_page_that_is_not_read(asked):
    page = {name for names, _, _ in rows() for name in names}

    assert sorted(page - set(asked) - {"PROMETHEUS_MULTIPROC_DIR"}) == []


def test_the_page_tells_the_defaults_that_are_used(asked):
    wrong = []
    for names, default, _ in rows():
        told = re.match(r"`([^`]*)`", default)
        for name in set(names) & set(asked) - DERIVED:
            used = asked[name]
            used = ",".join(used) if isinstance(used, list) else str(used).lower() if isinstance(used, bool) else used
            if default == "none" and used not in ("", None):
                wrong.append(f"{name} is {used!r}, not none")
            if told and "/" not in str(used) and str(used) != told[1]:
                wrong.append(f"{name} is {used!r}, not {told[1]!r}")

    assert wrong == []


def test_every_system_check_has_an_id_of_its_own_and_stands_on_the_page():
    sources = [path.read_text() for path in (ROOT / "config").glob("*checks.py")]
    told = re.findall(r'"""(spocr\.[EW]\d+[^"\n]*)', "\n".join(sources))
    ids = [identity for line in told for identity in re.findall(r"[EW]\d{3}", line.split(":")[0])]
    page = (ROOT / "docs" / "settings.md").read_text()

    assert len(ids) > 8
    assert sorted(identity for identity in set(ids) if ids.count(identity) > 1) == []
    assert [identity for identity in ids if f"`spocr.{identity}`" not in page] == []
    used = set(re.findall(r'id="spocr\.([EW]\d{3})"', "\n".join(sources)))
    assert used == set(ids)

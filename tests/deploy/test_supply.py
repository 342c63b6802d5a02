"""What the service is made of: locked, licensed, and the image and the example of compose fit it."""

import re
import runpy
import subprocess
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("requirements", "requirements-extras", "requirements-dev")
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+?)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


def wanted(name: str) -> list[Requirement]:
    """What a list asks for, on this system."""
    lines = (line.split("#")[0].strip() for line in (ROOT / f"{name}.txt").read_text().splitlines())
    asked = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    return [each for each in asked if each.marker is None or each.marker.evaluate()]


def locked(name: str) -> dict[str, str]:
    """Version by package, on this system."""
    pins = PIN.findall((ROOT / f"{name}.lock").read_text())
    return {canonicalize_name(each): version for each, version, at in pins if not at or Marker(at).evaluate()}


@pytest.mark.parametrize("name", LISTS)
def test_the_lock_is_made_of_the_list_beside_it(name):
    stated = (ROOT / f"{name}.lock").read_text().splitlines()[0].rpartition(" ")[2]

    digest = subprocess.run(["bin/setup", "digest", f"{name}.txt"], cwd=ROOT, capture_output=True, text=True)

    assert stated == digest.stdout.strip(), "run make lock"


@pytest.mark.parametrize("name", LISTS)
def test_what_is_locked_is_what_is_asked_for(name):
    pins = locked(name)
    unmet = [
        str(each) for each in wanted(name) if not each.specifier.contains(pins.get(canonicalize_name(each.name), ""))
    ]

    assert len(pins) > 80
    assert unmet == []


def test_tests_run_with_what_the_service_runs_with():
    service, extras, tests = (locked(name) for name in LISTS)

    assert {name: extras.get(name) for name in service} == service
    assert {name: tests.get(name) for name in extras} == extras


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_digests_and_no_address_of_an_index(name):
    text = (ROOT / f"{name}.lock").read_text()
    packages = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]

    assert [each.split("==")[0] for each in packages if "--hash=sha256:" not in each] == []
    assert "://" not in text
    assert "--index" not in text


def test_every_requirement_has_its_reason():
    lines = [line for name in LISTS for line in (ROOT / f"{name}.txt").read_text().splitlines()]

    assert [line for line in lines if line and not line.startswith(("#", "-r")) and " # " not in line] == []


def test_the_page_of_licences_is_that_of_the_lock():
    script = runpy.run_path(str(ROOT / "bin" / "licences"))

    assert (ROOT / "docs" / "licences.md").read_text() == script["page"](), "run bin/licences"


def test_a_licence_that_may_not_fit_is_refused(monkeypatch):
    script = runpy.run_path(str(ROOT / "bin" / "licences"))
    monkeypatch.setitem(script["licence"].__globals__, "_words", lambda _: "GNU General Public License v3 (GPLv3)")

    with pytest.raises(script["Unknown"], match="may not fit a closed service"):
        script["licence"]("Django")

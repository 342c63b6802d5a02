"""The samples of the reference, run as a reader would: saved to a file and started."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from frontend.reference import calls, languages
from frontend.reference.calls import Call
from ocr.api.endpoints import Endpoint, all_endpoints
from tests.poison import GOOD

SECONDS = 120
# How each language is started, where it is installed. C# and PowerShell are no Debian packages.
PROGRAMS = {
    "curl": ["sh"],
    "python": [sys.executable],
    "javascript": ["node"],
    "php": ["php"],
    "go": ["go", "run"],
    "java": ["java"],
    "ruby": ["ruby"],
}


def endpoint_of(route: str, method: str = "POST", **example: object) -> Endpoint:
    found = next(e for e in all_endpoints() if (e.route, e.method) == (route, method))
    return replace(found, example={**found.example, **example}) if example else found


def run(language: str, call: Call, folder: Path) -> object:
    """What the sample prints, as JSON."""
    program = PROGRAMS[language]
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed: bin/packages/test.txt has what the samples need.")
    sample = next(sample for sample in languages.samples(call) if sample.id == language)
    (folder / sample.file_name).write_text(sample.text)
    (folder / "invoice.png").write_bytes(GOOD["png_rgb"]())
    ran = subprocess.run([*program, sample.file_name], cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_samples_run(language, tmp_path, live_server, api_key, site):
    image = site("/invoice.png", GOOD["png_rgb"]())
    upload = calls.of(endpoint_of("parse-image"), live_server.url, key=api_key)
    query = calls.of(endpoint_of("parse-imageurl", "GET", url=image), live_server.url, key=api_key)
    json_body = calls.of(endpoint_of("ocr-text", image=image), live_server.url, key=api_key)

    uploaded, asked, sent = (run(language, call, tmp_path) for call in (upload, query, json_body))

    assert uploaded["ParsedResults"][0]["TextOverlay"]["Lines"][0]["LineText"] == "INVOICE 12345"
    assert asked["ParsedResults"][0]["ParsedText"] == "INVOICE 12345\r\n"
    assert "INVOICE 12345" in sent["text"]


def test_a_sample_in_every_language_holds_the_key_and_the_address():
    for endpoint in all_endpoints():
        for sample in languages.samples(calls.of(endpoint, "https://ocr.example.com", key="spocr_mine")):
            assert f"https://ocr.example.com{endpoint.path}" in sample.text
            assert "spocr_mine" in sample.text

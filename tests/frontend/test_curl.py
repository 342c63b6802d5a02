"""Shell lines that the pages offer."""

import base64
import json
import subprocess

import pytest

from frontend import curl


def test_the_parse_line_names_key_file_engine_and_language():
    line = curl.parse_image("http://spocr.test", "bill.png", key="spocr_k", engine=2, language="jpn")

    assert line == (
        "curl http://spocr.test/parse/image \\\n"
        "  -H 'apikey: spocr_k' \\\n"
        "  -F file=@bill.png \\\n"
        "  -F language=jpn -F OCREngine=2 \\\n"
        "  -F isOverlayRequired=true"
    )


def test_the_fields_line_sends_the_file_as_json(tmp_path):
    (tmp_path / "bill.png").write_bytes(bytes(range(256)) * 400)
    line = curl.fields("http://spocr.test", "bill.png", "invoice")

    sent = subprocess.run(
        ["/bin/sh", "-c", "curl() { cat; }\n" + line], cwd=tmp_path, capture_output=True, check=True
    ).stdout

    body = json.loads(sent)
    assert base64.b64decode(body.pop("image")) == bytes(range(256)) * 400
    assert body == {"imageType": "base64", "templateId": "invoice"}


@pytest.mark.parametrize(
    "name", ["$(reboot).png", "a b.png", "x;type=y.png", "-o.png", "'.png", "領収書.png", "a\nb.png"]
)
def test_a_name_with_a_meaning_to_the_shell_is_replaced(name):
    assert "file=@document.png \\" in curl.parse_image("http://spocr.test", name)

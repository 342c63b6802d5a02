"""Programs written for the service that the Parse API is compatible with: unmodified, only their URL is set."""

import base64
import io
import json
import subprocess
from pathlib import Path

import ocrspace
import pytest

from tests.poison import GOOD

HERE = Path(__file__).resolve().parent
TEXT = "INVOICE 12345\r\n"
SECONDS = 60


@pytest.fixture
def scan(tmp_path) -> Path:
    path = tmp_path / "scan.png"
    path.write_bytes(GOOD["png_rgb"]())
    return path


@pytest.fixture
def data_uri(scan) -> str:
    return "data:image/png;base64," + base64.b64encode(scan.read_bytes()).decode()


@pytest.fixture
def url(live_server) -> str:
    return f"{live_server.url}/parse/image"


@pytest.fixture
def node(url, api_key):
    """Calls npm's ocr-space-api-wrapper: what its promise gives, or the status and body of its error."""

    def call(source: str, key: str = "", **options: str) -> object:
        options = {"apiKey": key or api_key, "ocrUrl": url, **options}
        command = ["node", str(HERE / "wrapper.js"), source, json.dumps(options)]
        ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=SECONDS)
        assert ran.stdout, ran.stderr
        return json.loads(ran.stdout)

    return call


@pytest.fixture
def curl(api_key):
    """Calls curl with the key in the header: the answer's body."""

    def call(*arguments: str, key: bool = True) -> object:
        header = ["-H", f"apikey: {api_key}"] if key else []
        command = ["curl", "-sS", *header, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return call


def text_of(answer: dict) -> str:
    assert answer["OCRExitCode"] == 1, answer
    return answer["ParsedResults"][0]["ParsedText"]


def test_the_npm_wrapper_reads_a_file_a_url_and_base64(node, scan, data_uri, site):
    assert text_of(node(str(scan))) == TEXT
    assert text_of(node(data_uri)) == TEXT
    assert text_of(node(site("/scan.png", scan.read_bytes()))) == TEXT


def test_the_npm_wrapper_sends_its_options_and_gets_the_overlay(node, scan):
    answer = node(str(scan), isOverlayRequired="true", OCREngine="2", scale="true", filetype="png", isTable="true")

    assert answer["ParsedResults"][0]["TextOverlay"]["Lines"][0]["LineText"] == "INVOICE 12345"
    assert answer["ParsedResults"][0]["ParsedText"].endswith("\t\n")


def test_the_npm_wrapper_fails_with_our_words_for_a_wrong_key(node, scan):
    assert node(str(scan), key="wrong") == {"status": 403, "data": "The API key is invalid"}


def test_the_python_client_reads_a_file_a_stream_a_url_and_base64(url, api_key, scan, data_uri, site):
    client = ocrspace.API(endpoint=url, api_key=api_key)

    assert client.ocr_file(str(scan)) == TEXT
    assert client.ocr_file(io.BytesIO(scan.read_bytes())) == TEXT
    assert client.ocr_base64(data_uri) == TEXT
    fresh = ocrspace.API(endpoint=url, api_key=api_key, language=ocrspace.Language.German, OCREngine=2)
    assert fresh.ocr_url(site("/scan.png", scan.read_bytes())) == "INVOICE 12345\n"


def test_the_python_client_raises_our_words(url, api_key, tmp_path):
    (tmp_path / "a.txt").write_text("no image")

    with pytest.raises(Exception, match=r"^The API key is invalid$"):
        ocrspace.API(endpoint=url, api_key="wrong").ocr_file(str(tmp_path / "a.txt"))
    with pytest.raises(Exception, match=r"^Unable to recognize the file type$"):
        ocrspace.API(endpoint=url, api_key=api_key).ocr_file(str(tmp_path / "a.txt"))


def test_curl_sends_a_file_as_multipart(curl, url, api_key, scan):
    assert text_of(curl("-F", f"file=@{scan}", url)) == TEXT
    assert text_of(curl("-F", f"image=@{scan};type=image/png", "-F", "isOverlayRequired=true", url)) == TEXT
    assert text_of(curl("-F", f"file=@{scan}", "-F", f"apikey={api_key}", "-F", "language=eng", url, key=False)) == TEXT
    assert text_of(curl("-H", f"Authorization: Bearer {api_key}", "-F", f"file=@{scan}", url, key=False)) == TEXT
    assert text_of(curl("-X", "POST", "--http1.0", "-F", f"file=@{scan}", url)) == TEXT


def test_curl_sends_a_url_urlencoded_and_in_the_query(curl, url, api_key, scan, site, live_server):
    image = site("/scan.png", scan.read_bytes())
    get_url = f"{live_server.url}/parse/imageurl"

    assert text_of(curl("--data-urlencode", f"url={image}", "-d", "OCREngine=1", url)) == TEXT
    assert text_of(curl("-d", f"url={image}&apikey={api_key}", url, key=False)) == TEXT
    assert text_of(curl(f"{get_url}?apikey={api_key}&url={image}", key=False)) == TEXT
    assert (
        text_of(curl("-G", get_url, "--data-urlencode", f"url={image}", "-d", f"apikey={api_key}", key=False)) == TEXT
    )


def test_curl_sends_base64_in_either_form(curl, url, data_uri, tmp_path):
    (tmp_path / "uri").write_text(data_uri)

    assert text_of(curl("--data-urlencode", f"base64Image@{tmp_path / 'uri'}", url)) == TEXT
    assert text_of(curl("-F", f"base64Image=<{tmp_path / 'uri'}", url)) == TEXT


def test_curl_posts_nothing_and_is_told_so(curl, url, live_server):
    nothing = ["No file uploaded or URL or base64 provided"]

    assert curl("-X", "POST", url)["ErrorMessage"] == nothing
    assert curl("-d", "", url)["ErrorMessage"] == nothing
    assert curl("-d", "", url, key=False) == "API Key is not specified. Please provide a valid API key."
    assert curl(f"{live_server.url}/conversions")["count_total"] == 0

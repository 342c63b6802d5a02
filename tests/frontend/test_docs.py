"""The documentation: every page is rendered, linked and true to the table of plans; what it shows as code runs."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

from accounts import api_keys, organizations
from billing import plans
from frontend.developer import guides
from frontend.developer.guides import GUIDES
from ocr import signing
from ocr.api.workspace import errors
from tests.conftest import person
from tests.jobs import worked_on
from tests.receivers import OUTSIDE, receiving

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "frontend" / "static" / "samples"
CODE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
INLINE_CODE, LINKED = re.compile(r"`([^`\n]+)`"), re.compile(r"\]\(([^)]+)\)")
OWN_LINK = re.compile(r'href="(/[^"#]*)(?:#([^"]+))?"')
SECONDS = 180
OWN = [guide for guide in GUIDES if guide.file.startswith("docs/site/")]
TRANSLATED = [guides.spoken(guide, language) for language in ("ja", "ko") for guide in OWN]


def named(guide: guides.Guide) -> str:
    return f"{guide.slug}-{guide.language}"


@pytest.mark.django_db
def test_the_link_of_every_error_leads_to_a_paragraph_about_its_code(client):
    page = client.get("/docs/errors").text

    of_framework = {"internal_error", "method_not_allowed", "unsupported_media_type", "gone"}
    for code in {code for _, _, code in errors.STATUSES} | of_framework:
        assert f'<h3 id="{code}">' in page, code


@pytest.mark.django_db
@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_every_guide_is_a_page_and_the_same_as_markdown(client, guide):
    page, text = client.get(f"/docs/{guide.slug}"), client.get(f"/docs/{guide.slug}.md")

    assert f'<h1 lang="en">{guides.title(guide)}</h1>' in page.text
    assert text.text.startswith(f"# {guides.title(guide)}\n")
    assert text["Content-Type"] == "text/markdown; charset=utf-8"
    assert guides.summary(guide)
    assert "{{" not in page.text


@pytest.mark.parametrize("guide", TRANSLATED, ids=named)
def test_a_translated_guide_has_the_parts_code_and_links_of_the_english_one(guide):
    english, text = ((ROOT / one.file).read_text() for one in (guides.find(guide.slug), guide))

    assert guide.language != "en", f"{guide.file} is missing"
    assert CODE.findall(text) == CODE.findall(english)
    text, english = (CODE.sub("", whole) for whole in (text, english))
    assert HEADING.findall(text) == HEADING.findall(english)
    assert sorted(INLINE_CODE.findall(text)) == sorted(INLINE_CODE.findall(english))
    assert [row.count("|") for row in text.splitlines() if row.startswith("|")] == [
        row.count("|") for row in english.splitlines() if row.startswith("|")
    ]
    assert sorted(link.replace("../../", "../") for link in LINKED.findall(text)) == sorted(LINKED.findall(english))


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "title"), [("ja", "制限とプラン"), ("ko", "한도와 요금제")])
def test_a_guide_speaks_the_readers_language_and_keeps_its_anchors(client, language, title):
    page = client.get("/docs/limits-and-plans", headers={"Accept-Language": language}).text

    assert f'<h1 lang="{language}">{title}</h1>' in page
    assert f'<div class="guide" lang="{language}">' in page
    assert 'id="what-counts"' in page
    assert "scans a month" not in page
    text = client.get("/docs/limits-and-plans.md", headers={"Accept-Language": language}).text
    assert text.startswith(f"# {title}\n")
    found = client.get(f"/docs?q={title}", headers={"Accept-Language": language}).text
    assert 'href="/docs/limits-and-plans"' in found.partition('class="findings"')[2]


@pytest.mark.django_db
def test_what_is_not_translated_is_shown_in_english_and_says_so(client):
    page = client.get("/docs/errors", headers={"Accept-Language": "ja"}).text

    assert '<h1 lang="en">Errors</h1>' in page
    assert "このページの本文は英語です。" in page
    assert client.get("/llms.txt", headers={"Accept-Language": "ja"}).text == client.get("/llms.txt").text


@pytest.mark.django_db
@pytest.mark.parametrize("guide", [*GUIDES, *TRANSLATED], ids=named)
def test_every_link_of_a_guide_leads_somewhere(client, guide, settings):
    links = OWN_LINK.findall(guides.html(guide).replace(settings.SITE_URL + "/", "/"))

    for path, anchor in links:
        try:
            found = resolve(path)
        except Resolver404:
            pytest.fail(f"{guide.file}: {path} leads nowhere")
        if anchor:
            assert f'id="{anchor}"' in client.get(path).text, f"{guide.file}: {path}#{anchor}"
        assert found


def test_files_that_link_to_each_other_are_all_pages():
    for guide in [*GUIDES, *TRANSLATED]:
        for link in guides.LINK.finditer((ROOT / guide.file).read_text()):
            assert (ROOT / guide.file).parent.joinpath(link["file"]).resolve().is_file(), f"{guide.file}: {link[0]}"


def test_the_table_of_plans_is_made_from_the_plans(settings):
    page = guides.html(guides.find("limits-and-plans"))

    for plan in plans.table(settings.PLANS_FILE).values():
        if plan.is_sold or plan.id == "free":
            assert f"<th>{plan.name}</th>" in page
            assert f"<td>{plan.scans_a_month:,}</td>" in page


def test_markup_in_a_file_is_text():
    assert guides._parser().render("<script>x</script> [a](javascript:x)") == (
        "<p>&lt;script&gt;x&lt;/script&gt; [a](javascript:x)</p>\n"
    )


@pytest.mark.django_db
def test_language_models_get_an_overview_and_everything(client, settings):
    overview, everything = client.get("/llms.txt").text, client.get("/llms-full.txt").text

    for guide in GUIDES:
        assert f"({settings.SITE_URL}/docs/{guide.slug}.md)" in overview
        assert guides.markdown(guide).strip() in everything
    assert overview.startswith(f"# {settings.SITE_NAME}\n\n> ")


@pytest.mark.django_db
def test_a_search_finds_the_page_that_is_about_it_first(client):
    page = client.get("/docs?q=searchable pdf").text

    assert page.index("/docs/searchable-pdf") < page.index("/docs/parse-api") or "findings" in page
    first = page.partition('class="findings"')[2].partition('href="')[2].partition('"')[0]
    assert first == "/docs/searchable-pdf"
    assert "No page holds all these words" in client.get("/docs?q=unheardof").text
    assert "&lt;b&gt;" in client.get("/docs?q=<b>").text


@pytest.mark.django_db
def test_an_unknown_guide_is_not_found(client):
    assert client.get("/docs/nothing").status_code == 404
    assert client.get("/docs/nothing.md").status_code == 404


@pytest.fixture
def surroundings(live_server, tmp_path, settings, transactional_db):
    """A folder with the documents that the guides name, and the environment that they assume."""
    for name in ("receipt.png", "invoice.png"):
        shutil.copy(SAMPLES / name, tmp_path)
    settings.SITE_URL = live_server.url
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network(f"{OUTSIDE}/32"),)
    organization = organizations.create(person("reader@example.org"), name="Reader")
    key = api_keys.create(organization, name="docs", created_by=None)[1]
    with receiving() as receiver:
        yield (
            tmp_path,
            {**os.environ, "SPOCR_API_BASE": live_server.url, "SPOCR_API_KEY": key, "HOOK_URL": receiver.url},
        )


@pytest.fixture
def worker(transactional_db) -> Iterator[None]:
    with worked_on():
        yield


def code_of(guide: guides.Guide, language: str) -> list[str]:
    return [code for name, code in CODE.findall((ROOT / guide.file).read_text()) if name == language]


@pytest.mark.parametrize("guide", [guide for guide in OWN if code_of(guide, "sh")], ids=lambda guide: guide.slug)
def test_the_shell_lines_of_a_guide_run_one_after_the_other(guide, surroundings, worker):
    folder, environment = surroundings

    ran = run(["sh", "-eu", "-c", "\n".join(code_of(guide, "sh"))], folder, environment)

    assert '"error": *{' not in ran and '"error":{' not in ran
    if guide.slug == "searchable-pdf":
        assert (folder / "receipt.pdf").read_bytes().startswith(b"%PDF")
    if guide.slug == "sheets":
        assert (folder / "receipts.xlsx").read_bytes().startswith(b"PK")
        assert len((folder / "receipts.csv").read_text().splitlines()) >= 2


@pytest.mark.parametrize("guide", [guide for guide in OWN if code_of(guide, "python")], ids=lambda guide: guide.slug)
def test_the_python_of_a_guide_runs(guide, surroundings):
    folder, environment = surroundings

    for code in code_of(guide, "python"):
        printed = run([sys.executable, "-c", code], folder, environment)
        assert printed or guide.slug == "webhooks"


@pytest.mark.parametrize(
    "guide", [guide for guide in OWN if code_of(guide, "javascript")], ids=lambda guide: guide.slug
)
def test_the_javascript_of_a_guide_runs(guide, surroundings):
    if shutil.which("node") is None:
        pytest.skip("node is not installed: bin/packages/test.txt has what the samples need.")
    folder, environment = surroundings

    for number, code in enumerate(code_of(guide, "javascript")):
        (folder / f"sample{number}.mjs").write_text(code)
        printed = run(["node", f"sample{number}.mjs"], folder, environment)
        assert "total" in printed or guide.slug == "webhooks"


def test_the_code_that_checks_a_signature_tells_ours_from_forged_ones(tmp_path):
    guide, secret, body = guides.find("webhooks"), signing.new_secret(), b'{"id": "evt_1"}'
    headers = signing.headers([signing.new_secret(), secret], event_id="evt_1", timestamp=int(time.time()), body=body)
    space: dict = {}
    exec(code_of(guide, "python")[0], space)

    assert space["is_genuine"](secret, headers, body)
    assert not space["is_genuine"](secret, headers, body + b" ")
    assert not space["is_genuine"](signing.new_secret(), headers, body)
    old = signing.headers([secret], event_id="evt_1", timestamp=int(time.time()) - 3600, body=body)
    assert not space["is_genuine"](secret, old, body)
    if shutil.which("node"):
        (tmp_path / "hook.mjs").write_text(code_of(guide, "javascript")[0])
        call = f"""import {{ isGenuine }} from "./hook.mjs";
const headers = {headers!r};
console.log(isGenuine("{secret}", headers, Buffer.from('{body.decode()}')));
console.log(isGenuine("{secret}", headers, Buffer.from('{{}}')));"""
        (tmp_path / "call.mjs").write_text(call)
        assert run(["node", "call.mjs"], tmp_path, dict(os.environ)).split() == ["true", "false"]


def run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout

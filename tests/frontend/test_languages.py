"""The pages speak the reader's language: what they chose, else what their browser asks for."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import polib
import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import mail as mails
from accounts.models import Organization, User
from billing import usage
from billing.models import BillingAccount, Kind
from billing.usage import Payer
from ocr import reading
from tests.conftest import PASSWORD
from tests.frontend.test_catalogs import SAID_ATTRIBUTES
from tests.tenant_rows import fill
from tests.test_isolation import IS_API, OURS, routes

pytestmark = pytest.mark.django_db

HEADLINE = {
    "en": "Every word of a document, and where it stands",
    "ja": "文書のすべての言葉を、その位置とともに",
    "ko": "문서의 모든 단어와 그 위치",
}
# Those that answer a link with a page of HTML are looked at.
PAGES = {name for name in OURS if name not in IS_API} - {"reference_swagger"}  # speaks English
UNSURE = {"value": "12.00", "confidence": 0.4, "match_ratio": 0.4}
CODE = re.compile(r"<pre\b.*?</pre>|<code\b.*?</code>", re.DOTALL)


@pytest.fixture
def reader() -> Client:
    """Whose browser asks for Japanese first."""
    return Client(headers={"Accept-Language": "ja,en;q=0.5"})


@pytest.mark.parametrize("asked", ["en", "ja", "ko"])
def test_the_browser_decides_until_somebody_chooses(client, asked):
    response = client.get("/", headers={"Accept-Language": f"{asked},fr;q=0.4"})

    assert HEADLINE[asked] in response.text
    assert f'<html lang="{asked}">' in response.text
    assert response["Content-Language"] == asked
    assert {"Accept-Language", "Cookie"} <= {word.strip() for word in response["Vary"].split(",")}


def test_a_language_that_is_not_spoken_here_is_answered_in_english(client):
    response = client.get("/", headers={"Accept-Language": "fr"})

    assert HEADLINE["en"] in response.text


def test_the_choice_holds_against_the_browser_and_the_page_stays(reader):
    response = reader.post("/language", {"language": "ko", "next": "/pricing?currency=krw"})

    assert (response.status_code, response["Location"]) == (302, "/pricing?currency=krw")
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME]["httponly"]
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME]["samesite"] == "Lax"
    assert HEADLINE["ko"] in reader.get("/").text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(client, elsewhere):
    assert client.post("/language", {"language": "ja", "next": elsewhere})["Location"] == "/"


@pytest.mark.parametrize("unknown", ["de", "xx", "../../etc", "j\0a", ""])
def test_an_unknown_choice_changes_nothing(client, unknown):
    client.post("/language", {"language": unknown})

    assert HEADLINE["en"] in client.get("/").text


def test_a_look_at_the_switch_changes_nothing(client):
    client.get("/language", {"language": "ja"})

    assert HEADLINE["en"] in client.get("/").text


def test_the_switch_needs_the_forms_token():
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/language", {"language": "ja"}).status_code == 403


def test_after_a_form_with_errors_the_switch_leads_back_to_the_form(signed_in):
    response = signed_in.post("/keys", {"name": ""}, headers={"Referer": "http://testserver/keys"})

    assert response.status_code == 400
    assert 'name="next" value="http://testserver/keys"' in response.text


def test_the_choice_of_a_signed_in_person_holds_on_their_next_machine(signed_in, alice):
    signed_in.post("/language", {"language": "ja"})
    other = Client()

    response = other.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})

    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "ja"
    assert User.objects.get(id=alice.id).language == "ja"


def test_signing_in_overrules_no_choice_made_on_that_machine(client, alice, organization):
    User.objects.update(language="ja")
    client.post("/language", {"language": "ko"})

    response = client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})

    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_who_signs_up_gets_mails_in_the_language_of_the_page(reader):
    reader.post(reverse("account_signup"), {"email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD})

    assert User.objects.get(email="dora@example.org").language == "ja"
    assert "確認" in mail.outbox[0].body


def test_each_owner_is_mailed_in_their_own_language(organization, alice, bob):
    organization.memberships.filter(user=bob).update(role="owner")
    User.objects.filter(id=alice.id).update(language="ja")

    mails.to_owners(
        organization, "billing/mail/payment_failed.txt", ends_at=timezone.now(), address="https://x.example/billing"
    )

    by_person = {message.to[0]: message for message in mail.outbox}
    assert by_person[alice.email].subject == "[spocr] Alice's Books: お支払いに失敗しました"
    assert by_person[bob.email].subject == "[spocr] Alice's Books: a payment has failed"


def test_an_error_of_the_packages_below_is_told_in_the_readers_language(signed_in, organization, alice):
    organization.memberships.filter(user=alice).update(role="viewer")

    response = signed_in.get(reverse("organization_close"), headers={"Accept-Language": "ja"})

    assert response.status_code == 403
    assert "あなたの役割では「組織の削除」はできません。" in response.text


def test_a_page_that_could_not_be_read_says_so_in_the_readers_language(reader, engine):
    engine.error = reading.EmptyFile()

    response = reader.post("/read", {"sample": "invoice", "engine": "1", "language": "eng", "document_type": "text"})

    assert "ファイルが空です。" in response.text


def test_pages_of_errors_are_translated(reader):
    response = reader.get("/no/such/page")

    assert response.status_code == 404
    assert '<html lang="ja">' in response.text
    assert "ページが見つかりません" in response.text


def test_a_body_that_is_too_large_is_refused_in_the_readers_language(reader):
    response = reader.post("/keys", data=b"x" * 1_100_000, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 413
    assert "ファイルが大きすぎます" in response.text


def test_dates_are_written_as_the_language_does(signed_in, organization):
    anew = usage.ends_at(Payer(organization, ""), Kind.PARSE)

    assert f"{anew.year}年{anew.month}月1日" in signed_in.get("/dashboard", headers={"Accept-Language": "ja"}).text
    assert f"{anew.year}년 {anew.month}월 1일" in signed_in.get("/dashboard", headers={"Accept-Language": "ko"}).text
    assert f"1 {anew:%B} {anew.year}" in signed_in.get("/dashboard").text


@pytest.mark.parametrize("asked", ["ja", "ko"])
def test_no_english_sentence_is_left_on_any_page(signed_in, organization, alice, asked):
    left, seen = {}, 0
    for name, path in pages_of(organization, alice):
        response = signed_in.get(path, headers={"Accept-Language": asked})
        if response.status_code == 200 and response["Content-Type"].startswith("text/html"):
            seen += 1
            assert "<html" not in response.text or f'<html lang="{asked}"' in response.text, name
            left[name] = sentences_in(response.text) & english(asked)

    assert seen > 30
    assert {name: texts for name, texts in left.items() if texts} == {}


@pytest.mark.parametrize("asked", ["ja", "ko"])
@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_email", "mfa_index"]
)
def test_pages_of_accounts_are_translated_throughout(signed_in, client, asked, name):
    if name in ("account_login", "account_signup", "account_reset_password"):
        client.logout()

    response = client.get(reverse(name), headers={"Accept-Language": asked})

    words = {text for text in sentences_in(response.text) if re.fullmatch(r"[A-Za-z ,.'-]{12,}", text)}
    assert words == set()


def pages_of(organization: Organization, owner: User) -> Iterator[tuple[str, str]]:
    """Every route that a link may lead to, with the owner's own rows behind it."""
    made = {model.__name__: row for model, row in fill(organization, owner).items()}
    BillingAccount.objects.all().delete()  # filled with a currency that nobody has
    sheet = organization.items.create(
        kind="sheet", name="Sheet", columns=[{"name": "total", "type": "money"}, {"name": "due_date", "type": "date"}]
    )
    row = sheet.rows.create(organization=organization, name="Row", status="done", values={"total": UNSURE})
    ids = {
        "public_id": organization.keys.get().public_id,
        "key": sheet.unique_key,
        "row_key": row.row_key,
        "request_id": made["RequestRecord"].request_id,
    }
    patterns = dict(routes())
    for name in sorted(PAGES & set(patterns)):
        here = ids | ({"public_id": made["WebhookDelivery"].public_id} if name.startswith("webhook") else {})
        yield name, "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part, here=here: here.get(part[1], "x"), patterns[name])


@cache
def english(code: str) -> set[str]:
    """Sentences of the catalog that mean nothing unless translated."""
    held = polib.pofile(settings.BASE_DIR / "locale" / code / "LC_MESSAGES" / "django.po")
    return {entry.msgid for entry in held if entry.msgid != entry.msgstr and " " in entry.msgid}


class _Texts(HTMLParser):
    """Gathers texts, but for what is said to be English."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._english: list[str] = []

    def handle_starttag(self, tag, attrs):
        if (tag != "html" and ("lang", "en") in attrs) or tag in self._english:
            self._english.append(tag)
        if self._english:
            return
        self.found |= {value.strip() for name, value in attrs if value and name in SAID_ATTRIBUTES}

    def handle_endtag(self, tag):
        if tag in self._english:
            self._english.remove(tag)

    def handle_data(self, data):
        if not self._english:
            self.found.add(" ".join(data.split()))


def sentences_in(page: str) -> set[str]:
    """Every text that a reader sees or hears."""
    parser = _Texts()
    parser.feed(CODE.sub("", page))
    return parser.found

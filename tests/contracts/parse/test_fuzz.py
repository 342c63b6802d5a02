"""Whatever is sent: no 5xx, always JSON, always the contract's envelope."""

import json
from urllib.parse import urlencode

import pytest
import schemathesis
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from config.wsgi import application
from tests.poison import GOOD

BOUNDARY = "xb"
KEYS = {"OCRExitCode", "IsErroredOnProcessing", "ErrorMessage", "ErrorDetails", "ProcessingTimeInMilliseconds"}
FEW = settings(
    max_examples=12,
    deadline=None,
    # The database fixture is set up once for all examples: they leave nothing but usage rows.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
PICTURE = GOOD["png_rgb"]()
NAMES = st.sampled_from(
    [
        "apikey",
        "url",
        "language",
        "isOverlayRequired",
        "base64Image",
        "filetype",
        "OCREngine",
        "scale",
        "isTable",
        "file",
    ]
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["true", "eng", "1", "2", "data:image/png;base64,AAAA", "http://127.0.0.1/", "\x00", "PDF"]),
)

TYPES = st.sampled_from(
    [
        f"multipart/form-data; boundary={BOUNDARY}",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "text/plain; \xff",
        "",
    ]
)
parse_schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))


def demand_envelope(status: int, content_type: str, content: bytes) -> None:
    assert content_type == "application/json"
    body = json.loads(content)
    if status == 403:
        assert isinstance(body, str)
        return
    assert status == 200
    if body["IsErroredOnProcessing"]:
        assert set(body) - {"ParsedResults", "SearchablePDFURL"} == KEYS
        assert body["ErrorMessage"]
        assert all(isinstance(sentence, str) for sentence in body["ErrorMessage"])
    else:
        assert body["OCRExitCode"] in (1, 2)


def send(body: bytes, content_type: str, key: str, query: str = "") -> None:
    response = Client().post(f"/parse/image{query}", body, content_type=content_type, headers={"apikey": key})
    demand_envelope(response.status_code, response["Content-Type"], response.content)


@pytest.fixture
def unlimited(organization):
    organization.plan = "self_hosted"
    organization.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("unlimited")
@parse_schema.include(path_regex="^/(parse|conversions)").parametrize()
@FEW
def test_requests_made_from_the_schema_get_answers_of_the_schema(case, api_key):
    case.headers = {**(case.headers or {}), "apikey": api_key}

    response = case.call(app=application)

    if response.status_code == 204:
        assert case.method == "OPTIONS"  # a preflight
        return
    if b"count_total" in response.content:
        assert (case.path, response.status_code) == ("/conversions", 200)
        return
    demand_envelope(response.status_code, response.headers["content-type"][0], response.content)


@pytest.mark.django_db
@pytest.mark.usefixtures("unlimited")
@FEW
@given(st.dictionaries(NAMES, VALUES, max_size=5), st.text(max_size=10))
def test_any_values_of_a_urlencoded_form(api_key, values, more):
    send(urlencode(values).encode() + more.encode("utf-8", "replace"), "application/x-www-form-urlencoded", api_key)


@pytest.mark.django_db
@pytest.mark.usefixtures("unlimited")
@FEW
@given(st.binary(max_size=200), TYPES)
def test_any_bytes_as_any_kind_of_body(api_key, body, content_type):
    send(body, content_type, api_key)


@pytest.mark.django_db
@pytest.mark.usefixtures("unlimited")
@FEW
@given(
    heads=st.lists(
        st.sampled_from(
            [
                'Content-Disposition: form-data; name="file"; filename="a.png"',
                'Content-Disposition: form-data; name="file"; filename=""',
                'Content-Disposition: form-data; name=""',
                "Content-Disposition: form-data",
                "Content-Disposition: attachment; filename*=UTF-8''%zz",
                'Content-Disposition: form-data; name="base64Image"',
                'Content-Disposition: form-data; name="language"\r\nContent-Transfer-Encoding: base64',
                'Content-Disposition: form-data; name="file"; filename="b"\r\nContent-Transfer-Encoding: base64',
                "content-disposition:form-data;name=url\r\nContent-Type: text/plain; charset=nonsense",
                "",
                "nonsense",
                "X: \x00\xff",
            ]
        ),
        max_size=4,
    ),
    contents=st.lists(st.one_of(st.binary(max_size=50), st.just(PICTURE)), min_size=4, max_size=4),
    cut=st.integers(0, 60),
)
def test_any_parts_of_a_multipart_form(api_key, heads, contents, cut):
    parts = [
        f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode("latin-1") + content + b"\r\n"
        for head, content in zip(heads, contents, strict=False)
    ]
    body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()

    send(body[: len(body) - cut] if cut else body, f"multipart/form-data; boundary={BOUNDARY}", api_key)


@pytest.mark.django_db
@pytest.mark.usefixtures("unlimited")
@FEW
@given(st.dictionaries(NAMES, VALUES, max_size=4), st.sampled_from(["get", "post", "put", "delete", "patch", "head"]))
def test_any_query_by_any_method(api_key, query, method):
    for path in ("/parse/image", "/parse/imageurl", "/conversions"):
        send_by = getattr(Client(), method)
        response = send_by(f"{path}?{urlencode(query)}", headers={"apikey": api_key, "Accept": "text/html"})
        if method == "head":
            assert response.status_code in (200, 403)
        elif b"count_total" not in response.content:
            demand_envelope(response.status_code, response["Content-Type"], response.content)

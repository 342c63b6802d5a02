"""The reference: the table of endpoints tells the truth, and pages, schema and collection follow from it."""

import json

import pytest
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from frontend.reference import calls, languages
from ocr.api import answers
from ocr.api.endpoints import all_endpoints
from ocr.api.parse import inputs
from ocr.api.parse import urls as parse_urls
from ocr.api.workspace import urls as workspace_urls

# Routes that are no part of the reference: no key, or opened by links that an answer holds.
NOT_LISTED = {"health", "linked-file"}


def served(route: str) -> set[str]:
    """The methods that a route takes."""
    pattern = next(p for p in [*parse_urls.urlpatterns, *workspace_urls.urlpatterns] if p.name == route)
    view = pattern.callback.cls
    return {method.upper() for method in view.http_method_names if hasattr(view, method)} - {"OPTIONS", "HEAD"}


def test_every_route_of_both_apis_stands_in_the_table_with_its_methods():
    routes = {pattern.name for pattern in [*parse_urls.urlpatterns, *workspace_urls.urlpatterns]} - NOT_LISTED
    listed: dict[str, set[str]] = {}
    for endpoint in all_endpoints():
        listed.setdefault(endpoint.route, set()).add(endpoint.method)
    listed["conversions"].add("POST")  # told in its description

    assert listed == {route: served(route) for route in routes}


def test_every_path_of_the_table_is_routed_where_it_says():
    for endpoint in all_endpoints():
        path = endpoint.path.replace("{jobId}", "job_1").replace("{deliveryId}", "dlv_1")

        assert get_resolver().resolve(path).url_name == endpoint.route


def test_the_table_names_every_parameter_of_the_parse_api():
    (parse_image,) = (endpoint for endpoint in all_endpoints() if endpoint.route == "parse-image")
    named = {parameter.name.lower() for parameter in parse_image.parameters}

    assert named - {"file"} == set(inputs.PARAMETERS) - {"apikey"}


def test_an_example_sends_only_parameters_of_its_endpoint():
    for endpoint in all_endpoints():
        assert set(endpoint.example) <= {parameter.name for parameter in endpoint.parameters}, endpoint.slug
        assert endpoint.body == "none" or endpoint.example, endpoint.slug


def test_the_schema_is_valid_openapi_with_every_endpoint(client):
    schema = client.get("/reference/openapi.json").json()

    validate_schema(schema)
    operations = {
        (path, method.upper())
        for path, methods in schema["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert operations == {(endpoint.path, endpoint.method) for endpoint in all_endpoints()}
    upload = schema["paths"]["/parse/image"]["post"]
    assert upload["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]["file"]["format"] == "binary"
    assert upload["responses"]["200"]["content"]["application/json"]["schema"] == answers.ref("ParseAnswer")


def test_the_schema_is_the_generators_own(client):
    assert client.get("/reference/openapi.json").json() == json.loads(
        json.dumps(SchemaGenerator().get_schema(request=None, public=True))
    )


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", all_endpoints(), ids=lambda endpoint: endpoint.slug)
def test_every_endpoint_has_a_page_with_nine_samples(client, endpoint):
    page = client.get(f"/reference/{endpoint.slug}").content.decode()

    assert endpoint.title in page
    for parameter in endpoint.parameters:
        assert f"<code>{parameter.name}</code>" in page
    for _, name, *_ in languages.LANGUAGES:
        assert f'role="group" aria-label="{name}"' in page
    assert page.count(calls.KEY_TO_FILL_IN) >= 9


@pytest.mark.django_db
def test_pages_of_the_reference_ask_no_other_host(client):
    for path in ("/reference", "/reference/swagger", "/reference/post-parse-image"):
        response = client.get(path)

        page = response.content.decode()
        assert 'src="http' not in page
        assert 'rel="stylesheet" href="http' not in page
        assert "<script>" not in page
        assert "script-src 'self'" in response["Content-Security-Policy"]
    assert client.get("/reference/nothing").status_code == 404


@pytest.mark.django_db
def test_the_index_links_every_endpoint(client):
    page = client.get("/reference").content.decode()

    assert all(f'href="/reference/{endpoint.slug}"' in page for endpoint in all_endpoints())


def test_the_postman_collection_sends_what_the_samples_send(client):
    response = client.get("/reference/postman.json")
    collection = response.json()

    assert response["Content-Disposition"] == 'attachment; filename="spocr.postman_collection.json"'
    assert collection["info"]["schema"].endswith("/v2.1.0/collection.json")
    requests = [item["request"] for folder in collection["item"] for item in folder["item"]]
    assert len(requests) == len(all_endpoints())
    read = requests[0]
    assert read["header"] == [{"key": "apikey", "value": "{{key}}"}]
    assert read["url"] == {"raw": "{{site}}/parse/image", "host": ["{{site}}"], "path": ["parse", "image"], "query": []}
    assert {part["key"] for part in read["body"]["formdata"]} == {"file", "language", "OCREngine", "isOverlayRequired"}
    (counted,) = (request for request in requests if "conversions" in request["url"]["raw"])
    assert counted["url"]["query"] == [{"key": "startDate", "value": "lastMonth"}]

"""The reference: a page for each endpoint, the schema with Swagger UI, the Postman collection."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from frontend.reference import calls, languages, postman
from frontend.reference.postman import FOLDERS
from ocr.api.endpoints import all_endpoints


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "reference/index.html", _listed())


@require_safe
def endpoint(request: HttpRequest, slug: str) -> HttpResponse:
    """One endpoint: its parameters, and a sample in each language."""
    found = next((endpoint for endpoint in all_endpoints() if endpoint.slug == slug), None)
    if found is None:
        raise Http404
    samples = languages.samples(calls.of(found, settings.SITE_URL))
    shown = {"endpoint": found, "samples": samples, "key_to_fill_in": calls.KEY_TO_FILL_IN}
    return render(request, "reference/endpoint.html", _listed() | shown)


@require_safe
def swagger(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own static files."""
    return render(request, "reference/swagger.html", {"here": "reference"})


@require_safe
def schema(request: HttpRequest) -> JsonResponse:
    """The OpenAPI schema; any page may load it."""
    made = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    response = JsonResponse(made)
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def postman_collection(request: HttpRequest) -> JsonResponse:
    made = postman.collection(all_endpoints(), name=f"{settings.SITE_NAME} API", site_url=settings.SITE_URL)
    file_name = f"{settings.SITE_NAME}.postman_collection.json"
    return JsonResponse(made, headers={"Content-Disposition": f'attachment; filename="{file_name}"'})


def _listed() -> dict[str, Any]:
    groups = [(title, [e for e in all_endpoints() if e.family == family]) for family, title in FOLDERS.items()]
    return {"here": "reference", "groups": groups}

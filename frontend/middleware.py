"""What is decided before a page sees the request: whom operators' pages answer, and how large a body may be."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing import plans
from ocr.api.requests import content_length
from ocr.uploads import MAX_FILES

FORM_BYTES = 1_048_576
# They are asked by a node's own address, which is in nobody's ALLOWED_HOSTS: Prometheus and load balancers
# can send no other Host. Nothing that they answer holds an address.
OPERATION = ("/healthz", "/readyz", "/metrics")


class NodeAddressMiddleware:
    """Answers what operators' tools ask under any host name, as if it were the public one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.rstrip("/") in OPERATION:
            request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
        return self._get_response(request)


class BodyLimitMiddleware:
    """Forms are small; the front page takes a file of the largest plan. The APIs check by themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_api(request.path) and content_length(request) > _limit(request.path):
            return render(request, "413.html", status=413)
        return self._get_response(request)


def _is_api(path: str) -> bool:
    return path.lower().startswith(
        ("/parse/", "/ocr/", "/upload", "/jobs", "/webhook/", "/webhooks/deliveries", "/create", "/edit", "/remove")
    )


def _limit(path: str) -> int:
    if path.startswith("/sheets/") and path.endswith("/upload"):
        return plans.largest_file_bytes(settings.PLANS_FILE) * MAX_FILES + FORM_BYTES
    return largest_body_bytes() if path.startswith("/read") else FORM_BYTES


def largest_body_bytes() -> int:
    """A file of the largest plan as percent-encoded base64, and some room for the other fields."""
    largest = max(plan.file_bytes for plan in plans.table(settings.PLANS_FILE).values())
    return largest * 3 + FORM_BYTES

"""What browsers may do with an answer: pages by the settings, answers of the APIs nothing at all."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

OF_AN_API = "default-src 'none'; frame-ancestors 'none'"


class ContentPolicyMiddleware(CSPMiddleware):  # type: ignore[misc]
    """As django-csp's, which puts the pages' policy together with every answer: an API's answer needs none of that."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "is_of_an_api", False):
            response.setdefault(HEADER, OF_AN_API)
            return response
        with_policy: HttpResponseBase = super().process_response(request, response)
        return with_policy

"""What browsers may do with an answer: pages by the settings, answers of the APIs nothing at all."""

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

OF_AN_API = "default-src 'none'; frame-ancestors 'none'"


class ContentPolicyMiddleware(CSPMiddleware):  # type: ignore[misc]
    """As django-csp's, which puts the pages' policy together with every answer: an API's answer needs none of that."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "is_of_an_api", False):
            response.setdefault(HEADER, OF_AN_API)
            return response
        if _leads_to_another_service(request):
            # Browsers hold where a form's answer leads against the policy of the form's page, too.
            setattr(response, "_csp_update", {"form-action": settings.SIGN_IN_SERVERS})  # noqa: B010 - django-csp's way
        with_policy: HttpResponseBase = super().process_response(request, response)
        return with_policy


def _leads_to_another_service(request: HttpRequest) -> bool:
    """Whether it is the page "Sign in via …", whose one form is answered by a redirect to the service."""
    match = request.resolver_match
    return match is not None and match.url_name in {f"{name}_login" for name in settings.SOCIALACCOUNT_PROVIDERS}

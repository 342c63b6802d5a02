"""The Workspace API's endpoints: parse, call, print."""

import logging
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.defaults import page_not_found
from rest_framework import status
from rest_framework.exceptions import APIException, MethodNotAllowed, ParseError, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.audit import Actor
from accounts.errors import Invalid, RateLimited, SpocrError
from accounts.models import ApiKey
from billing.usage import Payer
from ocr import trace
from ocr.api import idempotency, throttling
from ocr.api.authentication import READS, bearer_token, demand_sheet, key_of, payer_of
from ocr.api.idempotency import Answer, Ticket
from ocr.api.requests import BASE64_GROWTH, content_length, is_chunked, largest_body_bytes
from ocr.api.throttling import Allowance
from ocr.api.workspace import bodies, errors
from ocr.storage import StorageAway

log = logging.getLogger("spocr.workspace")


class WorkspaceView(APIView):  # type: ignore[misc]
    """What the endpoints share: key, rate limit, CORS, and the one error envelope."""

    parser_classes = (bodies.Json,)
    key: ApiKey
    payer: Payer
    allowance: Allowance | None = None
    chunks: BinaryIO | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "OPTIONS":  # a browser's preflight carries no key
            return
        secret = bearer_token(request)
        if not secret:
            raise errors.MissingApiKey
        self.key = key_of(secret, request)
        self.payer = payer_of(self.key, request)
        self.allowance = throttling.take(self.key, self.payer.plan)
        if content_length(request) > self.body_limit():
            raise errors.TooLarge
        if is_chunked(request):
            self.chunks = bodies.take_chunks(request._request, most_bytes=self.body_limit())
        demand_sheet(self.key, request)

    @property
    def actor(self) -> Actor:
        """Who calls, for the audit log."""
        return Actor.of_key(self.key, self.payer.address)

    def body_limit(self) -> int:
        """Bytes that the body may have."""
        return largest_body_bytes(growth=BASE64_GROWTH)

    def once(self, request: Request, parts: Callable[[], list[bytes]], act: Callable[[Ticket], Answer]) -> Response:
        """Answer by `act`; a repeat with the same Idempotency-Key, by what the first one was answered.

        Args:
            parts: Everything that the body asks for.
        """
        line = f"{request.method} {request.get_full_path().rstrip('/')}"
        answer = idempotency.once(
            self.key.organization,
            request.headers.get(idempotency.HEADER),
            lambda: idempotency.fingerprint(line, parts()),
            act,
        )
        headers = {idempotency.REPLAYED: "true"} if answer.is_replay else None
        return Response(answer.body, answer.status, headers=headers)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Access-Control-Allow-Methods": ", ".join(self.allowed_methods),
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
            "Access-Control-Max-Age": "86400",
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "*"
        if response.status_code >= status.HTTP_400_BAD_REQUEST and isinstance(response, Response):
            trace.present().error = response.data["error"]["code"]
        if self.chunks:
            self.chunks.close()
        if self.allowance and self.allowance.limit is not None:
            response["X-RateLimit-Limit"] = str(self.allowance.limit)
            response["X-RateLimit-Remaining"] = str(self.allowance.remaining)
            response["X-RateLimit-Reset"] = str(self.allowance.reset_seconds)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, SpocrError):
            return self._refused(exc)
        if isinstance(exc, ParseError | RecursionError):  # the second: nested without end
            return self._refused(Invalid("The body is not valid JSON."))
        if isinstance(exc, APIException):
            return Response(errors.envelope(*self._framework_words(exc)), exc.status_code)
        if isinstance(exc, OperationalError | InterfaceError | StorageAway):  # it restarts, or its disk is full
            log.error("The database or the storage does not answer: %s", exc)
            return self._refused(errors.OutOfService())
        log.exception("A Workspace request failed")
        return Response(errors.envelope("internal_error", SpocrError.message), status.HTTP_500_INTERNAL_SERVER_ERROR)

    def _framework_words(self, error: APIException) -> tuple[str, str]:
        """Code and message of what the framework refuses."""
        if isinstance(error, MethodNotAllowed):
            taken = " or ".join(method for method in self.allowed_methods if method != "OPTIONS")
            return "method_not_allowed", f"This address does not take {self.request.method}. Use {taken}."
        if isinstance(error, UnsupportedMediaType):
            kind = self.parser_classes[0].media_type
            return "unsupported_media_type", f"This address does not take such a body. Send Content-Type: {kind}."
        return "invalid_request", str(error.detail)

    def _refused(self, error: SpocrError) -> Response:
        code, name = errors.status_of(error)
        response = Response(errors.envelope(name, str(error), errors.details_of(error)), code)
        if isinstance(error, errors.OutOfService):
            response["Retry-After"] = str(errors.OutOfService.retry_after_seconds)
        if isinstance(error, RateLimited):
            response["Retry-After"] = str(error.retry_after_seconds)
            self.allowance = Allowance(int(str(error.details["limit"])), 0, error.retry_after_seconds)
        return response


@csrf_exempt
def health(request: HttpRequest) -> JsonResponse:
    """GET /health: this process answers. Needs no key."""
    if request.method not in (*READS, "OPTIONS"):
        words = f"This address does not take {request.method}. Use GET or HEAD."
        return _refusal(405, "method_not_allowed", words, Allow="GET, HEAD, OPTIONS")
    answer = {"status": "ok", "version": settings.VERSION, "time": int(time.time() * 1000)}
    return JsonResponse(answer, headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store"})


def no_such_address(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 where no route leads: the envelope for who calls with a key, the page for everybody else."""
    if bearer_token(request):
        return _refusal(
            404, "not_found", f"There is no such address. Every one is listed at {settings.SITE_URL}/reference."
        )
    return page_not_found(request, exception)


def _refusal(status_code: int, code: str, message: str, **headers: str) -> JsonResponse:
    """The envelope outside of `WorkspaceView`."""
    allowed = {"Access-Control-Allow-Origin": "*", **headers}
    return JsonResponse(errors.envelope(code, message), status=status_code, headers=allowed)

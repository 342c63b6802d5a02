"""The Parse API's endpoints: parse, call, print."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import caller
from accounts.errors import SpocrError
from billing import conversions, plans, usage
from billing.models import Kind
from billing.usage import Payer
from ocr import pdfs, reading, trace
from ocr.api import throttling
from ocr.api.authentication import bearer_token, key_of, payer_of
from ocr.api.parse import errors, forms, inputs, outputs
from ocr.api.parse.body import Body
from ocr.api.parse.errors import MissingKey, ParseFailure
from ocr.api.parse.forms import Form
from ocr.api.parse.inputs import Given, ParseRequest
from ocr.pool import EngineFailed, EngineTimeout
from ocr.reading import Document, ReadPage
from ocr.storage import StorageAway

log = logging.getLogger("spocr.parse")

DEMO_KEY = "helloworld"
CONVERSIONS_PARAMETERS = ("apikey", "startdate")


class AlwaysJson(BaseContentNegotiation):  # type: ignore[misc]
    """Whatever a client accepts, it gets JSON."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        return parsers[0] if parsers else None

    def select_renderer(self, request: Request, renderers: list[Any], format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ParseView(APIView):  # type: ignore[misc]
    """What the endpoints share: the key, CORS, and every failure in the contract's words."""

    parser_classes = ()  # see `forms`
    content_negotiation_class = AlwaysJson

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.started = time.monotonic()

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "*"
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Access-Control-Allow-Methods": ", ".join(self.allowed_methods),
            "Access-Control-Allow-Headers": "apikey, authorization, content-type",
            "Access-Control-Max-Age": "86400",
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    def handle_exception(self, exc: Exception) -> Response:
        trace.present().error = (
            exc.code if isinstance(exc, SpocrError) else getattr(exc, "default_code", SpocrError.code)
        )
        if isinstance(exc, SpocrError):
            return self._refused(exc)
        if isinstance(exc, MethodNotAllowed):
            words = f"This address does not take {self.request.method}. Use {' or '.join(self._taken_methods())}."
            headers = {"Allow": ", ".join(self.allowed_methods)}
            return Response(self._failed(ParseFailure(errors.REFUSED, [words])), headers=headers)
        if isinstance(exc, APIException):
            return Response(self._failed(ParseFailure(errors.REFUSED, [str(exc.detail)])))
        if isinstance(exc, OperationalError | InterfaceError | StorageAway):  # not for long: worth repeating
            log.error("A Parse request failed: the database or the storage does not answer", exc_info=exc)
            return Response(self._failed(ParseFailure(errors.FATAL, [errors.EXHAUSTED])))
        log.exception("A Parse request failed")
        return Response(self._failed(ParseFailure(errors.REFUSED, [SpocrError.message])))

    def payer(self, request: Request, parameters: Given) -> Payer:
        """Who pays for the request, by its key; a request more than a limit allows ends here.

        Raises:
            MissingKey, InvalidApiKey, InactiveApiKey, Forbidden, RateLimited, CapReached
        """
        secret = _secret(request, parameters)
        if not secret:
            raise MissingKey
        if secret == DEMO_KEY and settings.PARSE_DEMO_KEY:
            payer = Payer(None, caller.address(request), endpoint="parse")
            throttling.take_demo(payer.address)
        else:
            key = key_of(secret, request)
            payer = replace(payer_of(key, request), key=key.public_id, endpoint="parse")
        return payer

    @contextmanager
    def form(self, request: Request) -> Iterator[tuple[Payer, Given, Form]]:
        """The request's payer, parameters and form. With the key in header or query, the key is checked first."""
        query = inputs.given(request.query_params)
        django_request: HttpRequest = request._request
        body = Body(django_request)
        try:
            payer = self._with_room(request, query) if _secret(request, query) else None
            limit_bytes = payer.plan.file_bytes if payer else plans.largest_file_bytes(settings.PLANS_FILE)
            with forms.read(body, limit_bytes=limit_bytes) as form:
                parameters = inputs.given(form.values, request.query_params)
                yield payer or self._with_room(request, parameters), parameters, form
        finally:
            body.drain()

    def _with_room(self, request: Request, parameters: Given) -> Payer:
        payer = self.payer(request, parameters)
        usage.demand_room(payer, Kind.PARSE)
        return payer

    def parse(self, payer: Payer, parameters: Given, form: Form) -> Response:
        """Read what the request holds."""
        inputs.refuse_unknown(parameters)
        asked = inputs.parse(parameters)
        content, hint = inputs.content(parameters, form, limit_bytes=payer.plan.file_bytes)
        options = replace(asked.options, file_hint=hint)
        with content:
            document = _read(payer, content, options)
            pdf_url = _pdf_url(payer, content, document, replace(asked, options=options))
        answer = outputs.document(
            document,
            asked,
            milliseconds=self._milliseconds(),
            max_pages=payer.plan.pdf_pages,
            pdf_url=pdf_url,
        )
        return Response(answer)

    def _taken_methods(self) -> list[str]:
        return [method for method in self.allowed_methods if method != "OPTIONS"]

    def _refused(self, error: SpocrError) -> Response:
        if refusal := errors.refusal_of(error):
            words, wait = refusal
            return Response(words, status.HTTP_403_FORBIDDEN, headers={"Retry-After": str(wait)} if wait else None)
        if isinstance(error, EngineTimeout):
            return Response(outputs.timed_out(milliseconds=self._milliseconds()))
        return Response(self._failed(errors.failure_of(error)))

    def _failed(self, failure: ParseFailure) -> outputs.Json:
        return outputs.failure(failure, milliseconds=self._milliseconds())

    def _milliseconds(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


class ParseImage(ParseView):
    """POST /parse/image: a file, base64 text or a URL."""

    def post(self, request: Request) -> Response:
        with self.form(request) as (payer, parameters, form):
            return self.parse(payer, parameters, form)


class ParseImageUrl(ParseView):
    """GET /parse/imageurl: a URL, everything in the query."""

    def get(self, request: Request) -> Response:
        parameters = inputs.given(request.query_params)
        return self.parse(self._with_room(request, parameters), parameters, Form(0))


class Conversions(ParseView):
    """GET or POST /conversions: what the caller's organization has used this month, or the last."""

    def get(self, request: Request) -> Response:
        return self._counts(request, inputs.given(request.query_params))

    def post(self, request: Request) -> Response:
        with forms.read(Body(request._request), limit_bytes=0) as form:
            return self._counts(request, inputs.given(form.values, request.query_params))

    def _counts(self, request: Request, parameters: Given) -> Response:
        payer = self.payer(request, parameters)
        inputs.refuse_unknown(parameters, CONVERSIONS_PARAMETERS)
        month = timezone.now().date().replace(day=1)
        for _ in range(inputs.months_ago(parameters)):
            month = (month - timedelta(days=1)).replace(day=1)
        return Response(outputs.conversions(conversions.by_engine(payer, month)))


def _secret(request: Request, parameters: Given) -> str:
    return request.headers.get("apikey", "").strip() or parameters.text("apikey") or bearer_token(request)


def _pdf_url(payer: Payer, content: IO[bytes], document: Document, asked: ParseRequest) -> str:
    """Where the searchable PDF lies; where there is none, the words that say why. What was read is answered anyway."""
    if not asked.wants_pdf:
        return outputs.NO_PDF
    if not document.read_pages:
        return outputs.PDF_FAILED + "no page could be read."
    try:
        return pdfs.link(payer, content, document, asked.options, hides_text_layer=asked.hides_text_layer)
    except SpocrError as error:
        return outputs.PDF_FAILED + str(error)
    except OSError:  # the text has been read and is paid for
        log.exception("A searchable PDF could not be stored")
        return outputs.PDF_FAILED + "it could not be stored at this moment."


def _read(payer: Payer, content: IO[bytes], options: reading.Options) -> Document:
    """Read; a single page that an engine failed on is an entry of its own and no charge."""
    try:
        return reading.read(payer, content, options, kind=Kind.PARSE)
    except EngineFailed as error:
        return Document((ReadPage(None, error),), 1)

"""The Parse API's endpoints: parse, call, print."""

import logging
import time
from dataclasses import replace
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.errors import SpocrError
from accounts.models import ApiKey
from billing import plans, usage
from billing.models import Kind
from billing.usage import Payer
from ocr import reading
from ocr.api.authentication import bearer_token, key_of, payer_of
from ocr.api.parse import errors, inputs, outputs
from ocr.api.parse.errors import MissingKey, ParseFailure
from ocr.api.parse.inputs import Given
from ocr.api.requests import FORM_GROWTH, content_length, largest_body_bytes
from ocr.pool import EngineFailed, EngineTimeout
from ocr.reading import Document, ReadPage

log = logging.getLogger("spocr.parse")


class ParseView(APIView):  # type: ignore[misc]
    """What the endpoints share: CORS, and every failure in the contract's words."""

    parser_classes = (MultiPartParser, FormParser)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.started = time.monotonic()
        if content_length(request) > largest_body_bytes(growth=FORM_GROWTH):
            raise ParseFailure(errors.ALL_FAILED, [errors.too_large(plans.largest_file_bytes(settings.PLANS_FILE))])

    def finalize_response(self, request: Request, response: HttpResponse, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Referrer-Policy"] = "no-referrer"
        return response

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        headers = {
            "Access-Control-Allow-Methods": ", ".join(self.allowed_methods),
            "Access-Control-Allow-Headers": "apikey, authorization, content-type",
            "Access-Control-Max-Age": "86400",
        }
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, SpocrError):
            return self._refused(exc)
        if isinstance(exc, APIException):
            code = status.HTTP_200_OK if exc.status_code == status.HTTP_400_BAD_REQUEST else exc.status_code
            return Response(self._failed(ParseFailure(errors.REFUSED, [str(exc.detail)])), code)
        log.exception("A Parse request failed")
        return Response(self._failed(ParseFailure(errors.REFUSED, [SpocrError.message])))

    def parse(self, request: Request, parameters: Given, file: "UploadedFile[Any] | None") -> Response:
        """Read what the request holds."""
        payer = payer_of(_key(request, parameters), request)
        usage.demand_room(payer, Kind.PARSE)
        inputs.refuse_unknown(parameters)
        asked = inputs.parse(parameters)
        content, hint = inputs.content(parameters, file, limit_bytes=payer.plan.file_bytes)
        options = replace(asked.options, file_hint=hint)
        with content:
            document = _read(payer, content, options)
        answer = outputs.document(document, asked, milliseconds=self._milliseconds(), max_pages=payer.plan.pdf_pages)
        return Response(answer)

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
        data, files = request.data, request.FILES
        fields = {name: data[name] for name in data if name not in files}
        file = next(iter(files.values()), None)
        return self.parse(request, inputs.given(fields, request.query_params), file)


class ParseImageUrl(ParseView):
    """GET /parse/imageurl: a URL, everything in the query."""

    def get(self, request: Request) -> Response:
        return self.parse(request, inputs.given(request.query_params), None)


def _key(request: Request, parameters: Given) -> ApiKey:
    secret = request.headers.get("apikey", "").strip() or parameters.text("apikey") or bearer_token(request)
    if not secret:
        raise MissingKey
    return key_of(secret)


def _read(payer: Payer, content: IO[bytes], options: reading.Options) -> Document:
    """Read; a single page that an engine failed on is an entry of its own and no charge."""
    try:
        return reading.read(payer, content, options, kind=Kind.PARSE)
    except EngineFailed as error:
        return Document((ReadPage(None, error),), 1)

"""Reading one page at once: POST /ocr/fields, POST /ocr/text, GET /templates."""

from collections.abc import Callable
from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr import extractor, reading, templates
from ocr.api.idempotency import Answer, Ticket, canonical
from ocr.api.workspace import inputs, outputs
from ocr.api.workspace.inputs import FieldsRequest, TextRequest
from ocr.api.workspace.views import WorkspaceView
from ocr.extractor import Wanted
from ocr.reading import Document, Options


class OcrFields(WorkspaceView):
    """POST /ocr/fields: typed fields of one page, each with its box and match ratio."""

    def post(self, request: Request) -> Response:
        asked = inputs.fields_request(
            request.data, request.query_params, partial(templates.find, self.key.organization)
        )
        return self.once(request, lambda: [canonical(request.data)], lambda ticket: self._answer(asked, ticket))

    def _answer(self, asked: FieldsRequest, ticket: Ticket) -> Answer:
        body: outputs.Json = {}

        def find(document: Document) -> None:
            """Before the charge is final: what fails here is free, and what is charged has its answer kept."""
            page, picture = document.read_pages[0], document.pages[0].preview
            wanted = Wanted(asked.fields, asked.template_id, asked.prompt)
            if not asked.fields:
                wanted = extractor.proposed(page, prompt=asked.prompt)
            extraction = extractor.extract(page, wanted, picture=picture)
            found = outputs.fields(page, extraction, remaining=usage.remaining(self.payer, Kind.SCAN))
            body.update({**found, "data": outputs.flat(found["data"])} if asked.is_flat else found)
            ticket.keep(200, body)

        read_one(self.payer, asked.source, previews=extractor.wants_picture(), demand=find)
        return Answer(200, body)


class OcrText(WorkspaceView):
    """POST /ocr/text: the whole text of one page, each word with its box."""

    def post(self, request: Request) -> Response:
        asked = inputs.text_request(request.data)
        return self.once(request, lambda: [canonical(request.data)], lambda _: self._answer(asked))

    def _answer(self, asked: TextRequest) -> Answer:
        page = read_one(self.payer, asked).read_pages[0]
        return Answer(200, outputs.text(page, remaining=usage.remaining(self.payer, Kind.SCAN)))


class Templates(WorkspaceView):
    """GET /templates: the built-in ones and the organization's own, with their fields."""

    def get(self, request: Request) -> Response:
        return Response(outputs.templates(templates.all_of(self.key.organization)))


def read_one(
    payer: Payer,
    asked: TextRequest,
    *,
    previews: bool = False,
    demand: Callable[[Document], None] | None = None,
) -> Document:
    """Read the page that a request names, and charge for it. Raises as `reading.read`."""
    content, hint = asked.content(limit_bytes=payer.plan.file_bytes)
    options = Options(
        engine=inputs.ENGINE,
        language=asked.language,
        file_hint=hint,
        page=asked.page,
        previews=previews,
        needs_text=True,
    )
    with content:
        return reading.read(payer, content, options, kind=Kind.SCAN, demand=demand)

"""What leaves as a file: GET /export, and the images that `imageUrl` links to."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from rest_framework.request import Request

from accounts import audit
from accounts.audit import Actor
from accounts.errors import SpocrError
from ocr import exports, files, reading, sheets, spreadsheets
from ocr.api.workspace import errors, sheet_inputs, sheet_outputs
from ocr.api.workspace.sheet_inputs import ExportRequest
from ocr.api.workspace.sheet_views import SheetView, wanted_of
from ocr.files import LinkExpired, NoSuchFile
from ocr.models import Item, Row, StoredFile
from ocr.query import Query

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}
# A stranger's bytes under our name: they may run nothing and load nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_GONE = 410


class Export(SheetView):
    """GET /export: the rows that fit as CSV, Excel, JSON or JSON Lines."""

    def get(self, request: Request) -> StreamingHttpResponse:
        asked = sheet_inputs.export_request(request.query_params)
        return exported(sheets.find_sheet(self.key.organization, asked.view.path), asked, by=self.actor)


def exported(sheet: Item, asked: ExportRequest, *, by: Actor = audit.SYSTEM) -> StreamingHttpResponse:
    """The file, streamed; that it was asked for stands in the audit log.

    Raises:
        WrongValue: An unknown column or operator.
    """
    wanted = wanted_of(sheet, asked.view)
    details = {"sheet": sheet.name, "format": asked.format}
    audit.record(sheet.organization, "sheet.exported", by=by, subject=sheet.unique_key, details=details)
    response = StreamingHttpResponse(_content(sheet, wanted, asked), content_type=TYPES[asked.format])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{sheet.name}.{asked.format}')}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def linked_file(request: HttpRequest, organization: str, file: str, expires: str, signature: str) -> HttpResponseBase:
    """What a signed link shows; whoever holds the link may see it until it expires."""
    try:
        stored, page = files.linked(organization, file, expires, signature)
        return _guarded(_shown(stored, page))
    except SpocrError as error:
        return _refused(error)
    except FileNotFoundError:
        return _refused(NoSuchFile())


def _shown(stored: StoredFile, page: int | None) -> HttpResponseBase:
    content = default_storage.open(stored.storage_name)
    if page is not None:
        with content:
            return HttpResponse(reading.show_page(content, page=page), content_type="image/jpeg")
    is_image = stored.content_type.startswith("image/")
    return FileResponse(content, content_type=stored.content_type, as_attachment=not is_image)


def _content(sheet: Item, wanted: Query, asked: ExportRequest) -> Iterator[bytes]:
    if asked.format == "csv":
        return exports.as_csv(sheet, wanted, asked.style)
    if asked.format == "xlsx":
        return spreadsheets.as_xlsx(sheet, wanted)
    has_boxes = asked.view.has_boxes
    fields = ("row_key", "name", "status", *(("values",) if has_boxes else exports.TABLE_FIELDS))

    def printed(row: Row) -> dict[str, Any]:
        return sheet_outputs.exported_row(sheet, wanted, row, has_boxes=has_boxes)

    if asked.format == "jsonl":
        return exports.as_json_lines(sheet, wanted, printed, fields)
    return exports.as_json(sheet_outputs.sheet(sheet, wanted), sheet, wanted, printed, fields)


def _refused(error: SpocrError) -> HttpResponseBase:
    status, code = (_GONE, "gone") if isinstance(error, LinkExpired) else errors.status_of(error)
    return _guarded(JsonResponse(errors.envelope(code, str(error)), status=status))


def _guarded(response: HttpResponseBase) -> HttpResponseBase:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response

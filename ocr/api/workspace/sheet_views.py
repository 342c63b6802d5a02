"""Folders, sheets and memos: GET /space, POST /create, /edit and /remove, GET /view."""

from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.errors import Invalid
from ocr import cells, events, exports, query, rows, sheets, templates, webhooks
from ocr.api.idempotency import Answer, canonical
from ocr.api.requests import ROOM_BYTES
from ocr.api.workspace import sheet_inputs, sheet_outputs
from ocr.api.workspace.sheet_inputs import EditRequest, ViewRequest
from ocr.api.workspace.views import WorkspaceView
from ocr.models import Item, Row
from ocr.query import Query
from ocr.rows import Author


class SheetView(WorkspaceView):
    """What these endpoints share: bodies are small."""

    def body_limit(self) -> int:
        return ROOM_BYTES


class Space(SheetView):
    """GET /space: what is below a path."""

    def get(self, request: Request) -> Response:
        path, depth = sheet_inputs.space_request(request.query_params)
        entries = sheets.tree(self.key.organization, path, depth=depth)
        return Response([sheet_outputs.entry(entry) for entry in entries])


class Create(SheetView):
    """POST /create: a folder, sheet or memo."""

    def post(self, request: Request) -> Response:
        path, wanted = sheet_inputs.create_request(request.data, partial(templates.find, self.key.organization))

        def act(_: object) -> Answer:
            return Answer(201, sheet_outputs.created(sheets.create(self.key.organization, path, wanted)))

        return self.once(request, lambda: [canonical(request.data)], act)


class Edit(SheetView):
    """POST /edit: another value in a cell, or another text in a memo."""

    def post(self, request: Request) -> Response:
        asked = sheet_inputs.edit_request(request.data)
        item = sheets.find(self.key.organization, asked.path)
        if asked.text is not None:
            return Response({"ok": True, "patched": {"text": self._write_memo(item, asked.text)}})
        self._correct(item, asked)
        patched = {"row": asked.row, "column": asked.column, "value": cells.storable(asked.value)}
        return Response({"ok": True, "patched": patched})

    def _write_memo(self, item: Item, text: str) -> str:
        if item.kind != Item.Kind.MEMO:
            raise Invalid(f"This is a {item.kind}, not a memo. Give row, column and value for a sheet.")
        sheets.write_memo(item, text)
        return text

    def _correct(self, item: Item, asked: EditRequest) -> None:
        if item.kind != Item.Kind.SHEET:
            raise Invalid(f"This is a {item.kind}, not a sheet. Give text for a memo.")
        sheets.demand_writable(item)
        row = rows.find(item, asked.row)
        with transaction.atomic():
            rows.correct(row, asked.column, asked.value, author=Author(key=self.key))
            webhooks.emit(self.key.organization, "item.updated", lambda: events.item(_fresh(item, row)))


class Remove(SheetView):
    """POST /remove: an item with everything below it, or one image of a sheet."""

    def post(self, request: Request) -> Response:
        path = sheet_inputs.path_of(sheet_inputs.body(request.data))
        sheets.remove(self.key.organization, path, by=self.actor)
        return Response({"ok": True})


class View(SheetView):
    """GET /view: a folder, a memo, or the rows of a sheet."""

    def get(self, request: Request) -> Response:
        asked = sheet_inputs.view_request(request.query_params)
        organization = self.key.organization
        if not asked.path.strip("/"):
            return Response(sheet_outputs.folder("/", sheets.children(organization, None)))
        item = sheets.find(self.key.organization, asked.path)
        if item.kind == Item.Kind.FOLDER:
            return Response(sheet_outputs.folder(sheets.path_of(item), sheets.children(organization, item)))
        if item.kind == Item.Kind.MEMO:
            return Response(sheet_outputs.memo(item))
        return self._rows(item, asked)

    def _rows(self, sheet: Item, asked: ViewRequest) -> Response:
        wanted = wanted_of(sheet, asked)
        ids, matched = query.page(sheet, wanted, offset=asked.offset, limit=asked.limit)
        found = {row.id: row for row in _loaded(sheet, ids, has_boxes=asked.has_boxes)}
        printed = [
            sheet_outputs.row(self.key.organization, sheet, wanted, found[id_], has_boxes=asked.has_boxes)
            for id_ in ids
            if id_ in found
        ]
        total = sheet.rows.count() if wanted.conditions else matched
        return Response(
            sheet_outputs.page(
                sheet, wanted, printed, total=total, matched=matched, offset=asked.offset, limit=asked.limit
            )
        )


def wanted_of(sheet: Item, asked: ViewRequest) -> Query:
    """The query that the parameters name.

    Raises:
        WrongValue
    """
    return query.parse(sheet.columns, where=asked.where, sort=asked.sort, select=asked.select)


def _loaded(sheet: Item, ids: list[int], *, has_boxes: bool) -> "QuerySet[Row]":
    parts = ("values",) if has_boxes else exports.TABLE_FIELDS
    rows_of = sheet.rows.filter(id__in=ids).select_related("file")
    return rows_of.only("row_key", "name", "status", "page", "file__public_id", "file__content_type", "sheet", *parts)


def _fresh(sheet: Item, row: Row) -> Row:
    row.refresh_from_db()
    row.sheet = sheet
    return row

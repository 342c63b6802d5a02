"""What requests about folders, sheets and memos ask for. Every wrong value is named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts.errors import Invalid
from ocr.api.workspace import inputs, outputs
from ocr.api.workspace.inputs import Errors, FindTemplate
from ocr.exports import CsvStyle
from ocr.extraction.templates import TEMPLATES
from ocr.models import Item
from ocr.sheets import MAX_TEXT_LENGTH, Wanted

Json = dict[str, Any]

FORMATS = ("csv", "xlsx", "json", "jsonl")
MAX_DEPTH, MAX_LIMIT, MAX_OFFSET = 10, 500, 2**31
FALSE, TRUE = ("0", "false", "no"), ("1", "true", "yes")


@dataclass(frozen=True)
class EditRequest:
    """A checked POST /edit: the text of a memo (`text` is not None), or a cell of a sheet."""

    path: str
    row: int | str
    column: int | str
    value: Any
    text: str | None


@dataclass(frozen=True)
class ViewRequest:
    """Which rows of a sheet are asked for, and how much of them."""

    path: str
    where: list[str]
    sort: list[str]
    select: list[str]
    offset: int
    limit: int
    has_boxes: bool


@dataclass(frozen=True)
class ExportRequest:
    """A checked GET /export."""

    view: ViewRequest
    format: str
    style: CsvStyle


def body(data: Any) -> Json:
    """The JSON object of a request.

    Raises:
        Invalid
    """
    if not isinstance(data, dict):
        raise Invalid("The body is not a JSON object.")
    return data


def path_of(data: Mapping[str, Any]) -> str:
    """The required path.

    Raises:
        Invalid, ValidationFailed
    """
    path = data.get("path")
    if path is None or path == "":
        raise Invalid("path is required: / for the root, or names such as /Invoices/2026.")
    if not isinstance(path, str):
        errors = Errors()
        errors.add("path", "Must be a string.")
        errors.refuse()
    return str(path)


def create_request(data: Any, find: FindTemplate = TEMPLATES.get) -> tuple[str, Wanted]:
    """Check POST /create: the parent's path, and what to make.

    Args:
        find: Looks up a template by its id.

    Raises:
        Invalid, ValidationFailed
    """
    given, errors = body(data), Errors()
    path, kind = path_of(given), given.get("type")
    if not kind or given.get("name") in (None, ""):
        raise Invalid(f"{'name' if kind else 'type'} is required.")
    if kind not in Item.Kind.values:
        errors.add("type", f"Must be one of: {', '.join(Item.Kind.values)}.")
    columns, template_id = _columns(given, errors, find) if kind == Item.Kind.SHEET else ([], "")
    wanted = Wanted(
        kind=str(kind),
        name=_text(given, "name", errors),
        columns=columns,
        template_id=template_id,
        text=_text(given, "text", errors) if kind == Item.Kind.MEMO else "",
        prompt=_text(given, "prompt", errors),
    )
    errors.refuse()
    return path, wanted


def edit_request(data: Any) -> EditRequest:
    """Check POST /edit.

    Raises:
        Invalid, ValidationFailed
    """
    given, errors = body(data), Errors()
    path = path_of(given)
    if "text" in given:
        text = _text(given, "text", errors)
        errors.refuse()
        return EditRequest(path, 0, 0, None, text)
    for name in ("row", "column", "value"):
        if given.get(name) is None:
            raise Invalid(f"{name} is required: give row, column and value, or text for a memo.")
    for name in ("row", "column"):
        if isinstance(given[name], bool) or not isinstance(given[name], int | str):
            errors.add(name, "Must be a whole number from 0, or a string.")
    errors.refuse()
    return EditRequest(path, given["row"], given["column"], given["value"], None)


def space_request(query: QueryDict) -> tuple[str, int]:
    """Path and depth of GET /space.

    Raises:
        ValidationFailed
    """
    errors = Errors()
    depth = _whole(query, "depth", errors, default=1, least=1, most=MAX_DEPTH)
    errors.refuse()
    return query.get("path") or "/", depth


def view_request(query: QueryDict) -> ViewRequest:
    """Check GET /view.

    Raises:
        Invalid, ValidationFailed
    """
    errors = Errors()
    asked = _view(query, errors, has_boxes=True)
    errors.refuse()
    return asked


def export_request(query: QueryDict) -> ExportRequest:
    """Check GET /export.

    Raises:
        Invalid, ValidationFailed
    """
    errors = Errors()
    asked = _view(query, errors, has_boxes=False)
    form = (query.get("format") or "csv").lower()
    if form not in FORMATS:
        errors.add("format", f"Must be one of: {', '.join(FORMATS)}.")
    delimiter = {"tab": "\t", "\\t": "\t"}.get(query.get("delimiter", ","), query.get("delimiter", ","))
    if len(delimiter) != 1 or delimiter in '"\r\n\0' or not delimiter.isascii():
        errors.add("delimiter", "Must be one ASCII character such as , or ; or the word tab.")
    unfold, formulas = query.get("unfold", ""), query.get("formulas", "")
    if unfold not in ("", "blank", "repeat"):
        errors.add("unfold", "Must be blank or repeat.")
    if formulas not in ("", "escape", "raw"):
        errors.add("formulas", "Must be escape or raw.")
    style = CsvStyle(
        delimiter=delimiter,
        has_mark=_flag(query, "bom", errors, default=True),
        repeats=unfold == "repeat",
        is_raw=formulas == "raw",
    )
    errors.refuse()
    return ExportRequest(asked, form, style)


def _view(query: QueryDict, errors: Errors, *, has_boxes: bool) -> ViewRequest:
    return ViewRequest(
        path=path_of(query),
        where=query.getlist("where"),
        sort=query.getlist("sort"),
        select=[text for text in query.getlist("select") if text.strip()],
        offset=_whole(query, "offset", errors, default=0, least=0, most=MAX_OFFSET),
        limit=_whole(query, "limit", errors, default=MAX_LIMIT, least=1, most=MAX_LIMIT),
        has_boxes=_flag(query, "boxes", errors, default=has_boxes),
    )


def _columns(given: Json, errors: Errors, find: FindTemplate) -> tuple[list[Json], str]:
    columns, template_id = given.get("columns"), given.get("templateId", given.get("template_id"))
    if bool(columns) == bool(template_id):
        raise Invalid("Say what the sheet holds: give either columns or a templateId.")
    if columns:
        fields = inputs.field_list(columns, "columns", errors, may_nest=True)
        return [outputs.definition(one) for one in fields], ""
    template = inputs.template_of(template_id, errors, find)
    if template is None:
        return [], ""
    # A copy of another sheet's columns is the sheet's own.
    return [outputs.definition(one) for one in template.fields], template.id if template.is_built_in else ""


def _text(given: Json, name: str, errors: Errors) -> str:
    text = given.get(name, "")
    if text is None:
        return ""
    if not isinstance(text, str):
        errors.add(name, "Must be a string.")
        return ""
    if len(text) > MAX_TEXT_LENGTH:
        errors.add(name, f"Has {len(text)} characters; at most {MAX_TEXT_LENGTH} are allowed.")
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        errors.add(name, "Holds a NUL or half a character: send valid Unicode.")
    return text


def _whole(query: QueryDict, name: str, errors: Errors, *, default: int, least: int, most: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
        errors.add(name, f"Must be a whole number from {least} to {most}.")
        return default
    return int(text)


def _flag(query: QueryDict, name: str, errors: Errors, *, default: bool) -> bool:
    text = query.get(name, "").lower()
    if text not in ("", *FALSE, *TRUE):
        errors.add(name, "Must be 0 or 1.")
    return default if not text else text in TRUE

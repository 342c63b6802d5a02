"""What a Workspace request asks for. Every wrong value is named, all of them at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from accounts.errors import Invalid
from ocr import sources
from ocr.api.workspace.errors import ValidationFailed
from ocr.extraction.fields import TYPES, Field
from ocr.extraction.templates import TEMPLATES, Template
from ocr.languages import hinted

MAX_FIELDS = 100
MAX_NAME_LENGTH = 100
MAX_DESCRIPTION_LENGTH = 1000
IMAGE_TYPES = ("url", "base64")
MAX_PROMPT_LENGTH = 4000
WAYS = ("fields", "templateId", "autoFields")
ENGINE = 2  # Receipts and photos: PP-OCR's words are right far more often than Tesseract's.
FindTemplate = Callable[[str], Template | None]
_SPELLINGS = {"image_type": "imageType", "template_id": "templateId", "auto_fields": "autoFields",
              "language_hints": "languageHints"}  # fmt: skip


@dataclass(frozen=True)
class TextRequest:
    """A checked request for the text of one page."""

    image: str
    is_url: bool
    page: int
    language: str

    def content(self, *, limit_bytes: int) -> tuple[IO[bytes], str]:
        """The document and what its name or type claims.

        Raises:
            UrlRefused, InvalidBase64
        """
        if self.is_url:
            fetched = sources.from_url(self.image, max_bytes=limit_bytes)
            return fetched.content, sources.hint_of(fetched.final_url, fetched.content_type)
        head = sources.DATA_URI.match(self.image)
        hint = sources.hint_of(head["type"] or "") if head else ""
        return sources.from_base64(self.image[head.end() if head else 0 :]), hint


@dataclass(frozen=True)
class FieldsRequest:
    """A checked request for fields of one page.

    Attributes:
        fields: What to look for; () when they are to be proposed from the page.
        template_id: The built-in template that they belong to, or "".
        prompt: A hint for a language model, in the caller's words.
        is_flat: The caller wants plain texts, with the boxes beside them.
    """

    source: TextRequest
    fields: tuple[Field, ...]
    template_id: str
    prompt: str
    is_flat: bool


def fields_request(data: Any, query: Mapping[str, str], find: FindTemplate) -> FieldsRequest:
    """Check the JSON body and the query of POST /ocr/fields.

    Args:
        find: Looks up a template by its id.

    Raises:
        Invalid: No object, no image, or not exactly one way to say which fields.
        ValidationFailed: Values of the wrong kind.
    """
    data = _object(data)
    _demand_one_way(data)
    errors = Errors()
    fields, template_id = _fields_of(data, errors, find)
    prompt = _string(data.get("prompt"), "prompt", errors, longest=MAX_PROMPT_LENGTH)
    source = _source(data, errors)
    is_flat = _is_flat(query.get("shape", ""), errors)
    errors.refuse()
    return FieldsRequest(source, fields, template_id, prompt, is_flat)


def text_request(data: Any) -> TextRequest:
    """Check the JSON body of POST /ocr/text.

    Raises:
        Invalid: No object, no image, or something that only /ocr/fields takes.
        ValidationFailed: Values of the wrong kind.
    """
    data = _object(data)
    if given := [name for name in WAYS if data.get(name)]:
        raise Invalid(f"/ocr/text reads the whole text and takes no {given[0]}. Send it to /ocr/fields.")
    errors = Errors()
    source = _source(data, errors)
    errors.refuse()
    return source


class Errors:
    """Collects what is wrong, so that a caller mends it all in one go."""

    def __init__(self) -> None:
        self._found: list[dict[str, str]] = []

    def add(self, field: str, message: str) -> None:
        self._found.append({"field": field, "message": message})

    def refuse(self) -> None:
        if self._found:
            raise ValidationFailed(self._found)


def _object(data: Any) -> dict[str, Any]:
    """The body's values under their camel-case names; an image is among them."""
    if not isinstance(data, dict):
        raise Invalid("The body is not a JSON object.")
    values: dict[str, Any] = {_SPELLINGS.get(str(name), str(name)): value for name, value in data.items()}
    _demand_image(values)
    return values


def _source(data: dict[str, Any], errors: Errors) -> TextRequest:
    page = _page(data.get("page", 1), errors)
    is_url = _is_url(data, errors)
    hints = _hints(data.get("languageHints"), errors)
    return TextRequest(data["image"].strip(), is_url, page, hinted(hints, ENGINE))


def _is_flat(shape: str, errors: Errors) -> bool:
    if shape not in ("", "full", "flat"):
        errors.add("shape", "Must be full or flat.")
    return shape == "flat"


def _demand_image(data: dict[str, Any]) -> None:
    image = data.get("image")
    if not image:
        raise Invalid("image is required: a URL, or the file's bytes as base64.")
    if not isinstance(image, str):
        raise ValidationFailed([{"field": "image", "message": "Must be a string: a URL or base64."}])


def _demand_one_way(data: dict[str, Any]) -> None:
    ways = [name for name in WAYS if data.get(name)]
    if len(ways) > 1:
        raise Invalid(f"Give only one of fields, templateId and autoFields, not {' and '.join(ways)}.")
    if not ways:
        raise Invalid("Say which fields to read: give one of fields, templateId and autoFields.")


def _fields_of(data: dict[str, Any], errors: Errors, find: FindTemplate) -> tuple[tuple[Field, ...], str]:
    if auto := data.get("autoFields"):
        if auto is not True:
            errors.add("autoFields", "Must be true or false.")
        return (), ""
    if template_id := data.get("templateId"):
        template = template_of(template_id, errors, find)
        if template is None:
            return (), ""
        return template.fields, template.id if template.is_built_in else ""
    return field_list(data["fields"], "fields", errors, may_nest=True), ""


def template_of(template_id: Any, errors: Errors, find: FindTemplate) -> Template | None:
    """The template that a request names; an unknown one is an error."""
    template = find(template_id) if isinstance(template_id, str) and "\0" not in template_id else None
    if template is None:
        errors.add("templateId", f"Unknown. Choose one of: {', '.join(TEMPLATES)}.")
    return template


def field_list(given: Any, where: str, errors: Errors, *, may_nest: bool) -> tuple[Field, ...]:
    if not isinstance(given, list) or not given:
        errors.add(where, "Must be a list of at least one field.")
        return ()
    if len(given) > MAX_FIELDS:
        errors.add(where, f"Has {len(given)} fields; at most {MAX_FIELDS} are read at once.")
        return ()
    fields = [_field(entry, f"{where}[{index}]", errors, may_nest=may_nest) for index, entry in enumerate(given)]
    names: set[str] = set()
    for index, field in enumerate(fields):
        if field.name and field.name in names:
            errors.add(f"{where}[{index}].name", f"Two fields are called {field.name[:40]!r}; names must be unique.")
        names.add(field.name)
    return tuple(fields)


def _field(entry: Any, where: str, errors: Errors, *, may_nest: bool) -> Field:
    if not isinstance(entry, dict):
        errors.add(where, 'Must be an object such as {"name": "total", "type": "money"}.')
        return Field("")
    kind = entry.get("type", "string")
    if kind not in TYPES:
        errors.add(f"{where}.type", f"Must be one of: {', '.join(TYPES)}.")
    name = _string(entry.get("name"), f"{where}.name", errors, longest=MAX_NAME_LENGTH)
    if not name:
        errors.add(f"{where}.name", "Must not be empty.")
    description = _string(entry.get("description", ""), f"{where}.description", errors, longest=MAX_DESCRIPTION_LENGTH)
    children = _children(entry, kind, where, errors, may_nest=may_nest)
    return Field(name, kind if kind in TYPES else "string", description, children)


def _children(entry: dict[str, Any], kind: Any, where: str, errors: Errors, *, may_nest: bool) -> tuple[Field, ...]:
    given = entry.get("children")
    if kind != "array":
        if given:
            errors.add(f"{where}.children", "Only a field of type array has children.")
        return ()
    if not may_nest:
        errors.add(f"{where}.type", "An array cannot stand inside another array.")
        return ()
    return field_list(given, f"{where}.children", errors, may_nest=False)


def _string(given: Any, where: str, errors: Errors, *, longest: int) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        errors.add(where, "Must be a string.")
        return ""
    if any("\ud800" <= character <= "\udfff" for character in given):
        errors.add(where, "Holds half a character: send valid Unicode.")
    if len(given) > longest:
        errors.add(where, f"Has {len(given)} characters; at most {longest} are allowed.")
    return given.strip()


def _page(given: Any, errors: Errors) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        errors.add("page", "Must be a whole number from 1.")
        return 1
    return given


def _is_url(data: dict[str, Any], errors: Errors) -> bool:
    kind = data.get("imageType")
    if kind is None or kind == "":
        return bool(data["image"].lstrip().lower().startswith(("http://", "https://")))
    if kind not in IMAGE_TYPES:
        errors.add("imageType", "Must be url or base64.")
    return bool(kind == "url")


def _hints(given: Any, errors: Errors) -> list[str]:
    if given is None:
        return []
    hints = [given] if isinstance(given, str) else given
    if not isinstance(hints, list) or not all(isinstance(hint, str) for hint in hints):
        errors.add("languageHints", 'Must be a list of language codes such as ["ja", "en"].')
        return []
    return hints

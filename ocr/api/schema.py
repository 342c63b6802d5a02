"""The OpenAPI schema of both APIs, from the table of endpoints: hooks and inspector of drf-spectacular."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from ocr.api.endpoints import Endpoint, Parameter, all_endpoints
from ocr.api.parse import urls as parse_urls
from ocr.api.workspace import urls as workspace_urls

Json = dict[str, Any]

BODIES = {"json": "application/json", "form": "multipart/form-data"}
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "number"}, {"type": "boolean"}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


WORD = _object(WordText=TEXT, Left=NUMBER, Top=NUMBER, Height=NUMBER, Width=NUMBER)
LINE = _object(LineText=TEXT, Words=_list(WORD), MaxHeight=NUMBER, MinTop=NUMBER)
PAGE = _object(
    TextOverlay=_object(Lines=_list(LINE), HasOverlay=FLAG, Message=TEXT),
    TextOrientation={"type": "string", "enum": ["0", "90", "180", "270"]},
    FileParseExitCode={"type": "integer", "enum": [0, 1, -10, -20, -30, -99]},
    ParsedText=TEXT,
    ErrorMessage=TEXT,
    ErrorDetails=TEXT,
)
PARSE_ANSWER = {
    "type": "object",
    "properties": {
        "ParsedResults": _list(PAGE),
        "OCRExitCode": {"type": "integer", "enum": [1, 2, 3, 4, 6, 99]},
        "IsErroredOnProcessing": FLAG,
        "ErrorMessage": _list(TEXT),
        "ErrorDetails": TEXT,
        "ProcessingTimeInMilliseconds": TEXT,
        "SearchablePDFURL": TEXT,
    },
    "required": ["OCRExitCode", "IsErroredOnProcessing", "ProcessingTimeInMilliseconds"],
    "additionalProperties": False,
}
COUNT = {"type": "integer", "minimum": 0}
CONVERSIONS = _object(count_total=COUNT, count_engine1=COUNT, count_engine2=COUNT, count_engine3=COUNT)
ERROR = _object(error=_object(code=TEXT, message=TEXT, requestId=TEXT))
ANSWERS: dict[str, Json] = {
    "ParseAnswer": PARSE_ANSWER,
    "Conversions": {"anyOf": [CONVERSIONS, PARSE_ANSWER]},  # wrong parameters are told in the other shape
    "Object": {},
    "File": {"type": "string", "format": "binary"},
}


def endpoints_of_table(endpoints: list[Any]) -> list[Any]:
    """Replace the found routes, whose patterns match any spelling, by the table's."""
    patterns = [*parse_urls.urlpatterns, *workspace_urls.urlpatterns]
    callbacks = {pattern.name: pattern.callback for pattern in patterns}
    return [
        (endpoint.path, endpoint.path, endpoint.method, callbacks[endpoint.route])
        for endpoint in all_endpoints()
        if endpoint.route in callbacks
    ]


class TableSchema(AutoSchema):
    """Describes an operation as the table does."""

    @property
    def _endpoint(self) -> Endpoint:
        return next(e for e in all_endpoints() if (e.path, e.method) == (self.path, self.method))

    def get_operation_id(self) -> str:
        return self._endpoint.slug

    def get_summary(self) -> str:
        return self._endpoint.title

    def get_description(self) -> str:
        return self._endpoint.about

    def get_tags(self) -> list[str]:
        return [{"parse": "Parse API", "workspace": "Workspace API"}[self._endpoint.family]]

    def get_auth(self) -> list[Json]:
        return [{"bearer": []}, {"apikey": []}] if self._endpoint.family == "parse" else [{"bearer": []}]

    def _get_parameters(self) -> list[Json]:
        places = [part.split("}")[0] for part in self.path.split("{")[1:]]
        in_path: list[Json] = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in places]
        if self._endpoint.body != "none":
            return in_path
        in_query = [
            {"name": p.name, "in": "query", "required": p.required, "description": p.about, "schema": _schema(p)}
            for p in self._endpoint.parameters
        ]
        return in_path + in_query

    def _get_request_body(self, direction: str = "request") -> Json | None:
        endpoint = self._endpoint
        if endpoint.body == "none":
            return None
        properties = {p.name: {**_schema(p), "description": p.about} for p in endpoint.parameters}
        required = [parameter.name for parameter in endpoint.parameters if parameter.required]
        schema = {"type": "object", "properties": properties, **({"required": required} if required else {})}
        example = {name: value for name, value in endpoint.example.items() if name != endpoint.file_parameter}
        return {"content": {BODIES[endpoint.body]: {"schema": schema, "example": example}}}

    def _get_response_bodies(self, direction: str = "response") -> Json:
        is_parse = self._endpoint.family == "parse"
        refusal = _content(TEXT) if is_parse else _content(ERROR)
        answers = {"200": {"description": "Read, or the reason why not." if is_parse else "Done.",
                           **_content(ANSWERS[self._endpoint.answer])}}  # fmt: skip
        if is_parse:
            return {**answers, "403": {"description": "The key is missing, wrong or used up.", **refusal}}
        return {**answers, "default": {"description": "What was wrong, and what to do.", **refusal}}


def _content(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _schema(parameter: Parameter) -> Json:
    if parameter.type == "file":
        return {"type": "string", "format": "binary"}
    schema: Json = {"type": parameter.type}
    if parameter.type == "array":
        schema["items"] = {}
    if parameter.one_of:
        schema["enum"] = list(parameter.one_of)
    if parameter.default:
        schema["default"] = _typed(parameter)
    return schema


def _typed(parameter: Parameter) -> object:
    if parameter.type == "boolean":
        return parameter.default == "true"
    return int(parameter.default) if parameter.type == "integer" else parameter.default

"""The OpenAPI schema of both APIs, from the table of endpoints: hooks and inspector of drf-spectacular."""

from typing import Any

from drf_spectacular.openapi import AutoSchema

from ocr.api import answers
from ocr.api.endpoints import Endpoint, Parameter, all_endpoints
from ocr.api.parse import urls as parse_urls
from ocr.api.workspace import urls as workspace_urls

Json = dict[str, Any]

BODIES = {"json": "application/json", "form": "multipart/form-data"}


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
        in_path: list[Json] = [
            {"name": name, "in": "path", "required": True, "schema": answers.TEXT} for name in places
        ]
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
        endpoint = self._endpoint
        if endpoint.family == "parse":
            read = {"description": "Read, or the reason why not.", **_answer(endpoint)}
            refusal = {"description": "The key is missing, wrong or used up.", **_content(answers.TEXT)}
            return {"200": read, "403": refusal}
        done = {"description": "Done.", **_answer(endpoint)}
        error = {"description": "What was wrong, and what to do.", **_content(answers.ref("Error"))}
        return {str(endpoint.status): done, **({"200": done} if endpoint.route == "upload" else {}), "default": error}


def with_answers(result: Json, **_: Any) -> Json:
    """Put the schemas of all answers among the components."""
    components = result.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **answers.SCHEMAS}
    return result


def _answer(endpoint: Endpoint) -> Json:
    return _content(answers.ref(endpoint.answer))


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

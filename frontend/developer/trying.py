"""The playground's form for an endpoint, and the call that it stands for, both from the table of endpoints. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from frontend.reference.calls import Call, of
from ocr.api.endpoints import Endpoint, Parameter

PATH_PART = re.compile(r"\{(\w+)\}")
# A file chosen for a JSON body: the script puts its base64 in this place when it sends.
FILE_IN_JSON = "<base64 of {}>"


@dataclass(frozen=True)
class Entry:
    """One field of the form; `kind`: path, file, choice, flag or text."""

    name: str
    about: str
    kind: str
    choices: tuple[str, ...] = ()
    value: str = ""
    required: bool = False
    is_repeated: bool = False


def entries(endpoint: Endpoint) -> list[Entry]:
    """The form's fields: parts of the path, then parameters; those of a JSON body stand in its text."""
    parts = [Entry(name, "", "path", required=True) for name in PATH_PART.findall(endpoint.path)]
    if endpoint.body == "json":
        return parts
    return parts + [_entry(endpoint, parameter) for parameter in endpoint.parameters]


def _entry(endpoint: Endpoint, parameter: Parameter) -> Entry:
    example = endpoint.example.get(parameter.name, "")
    common = {"required": parameter.required, "is_repeated": parameter.name in ("where", "sort")}
    if parameter.type == "file":
        return Entry(parameter.name, parameter.about, "file", is_repeated=parameter.name == "files")
    value = str(example) if not str(example).startswith("https://example.com") else ""
    if parameter.type == "boolean":
        return Entry(parameter.name, parameter.about, "choice", ("true", "false"), value)
    if parameter.one_of:
        return Entry(parameter.name, parameter.about, "choice", parameter.one_of, value)
    return Entry(parameter.name, parameter.about, "text", (), value, **common)


def json_text(endpoint: Endpoint) -> str:
    """The body that the editor begins with; "" where there is none."""
    return json.dumps(endpoint.example, indent=2, ensure_ascii=False) if endpoint.body == "json" else ""


def call(endpoint: Endpoint, site_url: str, *, values: Mapping[str, str], body: object, file_name: str) -> Call:
    """What the filled-in form sends, with a key to fill in.

    Args:
        values: Of the form's fields, the empty ones left out.
        body: The JSON body, understood.
        file_name: Of the file that was chosen, or "".
    """
    path = PATH_PART.sub(lambda part: values.get(part[1], part[0]), endpoint.path)
    example: dict[str, object] = {
        name: value for name, value in values.items() if "{" + name + "}" not in endpoint.path
    }
    if endpoint.body == "json":
        example = dict(body) if isinstance(body, Mapping) else {}
    elif file_name and endpoint.file_parameter:
        example[endpoint.file_parameter] = file_name
    return of(replace(endpoint, path=path, example=example), site_url)

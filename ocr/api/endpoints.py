"""The table of all endpoints, read from `endpoints.toml`: what the schema, the pages and the samples say. Pure."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class Parameter:
    """One parameter, named as users write it.

    Attributes:
        type: string, boolean, integer, array, or file.
        default: As text; "" for none.
    """

    name: str
    about: str
    type: str = "string"
    default: str = ""
    one_of: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One method of one path.

    Attributes:
        route: Name in the URL table.
        family: parse or workspace.
        body: form, json, or none: then the parameters stand in the query.
        answer: Name of the answer's schema, see `answers.py`.
        status: Of an answer to a call that succeeds.
        example: What the samples send.
    """

    route: str
    method: str
    path: str
    family: str
    title: str
    about: str
    body: str
    answer: str
    status: int = 200
    parameters: tuple[Parameter, ...] = ()
    example: Mapping[str, object] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """For addresses of pages, and as the operation's id."""
        return f"{self.method.lower()}-{'-'.join(re.findall(r'[a-z]+', self.path.lower()))}"

    @property
    def file_parameter(self) -> str:
        """The parameter that takes files; "" for none."""
        return next((parameter.name for parameter in self.parameters if parameter.type == "file"), "")


@cache
def all_endpoints() -> tuple[Endpoint, ...]:
    """In the order of the pages."""
    return tuple(_endpoint(**entry) for entry in tomllib.loads(FILE.read_text())["endpoint"])


def _endpoint(parameters: list[dict[str, object]] | None = None, **entries: str) -> Endpoint:
    read = tuple(_parameter(**parameter) for parameter in parameters or ())  # type: ignore[arg-type]
    return Endpoint(parameters=read, **entries)  # type: ignore[arg-type]


def _parameter(one_of: tuple[str, ...] = (), **entries: str) -> Parameter:
    return Parameter(one_of=tuple(one_of), **entries)  # type: ignore[arg-type]

"""Stripe's API as the installed SDK describes it: routes and typed parameters, read from its source.

The only hand-written rules of the fake are those that types cannot say (`calls.py`).
"""

import ast
import importlib
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NotRequired

import stripe
from stripe import RequestOptions
from typing_extensions import is_typeddict

ROOT = Path(stripe.__file__).parent
REQUEST_OPTIONS = frozenset(RequestOptions.__annotations__)
_PLACEHOLDER = re.compile(r"\{\w+\}")


class Refused(Exception):
    """A request that the SDK's types forbid."""

    def __init__(self, message: str, param: str = "") -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True)
class Route:
    """One call of the API."""

    verb: str
    path: str
    module: str
    params: str

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(_PLACEHOLDER.sub("([^/]+)", self.path) + "$")


@cache
def routes() -> dict[tuple[str, str], Route]:
    """Every route of the SDK by verb and path template."""
    found = (route for file in sorted(ROOT.rglob("*_service.py")) for route in _routes_of(file))
    return {(route.verb, route.path): route for route in found}


def find(verb: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The route of a path and the values of its placeholders; fixed words win over placeholders."""
    fits = [(route, match) for route in _by_verb(verb) if (match := route.pattern.match(path))]
    if not fits:
        raise Refused(f"Unrecognized request URL ({verb.upper()}: {path}).")
    route, match = min(fits, key=lambda fit: fit[0].path.count("{"))
    return route, match.groups()


def check(route: Route, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters with their types, or why Stripe would refuse them."""
    if not route.params:
        if given:
            raise Refused(f"Received unknown parameter: {next(iter(given))}", next(iter(given)))
        return {}
    return _mapping(given, getattr(importlib.import_module(route.module), route.params), "")


@cache
def _by_verb(verb: str) -> list[Route]:
    return [route for route in routes().values() if route.verb == verb]


def _routes_of(file: Path) -> Iterator[Route]:
    tree = ast.parse(file.read_text())
    modules = {
        alias.name: node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    for method in ast.walk(tree):
        if isinstance(method, ast.FunctionDef):
            yield from _route_of(method, modules)


def _route_of(method: ast.FunctionDef, modules: dict[str, str]) -> Iterator[Route]:
    for call in ast.walk(method):
        if not (isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "_request"):
            continue
        verb, path = call.args[0], call.args[1]
        if isinstance(path, ast.Call):  # "/v1/x/{id}".format(…)
            path = path.func.value  # type: ignore[attr-defined]
        annotation = next((a.annotation for a in method.args.args + method.args.kwonlyargs if a.arg == "params"), None)
        named = re.search(r"(\w+Params)\b", ast.unparse(annotation)) if annotation else None
        name = named[1] if named else ""
        yield Route(verb.value, path.value, modules.get(name, ""), name)  # type: ignore[attr-defined]


@cache
def _fields(typed: type) -> dict[str, tuple[Any, bool]]:
    """Name → (type, required) of a TypedDict, without the options of every request."""
    own = {name: kind for name, kind in typed.__annotations__.items() if name not in REQUEST_OPTIONS}
    dummy = types.new_class("Own", (), {}, lambda space: space.update(__annotations__=own))
    names = vars(importlib.import_module(typed.__module__))
    hints = typing.get_type_hints(dummy, globalns={**vars(typing), **names}, include_extras=True)
    return {
        name: (typing.get_args(kind)[0], False) if typing.get_origin(kind) is NotRequired else (kind, True)
        for name, kind in hints.items()
    }


def _mapping(given: Any, typed: type, where: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused(f"Invalid object: {where}", where)
    fields = _fields(typed)
    for name in given:
        if name not in fields:
            raise Refused(f"Received unknown parameter: {_inside(where, name)}", _inside(where, name))
    for name, (_, is_required) in fields.items():
        if is_required and name not in given:
            raise Refused(f"Missing required param: {_inside(where, name)}.", _inside(where, name))
    return {name: _value(value, fields[name][0], _inside(where, name)) for name, value in given.items()}


def _value(given: Any, kind: Any, where: str) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _one_of(given, inner, where)
    if origin is typing.Literal:
        return _word(given, inner, where)
    if origin is list:
        return [_value(each, inner[0], f"{where}[{index}]") for index, each in enumerate(_listed(given, where))]
    if is_typeddict(kind):
        return _mapping(given, kind, where)
    is_open = origin is not None or (isinstance(kind, type) and kind.__name__ == "UntypedStripeObject")
    return _named(given, inner, where) if is_open else _plain(given, kind, where)


def _word(given: Any, allowed: tuple[Any, ...], where: str) -> Any:
    if given in allowed:
        return given
    raise Refused(f"Invalid {where}: must be one of {', '.join(map(str, allowed))}", where)


def _named(given: Any, inner: tuple[Any, ...], where: str) -> dict[str, Any]:
    """A mapping with names of the caller's: metadata, currency options."""
    if not isinstance(given, dict):
        raise Refused(f"Invalid object: {where}", where)
    kind = inner[-1] if inner else Any
    return {name: _value(each, kind, _inside(where, name)) for name, each in given.items()}


def _one_of(given: Any, kinds: tuple[Any, ...], where: str) -> Any:
    """Unions; one of a Literal and str is closed: since 16.1 the SDK opens them only for type checkers."""
    literals = [kind for kind in kinds if typing.get_origin(kind) is typing.Literal]
    closed = [kind for kind in kinds if not (kind is str and literals)]
    refusals = []
    for kind in closed:
        if kind is type(None):
            continue
        try:
            return _value(given, kind, where)
        except Refused as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _plain(given: Any, kind: Any, where: str) -> Any:
    if isinstance(given, dict | list) and kind is not Any:
        raise Refused(f"Invalid string: {where}", where)
    try:
        if kind is bool:
            return {"true": True, "false": False, True: True, False: False}[given]
        if kind in (int, float, Decimal):
            return kind(given)
    except (KeyError, ValueError, ArithmeticError):
        raise Refused(f"Invalid {kind.__name__}: {where}", where) from None
    return given


def _listed(given: Any, where: str) -> list[Any]:
    if isinstance(given, dict) and set(given) == {str(index) for index in range(len(given))}:
        return [given[str(index)] for index in range(len(given))]
    if isinstance(given, list):
        return given
    raise Refused(f"Invalid array: {where}", where)


def _inside(where: str, name: str) -> str:
    return f"{where}[{name}]" if where else name


def decode(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A form body, a[b][0][c]=…, as nested values."""
    decoded: dict[str, Any] = {}
    for key, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", key)
        place = decoded
        *folders, name = [first, *rest]
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    return decoded

"""The second wall: within `only(organization)`, PostgreSQL shows and takes that organization's rows alone.

The first wall is that every look-up walks from the organization. This one holds where a filter was
forgotten. Role and organization are set for one transaction at a time, because a setting of the whole
session would stay on a pooled connection for the next request. On SQLite there is no such wall.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from accounts import walls
from accounts.models import Organization

_organization: ContextVar[int | None] = ContextVar("organization", default=None)
NARROW = f"SELECT set_config('spocr.organization', %s, true), set_config('role', '{walls.ROLE}', true)"
WIDEN = "SELECT set_config('spocr.organization', '', true), set_config('role', 'none', true)"


@contextmanager
def only(organization: Organization) -> Iterator[None]:
    """Rows of other organizations do not exist within this block."""
    token = _organization.set(organization.id)
    try:
        yield
    finally:
        _organization.reset(token)
        _widen()


@contextmanager
def everyone() -> Iterator[None]:
    """The exception, by name: what must look across organizations, such as a person's list of theirs."""
    token = _organization.set(None)
    _widen()
    try:
        yield
    finally:
        _organization.reset(token)


def enter(organization: Organization) -> None:
    """As `only`, until `leave`; for the doors, whose request ends elsewhere."""
    _organization.set(organization.id)


def leave() -> None:
    _organization.set(None)
    _widen()


class TenancyMiddleware:
    """Ends with each request what a door began with `enter`, after the last streamed byte."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            response = self._get_response(request)
            organization_id = _organization.get()
            if organization_id is not None and isinstance(response, StreamingHttpResponse):
                _stream_within(organization_id, response)
            return response
        finally:
            leave()


def _stream_within(organization_id: int, response: StreamingHttpResponse) -> None:
    if getattr(response, "file_to_stream", None) is not None:
        return  # a file asks the database nothing

    def narrowed(parts: Iterator[bytes]) -> Iterator[bytes]:
        _organization.set(organization_id)
        try:
            yield from parts
        finally:
            leave()

    response.streaming_content = narrowed(iter(response.streaming_content))  # type: ignore[arg-type]


def attach(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Django's `connection_created`: narrow what is asked through this connection."""
    if connection.vendor == "postgresql" and _narrowed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_narrowed)


def _narrowed(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    organization_id, connection = _organization.get(), context["connection"]
    if organization_id is None or _has_failed(connection) or not _has_role(connection):
        return execute(sql, params, many, context)
    if connection.in_atomic_block:
        # Each time: going back to a savepoint takes a setting made after it back, too.
        connection.connection.execute(NARROW, [str(organization_id)])
        return execute(sql, params, many, context)
    with transaction.atomic(using=connection.alias):
        connection.connection.execute(NARROW, [str(organization_id)])
        return execute(sql, params, many, context)


def _widen() -> None:
    """Within a transaction that goes on, become ourselves again."""
    for connection in connections.all(initialized_only=True):
        is_open = connection.vendor == "postgresql" and connection.in_atomic_block and connection.connection is not None
        if is_open and not _has_failed(connection):
            connection.connection.execute(WIDEN)


def _has_failed(connection: BaseDatabaseWrapper) -> bool:
    # Nothing but going back is possible; the savepoint it goes back to has its own setting.
    return bool(connection.connection.info.transaction_status.name == "INERROR")


def _has_role(connection: BaseDatabaseWrapper) -> bool:
    known: bool | None = getattr(connection, "_spocr_has_role", None)
    if known is None:
        token = _organization.set(None)
        try:
            known = walls.has_role(connection)
        finally:
            _organization.reset(token)
        connection._spocr_has_role = known  # type: ignore[attr-defined]
    return known

"""Finds an API key with its organization by one indexed query.

Every request to an API does this. Django would make the statement's text anew each time, which takes ten
times as long as the database's answer; here it is made once for each connection.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.models import ApiKey, Organization

_UNKNOWN = "digest"


@dataclass(frozen=True)
class _Statement:
    """SQL with one parameter, and how the columns of its row become objects."""

    sql: str
    compiler: Any
    converters: dict[int, Any]
    key_names: tuple[str, ...]
    organization_names: tuple[str, ...]

    def read(self, row: tuple[Any, ...]) -> ApiKey:
        values = next(iter(self.compiler.apply_converters([row], self.converters)))
        width = len(self.key_names)
        key = ApiKey.from_db(connection.alias, self.key_names, values[:width])
        key.organization = Organization.from_db(connection.alias, self.organization_names, values[width:])
        return key


def by_digest(digest: str) -> ApiKey | None:
    """The key whose secret has this SHA-256, revoked or not; its organization is loaded with it."""
    statement = _statement()
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, [digest])
        row = cursor.fetchone()
    return statement.read(row) if row else None


def _statement() -> _Statement:
    made: _Statement | None = getattr(connection, "_spocr_key_statement", None)
    if made is None:
        made = _make()
        connection._spocr_key_statement = made  # type: ignore[attr-defined]
    return made


def _make() -> _Statement:
    query = ApiKey.objects.select_related("organization").filter(digest=_UNKNOWN).query
    compiler = query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    assert tuple(parameters) == (_UNKNOWN,)  # noqa: S101 - the one parameter is the digest
    names = [tuple(field.attname for field in model._meta.concrete_fields) for model in (ApiKey, Organization)]
    columns = [expression.target.attname for expression, _, _ in compiler.select]
    assert columns == [*names[0], *names[1]]  # noqa: S101 - in the order of the models' fields
    converters = compiler.get_converters([expression for expression, _, _ in compiler.select])
    return _Statement(sql, compiler, converters, *names)

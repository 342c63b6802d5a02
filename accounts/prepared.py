"""Queries that run with every request or page: put together by Django once, planned by PostgreSQL once, then executed.

Composing the SQL of a model and five relatives costs several times what the database takes to answer it, and so does
planning it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.utils import CursorWrapper
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


def planned_once() -> CursorWrapper:
    """A cursor for statements that come again and again in the same words.

    PostgreSQL binds their parameters itself and plans each only once for a connection (`prepare_threshold`, and
    `plan_cache_mode` in `patience`); with Django's own cursors it takes each one for a new statement.
    """
    # Itself and not the thread's stand-in, each attribute of which costs as much as a line of ours.
    own: Any = connections[DEFAULT_DB_ALIAS]
    if own.vendor != "postgresql":
        return cast(CursorWrapper, own.cursor())
    from django.db.backends.postgresql.base import ServerBindingCursor  # psycopg is not loaded for SQLite

    own.close_if_health_check_failed()
    own.ensure_connection()
    bound = ServerBindingCursor(own.connection)  # type: ignore[call-arg] # the stubs know none of psycopg's
    return cast(CursorWrapper, own._prepare_cursor(bound))


class Prepared(Generic[M]):
    """Finds one row with what `select_related` names.

    Args:
        build: Gives the query with any values in the places of its parameters, and with no other parameters.
    """

    def __init__(self, build: "Callable[[], models.QuerySet[M]]") -> None:
        self._build = build

    def get(self, *parameters: Any, before: str = "") -> M | None:
        """The row that is found with these parameters, in the order of the SQL; None: there is none.

        Args:
            before: SQL in front of the query: `WITH` and what it names. Its parameters come first.
        """
        sql, made = self._compiled
        with planned_once() as cursor:
            cursor.execute(f"{before} {sql}", parameters)
            row = cursor.fetchone()
        return None if row is None else made(row)

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[tuple[Any, ...]], M]]:
        """The SQL, and what makes models of a row, as `django.db.models.query.ModelIterable` does."""
        compiler = self._build().query.get_compiler(connection=connection)
        sql, _ = compiler.as_sql()
        select, about = compiler.select, compiler.klass_info
        converters = compiler.get_converters([column for column, _, _ in select])
        relatives = get_related_populators(about, select, connection.alias)  # type: ignore[call-arg]
        first, last = about["select_fields"][0], about["select_fields"][-1] + 1
        names = [column.target.attname for column, _, _ in select[first:last]]

        def made(row: tuple[Any, ...]) -> M:
            values = next(iter(compiler.apply_converters([row], converters)))
            model: M = about["model"].from_db(connection.alias, names, values[first:last])
            for relative in relatives:
                relative.populate(values, model)
            return model

        return sql, made

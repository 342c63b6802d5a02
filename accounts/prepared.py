"""Queries that run with every request or page: put together by Django once, then only executed.

Composing the SQL of a model and five relatives costs several times what the database takes to answer it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


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
        with connection.cursor() as cursor:
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

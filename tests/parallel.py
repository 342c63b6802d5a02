"""Acts that happen at the same moment, each with a database connection of its own."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(act: Callable[[], T], times: int) -> list[T | Exception]:
    """What each of so many threads gets that start `act` together: its value, or what it raised."""
    start = Barrier(times)

    def run(_: int) -> T | Exception:
        try:
            start.wait()
            return act()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(run, range(times)))


def side_by_side(act: Callable[[object], T], subjects: Iterable[object], *, threads: int) -> list[T]:
    """`act` on every subject, so many at a time, in order."""

    def run(subject: object) -> T:
        try:
            return act(subject)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, subjects))

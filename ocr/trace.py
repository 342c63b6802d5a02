"""What becomes known of a request or job while it is worked on: stages, pages, charge, error. Pure.

Code at any depth adds to the present trace; where there is none, such as in a command, it is lost.
`ocr/request_log.py` keeps those of requests for the organization. Times and ids only, never content.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field


@dataclass
class Trace:
    """One request or job.

    Attributes:
        name: The request's route, or "job". "" where none was found: nobody watches that.
        method: The request's; a job has none.
        subject: Public id of the request or job.
        parent: W3C's traceparent, as the caller sent it.
        began_ns, ended_ns: Since 1970.
        spent: Stage and seconds, as they were measured; a stage may come several times, from several threads.
        usage_id: The record in the ledger that pays for it, if one does.
        error: Code of the error that it was answered with, or that its first failed page had.
    """

    name: str = ""
    method: str = ""
    subject: str = ""
    parent: str = ""
    status: int = 0
    began_ns: int = field(default_factory=time.time_ns)
    ended_ns: int = 0
    organization: str = ""
    key: str = ""
    spent: list[tuple[str, float]] = field(default_factory=list)
    engine: int | None = None
    pages: int = 0
    units: int = 0
    usage_id: int | None = None
    error: str = ""

    def stages(self) -> dict[str, int]:
        """Milliseconds of each stage, in the order in which they began to be measured."""
        total: dict[str, float] = {}
        for stage, seconds in self.spent:
            total[stage] = total.get(stage, 0.0) + seconds
        return {stage: round(seconds * 1000) for stage, seconds in total.items()}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the block."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.spent.append((name, time.perf_counter() - started))

    def page(self, seconds: float, engine_seconds: float) -> None:
        """A page came back: time until then, and the part of it that an engine took."""
        self.spent.append(("queue", max(seconds - engine_seconds, 0.0)))
        self.spent.append(("engine", engine_seconds))


_present: ContextVar[Trace | None] = ContextVar("trace", default=None)


_watchers: list[Callable[[Trace], None]] = []


def watch(watcher: Callable[[Trace], None]) -> None:
    """Call it with every trace of this process that ends from now on. It must not raise, nor wait."""
    _watchers.append(watcher)


def begin() -> Token[Trace | None]:
    """Begin a trace; give the token back to `end`."""
    return _present.set(Trace())


def end(token: Token[Trace | None]) -> None:
    """End the present trace and tell who watches."""
    known = present()
    _present.reset(token)
    known.ended_ns = time.time_ns()
    for watcher in _watchers:
        watcher(known)


def present() -> Trace:
    """The trace of the present request, or one that nobody reads."""
    return _present.get() or Trace()

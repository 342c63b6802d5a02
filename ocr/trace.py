"""What becomes known of a request while it is served: stages, pages, charge, error. Pure.

Code at any depth adds to the trace of the present request; where there is none, such as in a worker, it is lost.
`ocr/request_log.py` keeps it for the organization. Times only, never content.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field


@dataclass
class Trace:
    """One request.

    Attributes:
        spent: Stage and seconds, as they were measured; a stage may come several times, from several threads.
        usage_id: The record in the ledger that pays for it, if one does.
        error: Code of the error that it was answered with, or that its first failed page had.
    """

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


def begin() -> Token[Trace | None]:
    """Begin the trace of a request; give the token back to `end`."""
    return _present.set(Trace())


def end(token: Token[Trace | None]) -> None:
    _present.reset(token)


def present() -> Trace:
    """The trace of the present request, or one that nobody reads."""
    return _present.get() or Trace()

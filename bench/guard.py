"""Tells a clean run from one that other work on the machine disturbed.

Before a run the machine must be quiet; during it, the CPU time that neither the bench nor the
service used must stay under a tenth of the wall time. Runs that fail are repeated, up to a limit,
and counted.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

QUIET_SHARE = 0.08
FOREIGN_SHARE = 0.10
QUIET_SECONDS = 2.0
MAX_WAIT_SECONDS = 20.0
TICKS = os.sysconf("SC_CLK_TCK")


T = TypeVar("T")


@dataclass(frozen=True)
class Run(Generic[T]):
    """One measured run: `value` by the measure's own unit, and the CPU time of the bench and all that it started."""

    value: T
    foreign_share: float
    own_seconds: float

    @property
    def is_clean(self) -> bool:
        return self.foreign_share < FOREIGN_SHARE


def measure(act: Callable[[], T]) -> Run[T]:
    """Wait for quiet, run `act` and say how much foreign work went on beside it."""
    _wait_for_quiet()
    cpu, ours, started = _machine_seconds(), _own_seconds(), time.monotonic()
    value = act()
    wall = time.monotonic() - started
    own = _own_seconds() - ours
    foreign = (_machine_seconds() - cpu) - own
    return Run(value, max(foreign, 0.0) / wall, own)


def _wait_for_quiet() -> None:
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        before = _machine_seconds()
        time.sleep(QUIET_SECONDS)
        if (_machine_seconds() - before) / QUIET_SECONDS < QUIET_SHARE:
            return


def _machine_seconds() -> float:
    """User, nice and system time of all processors since the start of the machine."""
    values = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return sum(map(int, values[1:4])) / TICKS


def _own_seconds() -> float:
    """CPU time of this process and everything below it, ended children included."""
    parents: dict[int, list[int]] = {}
    times: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        times[pid] = sum(map(int, fields[11:15])) / TICKS
    return _sum_below(os.getpid(), parents, times)


def _sum_below(pid: int, parents: dict[int, list[int]], times: dict[int, float]) -> float:
    return times.get(pid, 0.0) + sum(_sum_below(child, parents, times) for child in parents.get(pid, []))

"""The worker's threads: who looks for work, and when."""

import threading

import pytest

from ocr import worker
from ocr.worker import Turn
from tests.engines import in_background, until


def test_of_all_who_have_nothing_to_do_one_looks(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(worker.time, "monotonic", lambda: now[0])
    turn = Turn()

    looked = [turn.is_due() for _ in range(5)]
    now[0] += worker.POLL_SECONDS
    looked_again = [turn.is_due() for _ in range(5)]

    assert looked == looked_again == [True, False, False, False, False]


def test_who_found_work_looks_again_at_once_whoever_looked_meanwhile():
    stopping, turn, found = threading.Event(), Turn(), []

    def act() -> bool:
        found.append(turn.is_due())
        if len(found) == 20:
            stopping.set()
        return True

    worker._repeat(act, turn, stopping)

    assert found == [False] * 20


@pytest.mark.parametrize("fault", [RuntimeError, ConnectionError])
def test_a_fault_ends_no_thread(monkeypatch, fault):
    monkeypatch.setattr(worker, "AFTER_FAULT_SECONDS", 0.01)
    stopping, calls = threading.Event(), []

    def act() -> bool:
        calls.append(1)
        raise fault

    thread, _ = in_background(lambda: worker._repeat(act, Turn(), stopping))
    until(lambda: len(calls) > 1)
    stopping.set()
    thread.join(10)

    assert not thread.is_alive()

"""A process that is told to end does so at whatever moment it is told, and however often."""

import subprocess
import sys

import pytest

from tests.commands.test_serve import ROOT

BEGINNING = "import signal; from frontend.operation import ending; stopping = ending.told()"
AT_BAD_MOMENTS = {
    "in the middle of a wait": "lock = stopping._cond; lock.acquire(); signal.raise_signal(15); lock.release()",
    "twice": "signal.raise_signal(signal.SIGINT); signal.raise_signal(signal.SIGTERM)",
    "a thousand times": "import os; [os.kill(os.getpid(), signal.SIGTERM) for _ in range(1000)]",
}


@pytest.mark.parametrize("moment", AT_BAD_MOMENTS.values(), ids=AT_BAD_MOMENTS)
def test_a_process_told_to_end_hears_it(moment):
    program = f"{BEGINNING}; {moment}; print(stopping.wait(20))"

    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (ended.stdout, ended.stderr) == ("True\n", "")

"""What an engine process can still do after it is locked down: read its models, and little else."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKED = """
import os, socket, subprocess, sys, threading
from pathlib import Path
from ocr import sandbox
victim = Path(sys.argv[1])
inherited = open(victim)
walls = sandbox.lock_down(memory_mb=512, may_start_programs=False)
assert set(walls) == {"limits", "landlock", "seccomp"}, walls
"""


def locked(act: str, victim: Path) -> str:
    """What a locked-down process prints that tries `act`: a line, or the name of the error."""
    script = LOCKED + f"try:\n    print({act})\nexcept BaseException as error:\n    print(type(error).__name__)\n"
    done = subprocess.run(
        [sys.executable, "-c", script, str(victim)],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    return done.stdout.strip() or f"died: {done.stderr}"


@pytest.fixture
def victim(tmp_path) -> Path:
    file = tmp_path / "another-upload.txt"
    file.write_text("secret\n")
    return file


@pytest.mark.parametrize(
    "act",
    [
        "victim.read_text()",
        "victim.write_text('x')",
        "os.listdir(victim.parent)",
        "Path('/etc/passwd').read_text()",
        "os.listdir('/root' if os.getuid() == 0 else '/home')",
        "Path('/tmp/made-by-an-engine').write_text('x')",
        "Path(f'/proc/{os.getppid()}/environ').read_bytes()",
        "Path(f'/proc/{os.getppid()}/cmdline').read_bytes()",
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.create_connection(('127.0.0.1', 80))",
        "subprocess.run(['/bin/true'])",
        "os.execv('/bin/sh', ['sh', '-c', 'true'])",
        "os.kill(os.getppid(), 0)",
        "os.symlink('/etc/passwd', victim.parent / 'link')",
        "victim.unlink()",
    ],
)
def test_an_engine_is_refused(act, victim):
    assert locked(act, victim) == "PermissionError"
    assert victim.read_text() == "secret\n"


@pytest.mark.parametrize(
    ("act", "answer"),
    [
        ("inherited.read().strip()", "secret"),
        ("len(Path('/dev/urandom').open('rb').read(4))", "4"),
        ("Path('/dev/null').write_text('gone')", "4"),
        ("len(os.listdir('/usr')) > 0", "True"),
        ("len(Path('/proc/self/statm').read_text()) > 0", "True"),
        ("threading.Thread(target=print).start()", "None"),
    ],
)
def test_an_engine_keeps_what_it_needs(act, answer, victim):
    assert locked(act, victim).splitlines()[-1] == answer


def test_memory_ends_at_the_limit(victim):
    assert locked("len(bytearray(700 * 1024 * 1024))", victim) == "MemoryError"
    assert locked("len(bytearray(100 * 1024 * 1024))", victim) == str(100 * 1024 * 1024)


def test_the_adapter_that_starts_the_program_has_no_network_either(victim):
    script = LOCKED.partition("walls")[0] + (
        "walls = sandbox.lock_down(memory_mb=512, may_start_programs=True)\n"
        "print(subprocess.run(['/bin/true']).returncode)\n"
        "try:\n    socket.socket()\nexcept PermissionError:\n    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(victim)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.stdout.split() == ["0", "refused"]

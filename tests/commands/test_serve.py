"""`manage.py serve` as an operator meets it: a program with children, started and stopped for real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.poison import GOOD

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 180


@pytest.fixture
def service(tmp_path):
    running = Service(tmp_path)
    yield running
    running.stop()


class Service:
    """A portal with a demo account on a free port, in an empty data folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        log = folder / "log"
        # Not the test run's database: a start on an empty machine.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = {**kept, "SPOCR_DATA_DIR": str(folder / "data"), "PORT": str(self.port), **settings}
        command = [sys.executable, str(ROOT / "manage.py"), "serve", "--demo"]
        self.environment = environment
        with log.open("wb") as out:
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        try:
            wait_until(lambda: "is running at" in log.read_text(), log)
        except BaseException:
            self.stop()  # nobody else has it yet
            raise
        self.banner = log.read_text()
        self.key = re.search(r"API key: +(\S+)", self.banner)[1]

    def parse(self) -> dict:
        body = GOOD["png_rgb"]()
        url = f"http://127.0.0.1:{self.port}/parse/image"
        form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + body + b"\r\n--x--\r\n"
        headers = {"apikey": self.key, "Content-Type": "multipart/form-data; boundary=x"}
        with urlopen(Request(url, form, headers), timeout=60) as answer:
            return json.load(answer)

    def children(self, text: str) -> list[int]:
        return [pid for pid in descendants(self.process.pid) if text in command_of(pid)]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(45)


def test_the_key_of_the_banner_reads_an_image(service):
    answer = service.parse()

    assert "INVOICE 12345" in answer["ParsedResults"][0]["ParsedText"]


def test_the_printed_curl_line_works_when_pasted(service):
    line = re.search(r"^ +(curl .*)$", service.banner, re.MULTILINE)[1]

    pasted = subprocess.run(line, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert json.loads(pasted.stdout)["OCRExitCode"] == 1


def test_every_part_that_dies_is_started_again(service):
    for part in ("gunicorn", "manage.py worker", "ocr.engine_host"):
        wait_until(lambda part=part: service.children(part))  # the worker starts when pages are there
        first = min(service.children(part))
        os.kill(first, signal.SIGKILL)
        wait_until(lambda part=part, first=first: any(pid != first for pid in service.children(part)))

    wait_until(lambda: socket_is_open(service.port))
    assert service.parse()["OCRExitCode"] == 1


def test_an_interrupt_ends_every_process(service):
    service.parse()
    everything = descendants(service.process.pid)

    service.stop()

    wait_until(lambda: not [pid for pid in everything if is_alive(pid)])


def test_a_second_start_keeps_account_and_key(service):
    service.stop()
    again = Service(Path(service.environment["SPOCR_DATA_DIR"]).parent)
    again.stop()

    assert again.key == service.key


def test_the_demo_prints_fields_with_their_boxes(service):
    manage = [sys.executable, str(ROOT / "manage.py"), "demo"]

    demo = subprocess.run(manage, env=service.environment, capture_output=True, text=True, timeout=60)

    assert re.search(r"^invoice_no +\S+ .* \d+ \d+ \d+ \d+ +1\.00$", demo.stdout, re.MULTILINE), demo.stdout


def test_a_taken_port_is_named_with_another_to_try(service):
    environment = {**service.environment, "SPOCR_DATA_DIR": service.environment["SPOCR_DATA_DIR"] + "-2"}
    command = [sys.executable, str(ROOT / "manage.py"), "serve"]

    refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    assert refused.returncode == 1
    assert f"PORT={service.port + 1} make run" in refused.stderr


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def socket_is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, log: Path | None = None) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < deadline, log.read_text() if log else "waited in vain"
        time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [below for child in children for below in descendants(child)]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False

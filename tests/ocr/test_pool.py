"""The engine host: a page in, a page out, whatever becomes of the process that reads it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ocr import pool
from ocr.images import DamagedDocument, EncryptedDocument, TooManyPixels, UnrecognizedType
from ocr.pool import EngineBusy, EngineFailed, EngineTimeout, HostSettings
from tests import poison
from tests.engines import in_background, read, slow_page, until
from tests.pictures import latin, page
from tests.poison import CASES, GOOD, TEXT

ROOT = Path(pool.__file__).resolve().parent.parent


@contextmanager
def running(folder: Path, **options: object) -> Iterator[HostSettings]:
    """An engine host with one process."""
    host = settings_of(folder, **options)
    process = launched(host)
    try:
        yield host
    finally:
        process.terminate()
        process.wait(10)


def settings_of(folder: Path, **options: object) -> HostSettings:
    values = {"processes": 1, "queue": 8, "memory_mb": 1_536, "tesseract": "auto", "tessdata": "", **options}
    return HostSettings(socket=folder / "engines.sock", **values)


def launched(host: HostSettings, **options: float) -> subprocess.Popen[bytes]:
    """A host that listens: who asks before that starts one more."""
    process = subprocess.Popen(pool.command(host, **options), cwd=ROOT, stdin=subprocess.DEVNULL)
    until(host.socket.exists)
    return process


@pytest.fixture
def short_path(tmp_path_factory) -> Path:
    """A folder whose path leaves room for a socket's name: the system allows 107 bytes."""
    return tmp_path_factory.mktemp("host")


@pytest.fixture
def host(short_path) -> Iterator[HostSettings]:
    with running(short_path) as host:
        yield host


def engine_of(host: HostSettings) -> int:
    return pool.status(host)["processes"][0]


def is_running(process: int) -> bool:
    """Whether a process lives and is more than an entry that waits to be collected."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_good_page_is_read(host):
    answer = read(host, GOOD["png_rgb"]())

    assert answer.page.text == TEXT
    assert (answer.page.width_px, answer.page.height_px, answer.page.number) == (1_000, 400, 1)
    assert (answer.page_count, answer.preview) == (1, b"")


def test_any_page_of_a_document_is_read(host):
    second = read(host, GOOD["tiff_two_pages"](), index=1)

    assert second.page.text == f"{TEXT}\nPAGE TWO"
    assert (second.page.number, second.page_count) == (2, 0)


def test_a_preview_comes_along_when_it_is_asked_for(host):
    assert read(host, GOOD["pdf_scan"](), preview=True).preview.startswith(b"\xff\xd8\xff")


def test_a_small_picture_is_enlarged_and_measured_as_it_came(host):
    tiny = page(TEXT, typeface=latin(11), size=(260, 90))

    found = read(host, poison.encoded(tiny, "PNG"), scale=True).page

    assert found.text == TEXT
    assert (found.width_px, found.height_px) == (260, 90)
    assert all(word.box.right <= 260 for word in found.words)


def test_a_process_that_dies_in_mid_page_costs_nobody_an_answer(host):
    first = engine_of(host)
    thread, outcomes = in_background(lambda: read(host, GOOD["pdf_two_pages"]()))
    until(lambda: pool.status(host)["free"] == 0 or not thread.is_alive())

    os.kill(first, signal.SIGKILL)
    thread.join()

    assert outcomes[0].page.text == f"{TEXT}\nPAGE ONE"
    until(lambda: engine_of(host) != first)
    assert read(host, GOOD["png_rgb"]()).page.text == TEXT


def test_a_page_that_kills_every_process_is_given_up(host):
    thread, outcomes = in_background(lambda: read(host, slow_page()))
    killed = set()
    while thread.is_alive() and len(killed) < 5:
        status = pool.status(host)
        if not status["free"] and status["processes"][0] not in killed:
            os.kill(status["processes"][0], signal.SIGKILL)
            killed.add(status["processes"][0])
        time.sleep(0.02)
    thread.join()

    assert isinstance(outcomes[0], EngineFailed)
    assert len(killed) == 2


def test_a_page_past_its_deadline_is_given_up_and_its_process_replaced(host):
    hung = engine_of(host)
    started = time.monotonic()

    with pytest.raises(EngineTimeout):
        read(host, slow_page(), timeout_seconds=1)

    assert time.monotonic() - started < 1 + 2 + 1  # the limit, two seconds of grace, the host's own start
    assert not is_running(hung)
    assert read(host, GOOD["png_rgb"]()).page.text == TEXT


def test_as_many_as_ask_at_once_are_heard(host):
    in_background(lambda: read(host, slow_page(), timeout_seconds=3))
    until(lambda: pool.status(host)["free"] == 0)

    for _ in range(2):  # more than ever listen at once, and again when those are gone
        asking = [in_background(lambda: pool.status(host)) for _ in range(30)]
        for thread, _ in asking:
            thread.join(10)
        assert [outcomes[0]["free"] for _, outcomes in asking] == [0] * 30


@pytest.mark.parametrize("patience", [0.3, 0.0])
def test_who_has_no_patience_is_told_that_all_engines_are_busy(host, patience):
    slow, _ = in_background(lambda: read(host, slow_page(), timeout_seconds=3))
    until(lambda: pool.status(host)["free"] == 0)
    started = time.monotonic()

    with pytest.raises(EngineBusy):
        read(host, GOOD["png_rgb"](), queue_timeout_seconds=patience)

    assert time.monotonic() - started < patience + 1
    slow.join()


def test_a_full_queue_is_told_at_once(short_path):
    with running(short_path, queue=1) as host:
        slow, _ = in_background(lambda: read(host, slow_page(), timeout_seconds=4))
        until(lambda: pool.status(host)["free"] == 0)
        queued, outcomes = in_background(lambda: read(host, GOOD["png_rgb"]()))
        until(lambda: pool.status(host)["waiting"] == 1)
        started = time.monotonic()

        with pytest.raises(EngineBusy):
            read(host, GOOD["png_rgb"]())

        assert time.monotonic() - started < 1
        slow.join()
        queued.join()
        assert outcomes[0].page.text == TEXT


def test_a_visitor_goes_before_a_batch(host):
    order: list[str] = []

    def waited(name: str, priority: int) -> None:
        read(host, GOOD["pdf_scan"](), priority=priority)
        order.append(name)

    slow, _ = in_background(lambda: read(host, GOOD["pdf_two_pages"]()))
    until(lambda: pool.status(host)["free"] == 0 or not slow.is_alive())
    threads = []
    for name, priority in (("batch", 10), ("visitor", 0)):
        threads.append(in_background(lambda name=name, priority=priority: waited(name, priority))[0])
        until(lambda: pool.status(host)["waiting"] == len(threads) or len(order))
    for thread in (slow, *threads):
        thread.join()

    assert order == ["visitor", "batch"]


def test_a_visitor_need_not_wait_for_a_page_of_a_batch(host):
    slow, _ = in_background(lambda: read(host, slow_page(), priority=10, timeout_seconds=20))
    until(lambda: pool.status(host)["free"] == 0)

    assert read(host, GOOD["png_rgb"](), priority=0).page.text == TEXT

    assert slow.is_alive()
    assert pool.status(host)["free"] == 1  # the spare one
    with pytest.raises(EngineBusy):
        read(host, GOOD["png_rgb"](), priority=10, queue_timeout_seconds=0.3)  # which is for no batch
    slow.join()
    assert pool.status(host)["free"] == 2


def test_visitors_alone_take_no_more_than_the_cores(host):
    slow, _ = in_background(lambda: read(host, slow_page(), priority=0, timeout_seconds=3))
    until(lambda: pool.status(host)["free"] == 0)

    with pytest.raises(EngineBusy):
        read(host, GOOD["png_rgb"](), priority=0, queue_timeout_seconds=0.3)

    assert len(pool.status(host)["processes"]) == 1
    slow.join()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("png_60000x60000_few_kb", TooManyPixels),
        ("pdf_encrypted", EncryptedDocument),
        ("pdf_truncated_50", DamagedDocument),
        ("text_file_list", UnrecognizedType),
        ("jpeg_300_scans", DamagedDocument),
    ],
)
def test_a_hostile_file_costs_one_request_and_no_process(host, name, error):
    process = engine_of(host)

    with pytest.raises(error) as refusal:
        read(host, CASES[name]())

    assert str(refusal.value)
    assert read(host, GOOD["png_rgb"]()).page.text == TEXT
    assert engine_of(host) == process


def test_broken_documents_leave_nothing_open(host):
    process = engine_of(host)
    descriptors = Path(f"/proc/{process}/fd")
    read(host, GOOD["pdf_scan"]())
    before = len(list(descriptors.iterdir()))
    broken = {CASES["pdf_truncated_50"](): DamagedDocument, CASES["pdf_encrypted"](): EncryptedDocument}

    for data, error in list(broken.items()) * 30:
        with pytest.raises(error):
            read(host, data)

    assert len(list(descriptors.iterdir())) <= before + 2
    assert engine_of(host) == process


def test_a_page_that_needs_too_much_memory_fails_alone(short_path):
    with running(short_path, memory_mb=512) as host:
        large = poison.png(7_000, 7_000, color_type=2)  # 49 million pixels, 147 MB in colour and more to turn

        with pytest.raises(EngineFailed):
            read(host, large, engine=2, scale=False, preview=True, detect_orientation=True)

        assert read(host, GOOD["png_rgb"]()).page.text == TEXT


def test_a_model_that_finds_no_memory_says_so(short_path):
    with running(short_path, memory_mb=700) as host, pytest.raises(EngineFailed, match="more memory"):
        read(host, slow_page(), engine=2)


def test_a_page_for_which_earlier_ones_left_no_memory_is_read_by_a_new_process(short_path):
    with running(short_path, memory_mb=490) as host:
        read(host, GOOD["png_rgb"](), engine=2)  # its models stay
        worn = engine_of(host)

        assert read(host, poison.png(5_800, 5_800, color_type=2)).page.width_px == 5_800

        assert engine_of(host) != worn


def test_an_engine_runs_on_one_thread_and_inherits_no_secret(short_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not to be seen")
    with running(short_path) as host:
        environment = Path(f"/proc/{engine_of(host)}/environ").read_bytes().decode().split("\0")

        assert "OMP_THREAD_LIMIT=1" in environment
        assert not any(entry.startswith("SECRET_KEY=") for entry in environment)


def test_the_portable_adapter_reads_under_the_same_roof(short_path):
    with running(short_path, tesseract="pytesseract") as host:
        assert read(host, GOOD["png_rgb"]()).page.text == TEXT


def test_no_process_outlives_a_host_that_is_told_to_end(short_path):
    with running(short_path, processes=2) as host:
        processes = pool.status(host)["processes"]
        assert all(map(is_running, processes))

    assert not any(map(is_running, processes))
    assert not host.socket.exists()


def test_no_process_outlives_a_host_that_is_killed(short_path):
    host = settings_of(short_path)
    with launched(host) as process:
        read(host, GOOD["png_rgb"]())
        engine = engine_of(host)
        process.kill()

    until(lambda: not is_running(engine))


def test_a_host_that_nobody_asks_ends_by_itself(short_path):
    host = settings_of(short_path)
    with launched(host, idle_exit_seconds=0.5) as process:
        read(host, GOOD["png_rgb"]())

        assert process.wait(15) == 0


def test_one_socket_has_one_host(host):
    engine_of(host)

    second = subprocess.run(pool.command(host), cwd=ROOT, timeout=15, check=False)

    assert second.returncode == 0
    assert read(host, GOOD["png_rgb"]()).page.text == TEXT


def test_a_host_is_started_by_the_first_who_asks(short_path, monkeypatch):
    monkeypatch.setattr(pool, "IDLE_EXIT_SECONDS", 0.5)
    host = settings_of(short_path)

    assert read(host, GOOD["png_rgb"]()).page.text == TEXT

    assert pool._started[-1].wait(15) == 0


@pytest.mark.parametrize("adapter", ["auto", "pytesseract"])
def test_a_text_file_never_shows_another_image(short_path, tmp_path, adapter):
    secret = tmp_path / "secret.png"
    secret.write_bytes(GOOD["png_rgb"]())
    with running(short_path, tesseract=adapter) as host:
        read(host, GOOD["pdf_scan"]())  # the engine has started before the clock does
        started = time.monotonic()

        for file_type in ("", "PNG", "TIFF", "PDF"):
            with pytest.raises((UnrecognizedType, DamagedDocument)) as refusal:
                read(
                    host,
                    poison.text_file_list(str(secret)),
                    file_type=file_type,
                    file_hint="PNG" if not file_type else "",
                )
            assert "INVOICE" not in str(refusal.value)
        assert time.monotonic() - started < 4

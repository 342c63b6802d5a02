"""The portal's pages and APIs, served by gunicorn."""

import time
from typing import Any

from django.conf import settings
from django.core.servers.basehttp import get_internal_wsgi_application
from django.urls import get_resolver
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from frontend.operation import draining, memory, telemetry
from ocr import request_log

PROCESSES = 2
# More than the longest queue of slow requests: a quick one always finds a thread.
THREADS = 32
GRACE_SECONDS = 30


class Portal(BaseApplication):
    """gunicorn with the settings that this service needs; `run()` ends by SIGTERM."""

    def __init__(self, host: str, port: int) -> None:
        self._address = f"{host}:{port}"
        super().__init__()

    def load_config(self) -> None:
        wanted = {
            "bind": self._address,
            "worker_class": "frontend.operation.patient_worker.PatientWorker",
            "workers": PROCESSES,
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 5,
            "limit_request_line": 0,  # queries hold URLs and filters; `patient_worker` limits the head as a whole
            "max_requests": 5_000,
            "max_requests_jitter": 500,
            "preload_app": True,
            "control_socket_disable": True,  # one for each home folder: nodes of one machine would share it
            "worker_tmp_dir": "/dev/shm",  # noqa: S108 - its heartbeat must not wait for a disk
            "worker_exit": _write_down,
            "loglevel": "warning",
            "proc_name": "spocr",
            "chdir": str(settings.BASE_DIR),
        }
        for name, value in wanted.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        application = get_internal_wsgi_application()
        _ = get_resolver().url_patterns  # every page is imported once, before the processes are forked
        memory.settle()
        return application

    def run(self) -> None:
        telemetry.begin("portal")
        _Supervisor(self).run()


def _write_down(_: object, __: object) -> None:
    """At the end of a process: what only its memory knows. `atexit` is not called in a process that was forked."""
    request_log.flush()
    telemetry.flush()


class _Supervisor(Arbiter):
    """gunicorn's first process. Told to end, it goes on serving until load balancers look elsewhere."""

    def handle_term(self) -> None:
        draining.begin()
        time.sleep(settings.DRAIN_SECONDS)
        super().handle_term()

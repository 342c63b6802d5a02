import tempfile
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from accounts import api_keys
from tests.chaos.workers import Workers
from tests.fakes import engine_host
from tests.jobs import a_sheet
from tests.receivers import OUTSIDE, receiving


@pytest.fixture
def engine() -> Iterator[engine_host.EngineHost]:
    """Answers each page after a tenth of a second, so that kills hit jobs in the middle."""
    with tempfile.TemporaryDirectory() as folder, engine_host.running(Path(folder) / "e.sock", seconds=0.1) as host:
        yield host


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def site(settings, tmp_path, engine) -> dict[str, Any]:
    """Settings of this installation, for this process and its workers."""
    changes = {
        "MEDIA_ROOT": str(tmp_path / "files"),
        "ENGINE_SOCKET": str(engine.path),
        "JOB_LEASE_SECONDS": 1,
        "WORKER_THREADS": 2,
        "WEBHOOK_ALLOW_HTTP": True,
        "WEBHOOK_TIMEOUT_SECONDS": 1,
        "WEBHOOK_ALLOWED_NETWORKS": (ip_network(f"{OUTSIDE}/32"),),
        "CELERY_BROKER_URL": "",
    }
    for name, value in changes.items():
        setattr(settings, name, value)
    return changes


@pytest.fixture
def workers(site):
    """Start so many workers; they are killed when the test ends."""
    started: list[Workers] = []

    def start(count: int, *, switched_off: tuple[str, ...] = (), **changes: Any) -> Workers:
        started.append(Workers(count, {**site, **changes}, switched_off))
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def sheet(transactional_db, organization, site):
    """Of an organization without limits."""
    organization.plan = "self_hosted"
    organization.save()
    return a_sheet(organization)


@pytest.fixture
def key(organization, alice, sheet) -> str:
    return api_keys.create(organization, name="tests", created_by=alice)[1]

import os
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from accounts import api_keys
from ocr import storage
from tests.fakes import engine_host
from tests.jobs import a_sheet
from tests.nodes.cluster import Cluster, free_port, is_open, wait_until

NEEDED = ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL")
LACKING = [name for name in NEEDED if not os.environ.get(name)]
SECRET = "the same on every node, and only here"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if LACKING:
        many = pytest.mark.skip(reason=f"nodes share PostgreSQL and Redis: {' and '.join(LACKING)} not set")
        for item in items:
            if "tests/nodes" in str(item.path):
                item.add_marker(many)


@pytest.fixture
def engines():
    """Starts an engine host of a node's own that answers each page after so many seconds; its socket."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        made = []

        def start(seconds: float = 0.05) -> str:
            path = Path(folder) / f"{len(made)}.sock"
            made.append(stack.enter_context(engine_host.running(path, seconds=seconds)))
            return str(path)

        start.made = made
        yield start


@pytest.fixture
def cluster(transactional_db, settings, tmp_path, request):
    """An installation without nodes on this test's database, with an S3 server that this process uses, too."""
    settings.SECRET_KEY = SECRET
    database = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))
    broker = own_database(os.environ["CELERY_BROKER_URL"], 8)
    cluster = Cluster(
        tmp_path,
        {
            "DATABASE_URL": database,
            "CACHE_URL": own_database(os.environ["CACHE_URL"], 9),
            "CELERY_BROKER_URL": broker,
            "SECRET_KEY": SECRET,
            "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
            "SPOCR_JOB_LEASE_SECONDS": "2",
            "SPOCR_DRAIN_SECONDS": "4",
        },
    )
    settings.CELERY_BROKER_URL = ""
    settings.STORAGES = {**settings.STORAGES, "default": storage.from_url(cluster.store())}
    yield cluster
    failed = getattr(request.node, "failed_call", False)
    cluster.stop()
    if failed:
        sys.stdout.write(cluster.logs())


def own_database(url: str, number: int) -> str:
    """The same Redis, where no other test looks; each process of pytest-xdist has two numbers."""
    shift = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) * 2 % 4
    return f"{url.rpartition('/')[0]}/{number + shift}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.failed_call = report.when == "call" and report.failed
    return report


@pytest.fixture
def sheet(cluster, organization):
    """Of an organization without limits."""
    organization.plan = "self_hosted"
    organization.save()
    return a_sheet(organization)


@pytest.fixture
def key(sheet, organization, alice) -> str:
    return api_keys.create(organization, name="nodes", created_by=alice)[1]


@pytest.fixture
def web(cluster, engines):
    """Start web nodes on these ports, each with engines of its own, and wait until they answer."""

    def start(*ports: int):
        nodes = [cluster.web(port, SPOCR_ENGINE_SOCKET=engines()) for port in ports]
        for port in ports:
            wait_until(lambda port=port: is_open(port))
        return nodes

    return start


@pytest.fixture
def ports() -> list[int]:
    return [free_port() for _ in range(3)]


@pytest.fixture(scope="session", autouse=True)
def _caddy() -> None:
    assert LACKING or shutil.which("caddy"), "Caddy is not installed: apt-get install caddy"

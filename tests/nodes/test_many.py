"""Web nodes, workers and a proxy on one database: nodes die and come, and nothing is lost or charged twice."""

import json
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.db import connection

from ocr import files, webhooks
from tests.chaos.invariants import violations
from tests.nodes.callers import Callers, upload_until_accepted
from tests.nodes.cluster import Cluster, Node, free_port, wait_until
from tests.receivers import OUTSIDE, receiving


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network(f"{OUTSIDE}/32"),)
    with receiving() as receiver:
        yield receiver


def ended(organization) -> bool:
    connection.close()  # a reader of its own each time: nothing of this process stands in the nodes' way
    waiting = organization.jobs.filter(status__in=["pending", "processing"]).exists()
    return not waiting and not organization.webhook_deliveries.filter(status="pending").exists()


def accepted_ids(callers: Callers) -> list[str]:
    assert set(callers.statuses) == {202}, callers.statuses
    return [job["jobId"] for answer in callers.answers for job in json.loads(answer.body)["jobs"]]


@dataclass
class Site:
    """A proxy before two web nodes, beat, and what new nodes are started with."""

    cluster: Cluster
    nodes: list[Node]
    proxy: int
    engines: Callable[[float], str]

    def worker(self) -> Node:
        outside = {"SPOCR_WEBHOOK_ALLOW_HTTP": "true", "SPOCR_WEBHOOK_ALLOWED_NETWORKS": f"{OUTSIDE}/32"}
        return self.cluster.worker(SPOCR_ENGINE_SOCKET=self.engines(0.1), **outside)


@pytest.fixture
def site(cluster, web, ports, engines) -> Site:
    nodes = web(*ports[:2])
    cluster.beat()
    return Site(cluster, nodes, cluster.proxy(ports[:2]), engines)


@pytest.fixture
def told(organization, receiver):
    """The organization's own receiver of webhooks."""
    webhooks.configure(organization, receiver.url, ["ocr.completed", "ocr.failed"])
    return receiver


def storm(site: Site, *, faults: int) -> None:
    """Kill workers and web nodes at random, and put new ones in their places; in the end there is one more."""
    workers = [site.worker() for _ in range(3)]
    for number in range(faults):
        time.sleep(random.uniform(0.5, 1.5))
        if number % 3 == 2:  # a web node dies with what it was answering, and comes back
            victim = random.choice(site.nodes)
            victim.kill()
            victim.start()
        else:
            workers.pop(random.randrange(len(workers))).kill()
            workers.append(site.worker())
    site.worker()


def check(site: Site, key: str, told, organization, *, uploads: int, faults: int) -> None:
    with Callers(
        lambda number: upload_until_accepted(site.proxy, key, b"page %d" % number), uploads, threads=4
    ) as load:
        storm(site, faults=faults)
    ids = accepted_ids(load)
    wait_until(lambda: ended(organization), seconds=240)

    files.sweep_orphans(after=timedelta(0))  # a web node that died while it stored left bytes, for a day

    assert len(ids) >= uploads
    assert violations(organization, ids, told.ids) == []
    assert organization.jobs.filter(status="done").count() >= len(ids) - 5


def test_nodes_die_and_come_under_load_and_nothing_is_lost_or_charged_twice(site, key, told, organization):
    check(site, key, told, organization, uploads=100, faults=5)


@pytest.mark.nodes
def test_so_it_is_through_a_hundred_faults(site, key, told, organization):
    check(site, key, told, organization, uploads=3_000, faults=100)


def test_a_worker_told_to_end_gives_its_jobs_back_at_once_and_another_runs_them(
    cluster, web, engines, key, organization
):
    port = free_port()
    web(port)
    cluster.services["SPOCR_JOB_LEASE_SECONDS"] = "300"
    first = cluster.worker(SPOCR_ENGINE_SOCKET=engines(20.0))
    ids = accepted_ids(uploaded(port, key, 4))
    wait_until(lambda: organization.jobs.filter(status="processing").count() == 2)

    first.process.send_signal(signal.SIGTERM)
    first.process.send_signal(signal.SIGINT)  # as by a shell that ends all it has started: one in the other's middle

    wait_until(lambda: set(organization.jobs.values_list("status", "attempts")) == {("pending", 0)}, seconds=5)
    cluster.worker(SPOCR_ENGINE_SOCKET=engines())
    cluster.beat()
    wait_until(lambda: ended(organization), seconds=60)
    assert violations(organization, ids) == []


def uploaded(port: int, key: str, count: int) -> Callers:
    with Callers(lambda number: upload_until_accepted(port, key, b"page %d" % number), count, threads=2) as load:
        pass
    return load

"""Web nodes are restarted one after the other under load, behind the proxy: no request fails."""

import time

import pytest

from tests.nodes.callers import Callers, call, parse, upload
from tests.nodes.cluster import wait_until

ASKED_EACH_SECONDS = 1.0  # health_interval of deploy/Caddyfile


def calls(proxy: int, key: str):
    """Reading, asking, uploading: none of them is repeated by its caller, and none bears an Idempotency-Key."""

    def one(number: int):
        if number % 10 == 0:
            return upload(proxy, key, b"page %d" % number)
        if number % 2:
            return parse(proxy, key, b"page %d" % number)
        return call(proxy, "GET", "/jobs?limit=5", {"Authorization": f"Bearer {key}"})

    return one


def check(cluster, web, ports, key, *, restarts: int, requests: int) -> None:
    nodes = web(*ports[:2])
    proxy = cluster.proxy(ports[:2])
    wait_until(lambda: call(proxy, "GET", "/healthz", {}).status == 200)

    done = 0
    with Callers(calls(proxy, key), requests, threads=6) as load:
        while done < restarts:
            number = done % 2
            nodes[number].end()
            nodes[number].start()
            wait_until(lambda number=number: call(ports[number], "GET", "/healthz", {}).status == 200)
            time.sleep(2 * ASKED_EACH_SECONDS)  # the proxy, too, knows that it is back
            done += 1
    assert load.statuses.keys() == {200, 202}, load.statuses
    assert len(load.answers) >= requests


def test_no_request_fails_while_nodes_are_restarted_behind_the_proxy(cluster, web, ports, key):
    check(cluster, web, ports, key, restarts=2, requests=300)


@pytest.mark.nodes
def test_none_of_ten_thousand_fails_in_twenty_restarts(cluster, web, ports, key):
    check(cluster, web, ports, key, restarts=20, requests=10_000)
